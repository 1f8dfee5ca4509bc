// The server that the suite meets.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts it; what it says about itself, and `stop()`. */
export async function startServer(...options) {
  const child = spawn(process.env.INTEROP_SERVER, [...options, '--until-stdin-closes'], {
    stdio: ['pipe', 'pipe', process.env.INTEROP_SERVER_LOG ? 'inherit' : 'ignore'],
  });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  const facts = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`interop-server ended early: ${code ?? signal}`)));
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
  });
  return {
    ...facts,
    async stop() {
      child.stdin.end();
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exit;
      clearTimeout(impatience);
    },
  };
}
