#!/usr/bin/env node
// mcp-remote, the proxy for hosts that speak MCP over stdio only:
// mcp_remote.mjs (DCR|CIMD) (2025-11-25|2026-07-28)
//
// This program is the host. It speaks MCP 2025-11-25 with the proxy, as the hosts of mcp-remote do; the
// protocol version of the row is the one between the proxy and our server.
//
// The proxy renews a token from a minute before its end on (TOKEN_EXPIRY_MARGIN_MS in its sources), so
// with tokens this short it does so before every request, and never waits for a 401.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { walk } from './child.mjs';
import { directory, manifest, row } from './installed.mjs';

const { name, version, bin } = manifest('mcp-remote');
const { registration, protocol } = row(['2025-11-25', '2026-07-28']);

function freePort() {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

await walk({
  name,
  version,
  registration,
  protocol,
  command: async (server) => [
    process.execPath,
    ...['--import', new URL('./mcp_remote_wire.mjs', import.meta.url).href],
    join(directory, 'node_modules', name, bin[name]),
    server.mcpUrl,
    // Its own choice of a port, derived from the URL, may be taken; then it fails, or moves on.
    `${await freePort()}`,
    ...['--transport', 'http-only', '--protocol', protocol === '2026-07-28' ? 'auto' : 'legacy'],
    // The document lists this path of the redirect URI; any port of a loopback one will do.
    ...['--callback-path', '/callback'],
    ...(registration === 'CIMD' ? ['--client-metadata-url', server.clientMetadataUrl] : []),
  ],
  environment: (home) => ({
    MCP_REMOTE_CONFIG_DIR: join(home, 'config'),
    // What xdg-open starts: it succeeds and does nothing, since the person here reads the URL on stderr.
    BROWSER: 'true',
  }),
  async comeBack(callback) {
    const page = await fetch(callback);
    assert.equal(page.status, 200, `${callback} answers ${await page.text()}`);
  },
});
