// The suite's authorization server leg against the emulator, for each version of the specification that has it.
// The checks count by name: where the suite skips one, it still exits with 0.

import { createServer } from 'node:net';

import { startServer } from './interop_server.mjs';
import { Report } from './report.mjs';
import { run, version } from './suite.mjs';

const METADATA = 'authorization-server-metadata';
const GRANT = 'authorization-code-grant';
// Client ID metadata documents came with 2025-11-25, so that before it there are two checks.
const CIMD = 'authorization-server-metadata-cimd';
const CHECKS = new Map([
  ['2025-03-26', [GRANT, METADATA]],
  ['2025-06-18', [GRANT, METADATA]],
  ['2025-11-25', [GRANT, METADATA, CIMD]],
  ['2026-07-28', [GRANT, METADATA, CIMD]],
]);

const report = new Report('conformance suite, authorization server, the emulator', version);
const server = await startServer();
try {
  for (const [specification, expected] of CHECKS) {
    const callbackPort = await freePort();
    const visits = [];
    let authorizationUrl;
    const scenarios = await run(
      [
        'authorization',
        ...['--url', server.issuer, '--client-id', server.clientMetadataUrl, '--resource', server.mcpUrl],
        ...['--port', `${callbackPort}`, '--spec-version', specification],
      ],
      {
        onLine(line, suite) {
          if (line.startsWith(`${server.issuer}/oauth2/authorize?`)) authorizationUrl = line;
          // It prints the URL before it listens.
          if (!line.startsWith('Callback server started')) return;
          visits.push(visit(authorizationUrl).catch((error) => {
            console.error(error);
            // It would wait for minutes.
            suite.kill();
          }));
        },
      },
    );
    await Promise.all(visits);
    const checks = [...scenarios.values()].flat();
    const succeeded = checks.filter(({ status }) => status === 'SUCCESS').map(({ id }) => id);
    const problems = checks
      .filter(({ status }) => status !== 'SUCCESS')
      .map(({ id, status, errorMessage }) => `${id} is ${status}: ${errorMessage}`);
    if (visits.length !== 1) problems.push(`${visits.length} sign-ins`);
    if (succeeded.join() !== expected.join()) problems.push(`succeeds: ${succeeded.join(', ')}; expected: ${expected.join(', ')}`);
    report.step(specification, problems, succeeded.join(', '));
  }
} finally {
  await server.stop();
}
report.finish();

/** The person: signs in as Ada. The suite asks for no scope, and AuthKit issues no token without `openid`. */
async function visit(authorizationUrl) {
  const url = new URL(authorizationUrl);
  url.searchParams.set('scope', 'openid');
  url.searchParams.set('login_hint', server.users.ada);
  const page = await fetch(url);
  if (!page.ok) throw new Error(`the callback answers with ${page.status}: ${await page.text()}`);
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
