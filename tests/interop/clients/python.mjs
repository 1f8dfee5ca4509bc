#!/usr/bin/env node
// The client of the Python SDK: python.mjs (DCR|CIMD) (2025-11-25|2026-07-28)
//
// It renews a token only when `expires_in` is over, counted from when it came (is_token_valid in
// mcp/client/auth/oauth2.py). For that the server must not refuse it earlier: to any 401 the SDK answers
// with a whole new sign-in (_auth_flow, ibid.), refresh token or not. `exp` counts whole seconds, so
// without leeway a token may be over up to a second before `expires_in` is.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { walk } from './child.mjs';
import { directory, row } from './installed.mjs';

const { registration, protocol } = row(['2025-11-25', '2026-07-28']);
const python = join(directory, 'venv', 'bin', 'python');
const ofVersion = 'from importlib.metadata import version; print(version("mcp"), end="")';
const program = fileURLToPath(new URL('./python_client.py', import.meta.url));

await walk({
  name: 'mcp (Python)',
  version: execFileSync(python, ['-c', ofVersion], { encoding: 'utf8' }),
  registration,
  protocol,
  server: { clockLeeway: 2 },
  command: (server) => [
    python,
    program,
    server.mcpUrl,
    // Without a fixed mode the SDK asks the server which version it speaks.
    protocol === '2026-07-28' ? 'auto' : 'legacy',
    ...(registration === 'CIMD' ? [server.clientMetadataUrl] : []),
  ],
  async comeBack(callback, child) {
    child.notify('callback', Object.fromEntries(callback.searchParams));
  },
});
