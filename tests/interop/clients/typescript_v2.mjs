#!/usr/bin/env node
// The client of the TypeScript SDK 2.x: typescript_v2.mjs (DCR|CIMD) (2025-11-25|2026-07-28)

import { load, manifest, row } from './installed.mjs';
import { walk } from './typescript.mjs';

const name = '@modelcontextprotocol/client';
const { Client, StreamableHTTPClientTransport, UnauthorizedError } = load(name);
const { registration, protocol } = row(['2025-11-25', '2026-07-28']);

await walk({
  name,
  version: manifest(name).version,
  registration,
  protocol,
  newClient: () =>
    new Client(
      { name: 'interop', version: '0' },
      // Without `legacy` it asks the server which version it speaks.
      { versionNegotiation: { mode: protocol === '2026-07-28' ? 'auto' : 'legacy' } },
    ),
  StreamableHTTPClientTransport,
  UnauthorizedError,
  finishAuth: (transport, callback) => transport.finishAuth(callback),
});
