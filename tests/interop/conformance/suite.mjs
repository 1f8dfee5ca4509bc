// The official conformance suite, run as its command line does, and the checks that it wrote down.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const directory = process.env.INTEROP_DIR;
const installed = createRequire(join(directory, 'package.json'));
const NAME = '@modelcontextprotocol/conformance';
const program = join(directory, 'node_modules', NAME, 'dist', 'index.js');

export const { version } = installed(join(directory, 'node_modules', NAME, 'package.json'));

/**
 * Runs the suite and returns its checks by scenario: it exits with 0 although it skipped, so its exit code is not
 * looked at. With a `bearer`, all requests to the server carry it. `onLine` sees what it prints.
 */
export async function run(options, { bearer, onLine } = {}) {
  const results = mkdtempSync(join(directory, 'conformance-'));
  const env = { ...process.env };
  if (bearer) {
    env.NODE_OPTIONS = `--import=${new URL('./bearer.mjs', import.meta.url).href}`;
    Object.assign(env, { SUITE: program, BEARER_TOKEN: bearer.token, BEARER_ORIGIN: new URL(bearer.mcpUrl).origin });
  }
  try {
    const child = spawn(process.execPath, [program, ...options, '-o', results], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => onLine?.(line, child));
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return read(results, options[0] === 'server' ? 'server-' : 'authorization-server-');
  } finally {
    rmSync(results, { recursive: true, force: true });
  }
}

/** Each scenario has a folder, `PREFIX NAME-TIME`; one that did not end has nothing in it. */
function read(results, prefix) {
  const scenarios = new Map();
  for (const folder of readdirSync(results).sort()) {
    if (!folder.startsWith(prefix)) throw new Error(`a result with an unknown name: ${folder}`);
    const name = folder.slice(prefix.length).replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
    const file = join(results, folder, 'checks.json');
    const checks = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
    if (scenarios.has(name)) throw new Error(`two results of ${name}`);
    scenarios.set(name, checks);
  }
  return scenarios;
}
