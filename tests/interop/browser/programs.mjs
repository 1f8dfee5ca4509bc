// The programs that a row starts: each ends with the row, and none outlives it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const running = new Set();
const folders = [];

/** Starts a program and waits until what it prints matches. A group of its own, because some start others. */
export async function start(command, args, { env = process.env, until }) {
  const child = spawn(command, args, {
    cwd: temporaryFolder(),
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  const match = await new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      const found = until.exec(output);
      if (found) resolve(found);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`${command} ended early with ${code ?? signal}: ${output.slice(-600)}`));
    });
  });
  return { match, output: () => output };
}

/** An empty folder: no `.env` file, and nothing that somebody has configured. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'interop-browser-'));
  folders.push(folder);
  return folder;
}

/** For programs that cannot be told to take any. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export async function stopAll() {
  await Promise.all([...running].map(stop));
  running.clear();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

async function stop(child) {
  // The group may outlive its first program, which is all that has an exit code here.
  const exited = child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
  signal(child, 'SIGTERM');
  const impatience = setTimeout(() => signal(child, 'SIGKILL'), 5000);
  await exited;
  clearTimeout(impatience);
}

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
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => process.exit(1));
