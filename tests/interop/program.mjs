// A program that this one starts, with a group of its own, so that nothing it started outlives it.

import { spawn } from 'node:child_process';

const running = new Set();

/** Runs a program to its end. What it prints on stdout is returned; `patience` bounds how long it may take. */
export function runProgram(program, options, { env = process.env, cwd, patience }) {
  const child = spawn(program, options, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  let timedOut = false;
  const impatience = patience && setTimeout(() => {
    timedOut = true;
    signal(child, 'SIGTERM');
    setTimeout(() => signal(child, 'SIGKILL'), 5000).unref();
  }, patience);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => signal(child, 'SIGKILL'));
    child.once('close', (code) => {
      clearTimeout(impatience);
      running.delete(child);
      resolve({ code, output, timedOut });
    });
  });
}

/** To the whole group: the leader may be gone already. */
function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

process.on('exit', () => {
  for (const child of running) signal(child, 'SIGKILL');
});
for (const name of ['SIGINT', 'SIGTERM']) {
  process.on(name, async () => {
    // A row that is told ends what it started in other groups; then the rest is killed.
    const ended = [...running].map((child) => new Promise((resolve) => child.once('close', resolve)));
    for (const child of running) signal(child, 'SIGTERM');
    setTimeout(() => process.exit(1), 5000);
    await Promise.all(ended);
    process.exit(1);
  });
}
