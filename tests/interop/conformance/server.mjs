// The suite's server leg, twice: against rmcp alone, and behind this crate with a token. server.mjs (2025-11-25|2026-07-28)
//
// A scenario is well when both runs say the same of each check, and what does not succeed on rmcp alone is exactly what
// not_succeeding.json gives a reason for: a new failure and an unexpected success both fail.

import { readFileSync } from 'node:fs';

import { startServer } from './interop_server.mjs';
import { Report } from './report.mjs';
import { run, version } from './suite.mjs';

const [requirements] = process.argv.slice(2);
const explained = JSON.parse(readFileSync(new URL('./not_succeeding.json', import.meta.url), 'utf8'))[requirements];
if (!explained) throw new Error('usage: (2025-11-25|2026-07-28)');

const leg = (server) => ['server', '--url', server.mcpUrl, '--requirements', requirements];
const [bare, ours] = await Promise.all([
  scenariosOf(['--bare'], () => ({})),
  scenariosOf([], (server) => ({ bearer: server })),
]);

const report = new Report(`conformance suite, server, ${requirements}, rmcp alone = protected`, version);
for (const name of [...new Set([...bare.keys(), ...ours.keys(), ...Object.keys(explained)])]) {
  const [theirChecks, ourChecks] = [bare.get(name) ?? [], ours.get(name) ?? []];
  const succeeded = ourChecks.filter((check) => check.status === 'SUCCESS').length;
  const problems = [...differences(theirChecks, ourChecks), ...surprises(theirChecks, explained[name] ?? {})];
  if (ourChecks.length === 0) problems.push('has no result');
  report.step(name, problems, `${succeeded} checks succeed`);
}
report.finish();

async function scenariosOf(options, settings) {
  const server = await startServer(...options);
  try {
    return await run(leg(server), settings(server));
  } finally {
    await server.stop();
  }
}

function differences(theirs, ours) {
  const line = ({ id, name, status }) => `${id} (${name}) ${status}`;
  const [before, after] = [theirs.map(line).sort(), ours.map(line).sort()];
  if (before.join('\n') === after.join('\n')) return [];
  const only = (some, others) => some.filter((text) => !others.includes(text)).join(', ');
  const messages = ours.filter((check) => check.errorMessage).map((check) => `${check.id}: ${check.errorMessage}`);
  return [`rmcp alone: ${only(before, after)}; protected: ${only(after, before)}; ${messages.join(', ')}`];
}

/** Checks of rmcp alone that are well or not in another way than is explained. INFO is what the suite remarks. */
function surprises(checks, reasons) {
  const unwell = checks.filter(({ status }) => status !== 'SUCCESS' && status !== 'INFO');
  const ids = new Set(unwell.map((check) => check.id));
  return [
    ...unwell
      .filter(({ id }) => !(id in reasons))
      .map(({ id, status, errorMessage }) => `${id} is ${status} on rmcp alone: ${errorMessage}`),
    ...Object.keys(reasons)
      .filter((id) => !ids.has(id))
      .map((id) => `${id} is expected not to succeed, and does: take it out of not_succeeding.json`),
  ];
}
