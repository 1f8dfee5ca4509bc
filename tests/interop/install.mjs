// What the rows need: packages at the versions that rows.json names, and our two programs.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runProgram } from './program.mjs';

const directory = process.env.INTEROP_DIR;

/** All packages at once, so that one run does not throw away what another needs; Python's only for rows that are in it. */
export async function install(groups, rows) {
  const packages = new Map(groups.flatMap((group) => group.packages ?? []).map(split));
  await once('packages', [...packages].sort(), async () => {
    const manifest = { private: true, dependencies: Object.fromEntries(packages) };
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const options = ['--no-package-lock', '--no-audit', '--no-fund', '--loglevel', 'error'];
    // No row may reach a browser that is not the machine's own.
    const env = { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' };
    await must('npm', ['install', ...options], { cwd: directory, env });
  });

  const needed = groups.filter(({ folder }) => rows.some((row) => row.folder === folder));
  const python = needed.flatMap((group) => group.python ?? []);
  if (python.length > 0) {
    await once('python', python, async () => {
      const venv = join(directory, 'venv');
      await must('python3', ['-m', 'venv', '--clear', venv]);
      await must(join(venv, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...python]);
    });
  }
}

/** Builds our programs, and returns the variables that tell the rows where they are. */
export async function build() {
  const messages = await must('cargo', [
    'build',
    '--message-format=json-render-diagnostics',
    ...['--package', 'workos-mcp-tests', '--bin', 'interop-server'],
    ...['--package', 'workos-mcp-examples', '--example', 'quickstart'],
  ]);
  const built = messages.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const path = (name) => {
    const program = built.find((message) => message.executable && message.target.name === name);
    if (!program) throw new Error(`cargo built no ${name}`);
    return program.executable;
  };
  return { INTEROP_SERVER: path('interop-server'), QUICKSTART: path('quickstart') };
}

/** `name@version`, where the name may begin with an @ and the version be an alias. */
function split(wanted) {
  const at = wanted.indexOf('@', 1);
  const version = wanted.slice(at + 1);
  if (at < 0 || !/^(npm:.+@)?\d+\.\d+\.\d+[\w.-]*$/.test(version)) throw new Error(`not pinned: ${wanted}`);
  return [wanted.slice(0, at), version];
}

/** Does what a stamp says was done already only when it was something else. */
async function once(name, wanted, action) {
  const stamp = join(directory, `${name}.installed`);
  const text = JSON.stringify(wanted);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === text) return;
  console.error(`installing ${name}`);
  await action();
  writeFileSync(stamp, text);
}

async function must(program, options, settings = {}) {
  const { code, output } = await runProgram(program, options, settings);
  if (code !== 0) throw new Error(`${program} ${options[0]} failed: ${code}`);
  return output;
}
