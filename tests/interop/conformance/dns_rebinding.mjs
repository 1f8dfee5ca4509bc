// The suite's check that a local server refuses foreign names, with a token: without one it passes by the 401 alone.

import { startServer } from './interop_server.mjs';
import { Report } from './report.mjs';
import { run, version } from './suite.mjs';

const report = new Report('conformance suite, DNS rebinding, with a token', version);
const EXPECTED = new Map([
  ['localhost-host-rebinding-rejected', 403],
  ['localhost-host-valid-accepted', 200],
]);

const server = await startServer();
let checks;
try {
  const options = ['server', '--url', server.mcpUrl, '--scenario', 'dns-rebinding-protection'];
  checks = (await run(options, { bearer: server })).get('dns-rebinding-protection') ?? [];
} finally {
  await server.stop();
}

for (const { id, status, details } of checks) {
  const problems = [];
  if (status !== 'SUCCESS') problems.push(status);
  if (details?.statusCode !== EXPECTED.get(id)) problems.push(`answered with ${details?.statusCode}`);
  report.step(id, problems, `answered with ${details?.statusCode}`);
}
report.finish();
