#!/usr/bin/env node
// The client of the TypeScript SDK 1.x: typescript_v1.mjs (DCR|CIMD)
// It knows no protocol version after 2025-11-25 (LATEST_PROTOCOL_VERSION in its types.js).

import { load, manifest, row } from './installed.mjs';
import { walk } from './typescript.mjs';

const name = '@modelcontextprotocol/sdk';
const { Client } = load(`${name}/client/index.js`);
const { UnauthorizedError } = load(`${name}/client/auth.js`);
const { StreamableHTTPClientTransport } = load(`${name}/client/streamableHttp.js`);

await walk({
  name,
  version: manifest(name).version,
  ...row(['2025-11-25']),
  newClient: () => new Client({ name: 'interop', version: '0' }),
  StreamableHTTPClientTransport,
  UnauthorizedError,
  finishAuth: (transport, callback) => transport.finishAuth(callback.get('code')),
});
