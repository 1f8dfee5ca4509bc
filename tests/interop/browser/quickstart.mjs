// The quickstart example, as somebody starts it who has configured nothing.

import { start } from './programs.mjs';

const CONFIGURATION = ['WORKOS_API_KEY', 'WORKOS_CLIENT_ID', 'WORKOS_AUTHKIT_DOMAIN', 'BASE_URL', 'BIND', 'PORT'];

export const TOOLS = ['get-my-memberships', 'get-user-info', 'greet', 'whoami'];

export async function startQuickstart() {
  const program = process.env.QUICKSTART;
  if (!program) throw new Error('QUICKSTART must name the quickstart example program');
  const env = { ...process.env, NO_COLOR: '1' };
  for (const name of CONFIGURATION) delete env[name];
  const { output } = await start(program, [], { env, until: /listening=/ });
  const [, mcpUrl] = /MCP URL for a client:\s+(\S+)/.exec(output());
  const [, token] = /An access token of ada@example\.com[^:]*:\s+(\S+)/.exec(output());
  const { sub, iss } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  return { mcpUrl, issuer: iss, token, ada: { id: sub, email: 'ada@example.com', name: 'Ada Lovelace' }, log: output };
}
