// Runs the rows that each folder's rows.json lists, and prints the table. Started by `run`.
//
// A row is a program. Its last line on stdout is
//     {"client": "…", "version": "…", "steps": [{"name": "…", "ok": true, "detail": "…"}]}
// and it has passed when it exits with 0 and its steps are those of rows.json, all of them ok.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, install } from './install.mjs';
import { runProgram } from './program.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const FOLDERS = ['conformance', 'clients', 'browser'];
/** Longer than any row gives itself. */
const PATIENCE = 180_000;

const groups = FOLDERS.map((folder) => ({
  folder,
  ...JSON.parse(readFileSync(join(here, folder, 'rows.json'), 'utf8')),
}));
const all = groups.flatMap(({ folder, rows }) => rows.map((row) => ({ folder, ...row })));
const names = all.map((row) => row.name);
const twice = names.filter((name, index) => names.indexOf(name) !== index);
if (twice.length > 0) throw new Error(`rows with one name: ${twice.join(', ')}`);

const wanted = process.argv.slice(2);
if (wanted.includes('--list')) {
  for (const name of names) console.log(name);
  process.exit(0);
}
const matches = (pattern, name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);
const unknown = wanted.filter((pattern) => !names.some((name) => matches(pattern, name)));
if (unknown.length > 0) {
  console.error(`no such row: ${unknown.join(', ')}`);
  process.exit(2);
}
const expected = wanted.length === 0 ? all : all.filter(({ name }) => wanted.some((pattern) => matches(pattern, name)));

await install(groups, expected);
const programs = await build();

const results = [];
for (const row of expected) {
  console.error(`\n== ${row.name}`);
  const started = Date.now();
  const result = { ...(await run(row)), row: row.name, seconds: (Date.now() - started) / 1000 };
  console.error(`== ${row.name}: ${result.verdict}`);
  results.push(result);
}

print(results);
const failed = results.filter((result) => result.verdict !== 'ok');
console.log(`\n${results.length - failed.length} of ${expected.length} rows passed.`);
process.exit(failed.length === 0 && results.length === expected.length ? 0 : 1);

async function run({ folder, command: [program, ...options], steps: expectedSteps }) {
  const { code, output, timedOut } = await runProgram(process.execPath, [join(here, folder, program), ...options], {
    env: { ...process.env, ...programs },
    patience: PATIENCE,
  });
  const total = expectedSteps.length;
  const report = reportOf(output);
  if (!report) return { client: '?', version: '?', passed: 0, total, verdict: `did not run (exit ${code ?? 'by a signal'})` };
  const { client, version, steps } = report;
  const good = new Set(steps.filter((step) => step.ok === true).map((step) => step.name));
  const passed = expectedSteps.filter((name) => good.has(name)).length;
  const result = (verdict) => ({ client, version, passed, total, verdict });
  if (timedOut) return result(`FAILED: not done after ${PATIENCE / 1000} s`);
  const bad = steps.find((step) => step.ok !== true);
  if (bad) return result(`FAILED: ${bad.name}: ${bad.detail}`.replaceAll(/\s+/g, ' ').slice(0, 200));
  const missing = expectedSteps.filter((name) => !good.has(name));
  if (missing.length > 0) return result(`FAILED: did not come to: ${missing.join(', ')}`);
  if (steps.length !== total || steps.some((step, index) => step.name !== expectedSteps[index])) {
    return result('FAILED: other steps than rows.json lists');
  }
  return result(code === 0 ? 'ok' : `FAILED: exit ${code ?? 'by a signal'}`);
}

function reportOf(output) {
  const line = output.trimEnd().split('\n').at(-1);
  try {
    const report = JSON.parse(line);
    return Array.isArray(report.steps) && report.steps.length > 0 ? report : undefined;
  } catch {
    return undefined;
  }
}

function print(results) {
  const head = ['row', 'client', 'version', 'steps', 'seconds', 'result'];
  const lines = results.map(({ row, client, version, passed, total, seconds, verdict }) => [
    row,
    client,
    String(version),
    `${passed}/${total}`,
    seconds.toFixed(1),
    verdict,
  ]);
  const widths = head.map((title, column) => Math.max(...[title, ...lines.map((line) => line[column])].map((text) => text.length)));
  const format = (line) => line.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd();
  console.log(['', format(head), format(widths.slice(0, -1).map((width) => '-'.repeat(width)).concat('------')), ...lines.map(format)].join('\n'));
}
