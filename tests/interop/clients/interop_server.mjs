// One interop-server for one client: started fresh, ended with the program.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// In seconds. `exp` counts whole ones, so a token of two may live for little more than one: enough for a
// client to use what it just got, even where eight others want the same core. One could be over at once.
export const ACCESS_TOKEN_LIFETIME = Number(process.env.ACCESS_TOKEN_LIFETIME ?? 2);

/** Starts the server. Its facts are those of its one line of JSON, and the leeway that it gives. */
export async function startServer({ clockLeeway = 0 } = {}) {
  const program = process.env.INTEROP_SERVER;
  if (!program) throw new Error('INTEROP_SERVER must name the interop-server program');
  const times = ['--access-token-lifetime', `${ACCESS_TOKEN_LIFETIME}`, '--clock-leeway', `${clockLeeway}`];
  const child = spawn(program, [...times, '--until-stdin-closes'], {
    stdio: ['pipe', 'pipe', process.env.INTEROP_SERVER_LOG ? 'inherit' : 'ignore'],
  });
  const ended = new Promise((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`interop-server ended early: ${code ?? signal}`)));
  });
  ended.catch(() => {});
  const impatience = setTimeout(() => child.kill('SIGKILL'), 20_000);
  const line = new Promise((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
  const facts = JSON.parse(await Promise.race([line, ended]));
  clearTimeout(impatience);
  return {
    ...facts,
    clockLeeway,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      const impatience = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exit;
      clearTimeout(impatience);
    },
  };
}
