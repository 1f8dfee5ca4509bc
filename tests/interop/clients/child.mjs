// The walk of the clients that are programs of their own. Such a program speaks MCP's messages on its
// stdin and stdout, line by line, prints its authorization URL on stderr, and writes what it exchanged
// to the file that INTEROP_WIRE names.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { directory } from './installed.mjs';
import { Expectations } from './expectations.mjs';
import { startServer } from './interop_server.mjs';
import { signIn } from './person.mjs';
import { Report } from './report.mjs';

class Child {
  #home = mkdtempSync(join(directory, 'client-'));
  #waiting = new Map();

  constructor(command, environment) {
    const [program, ...options] = command;
    this.process = spawn(program, options, {
      env: {
        PATH: process.env.PATH,
        HOME: this.#home,
        INTEROP_WIRE: join(this.#home, 'wire'),
        ...environment?.(this.#home),
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.ended = new Promise((_, reject) => {
      this.process.once('error', reject);
      this.process.once('exit', (code, signal) => reject(new Error(`the client ended: ${code ?? signal}`)));
    });
    this.ended.catch(() => {});
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      const message = JSON.parse(line);
      this.#waiting.get(message.id)?.(message);
    });
    const url = new Promise((resolve) => {
      createInterface({ input: this.process.stderr }).on('line', (line) => {
        if (process.env.INTEROP_CLIENT_LOG) console.error(`      ${line}`);
        if (/^http.*[?&]code_challenge=/.test(line)) resolve(line);
      });
    });
    this.authorizationUrl = Promise.race([url, this.ended]);
    this.authorizationUrl.catch(() => {});
  }

  /** All that was exchanged so far. */
  exchanges() {
    let text = '';
    try {
      text = readFileSync(join(this.#home, 'wire'), 'utf8');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    // A line is whole when its newline is there.
    return text.split('\n').slice(0, -1).map((line) => JSON.parse(line));
  }

  notify(method, params = {}) {
    this.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`);
  }

  async request(method, params = {}) {
    const id = this.#waiting.size + 1;
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
    this.process.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    const message = await Promise.race([answer, this.ended]);
    assert.ok(message.result, JSON.stringify(message));
    return message.result;
  }

  async text(name, args = {}) {
    const result = await this.request('tools/call', { name, arguments: args });
    assert.ok(!result.isError, JSON.stringify(result));
    return result.content.map((part) => part.text).join(' ');
  }

  async stop() {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = new Promise((resolve) => this.process.once('exit', resolve));
      this.process.kill('SIGTERM');
      const impatience = setTimeout(() => this.process.kill('SIGKILL'), 5000);
      await exit;
      clearTimeout(impatience);
    }
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/**
 * `client` is `{ name, version, registration, protocol, server, command, environment, comeBack }`:
 * `server` are options of the server, `command(server)` is the program with its arguments, and
 * `comeBack(callback, child)` brings the person's browser back to the redirect URI.
 */
export function walk(client) {
  const report = new Report(client.name, client.version);
  let server;
  let child;
  return report.finish(
    async () => {
      server = await startServer(client.server);
      child = new Child(await client.command(server), client.environment);
      const expect = new Expectations(server, () => child.exchanges());
      const initialized = child.request('initialize', {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'interop', version: '0' },
      });
      initialized.catch(() => {});
      let authorizationUrl;
      await report.step('challenge', async () => {
        authorizationUrl = await child.authorizationUrl;
        return expect.challenge();
      });
      await report.step('discovery', () => expect.discovery());
      await report.step('registration', () => expect.registration(client.registration));
      await report.step('authorization', async () => {
        const callback = await signIn(authorizationUrl, server.users.ada);
        await client.comeBack(callback, child);
        return expect.authorization(authorizationUrl, callback);
      });
      await report.step('token', async () => {
        await initialized;
        child.notify('notifications/initialized');
        return expect.token();
      });
      await report.step('list tools', async () => {
        const { tools } = await child.request('tools/list');
        return expect.tools(tools.map((tool) => tool.name));
      });
      await report.step('protocol', () => expect.protocol(client.protocol));
      await report.step('call whoami', async () => expect.whoami(await child.text('whoami')));
      await report.step('call greet', async () => expect.greet(await child.text('greet', { name: 'Countess' })));
      await report.step('expiry', () => expect.expiry());
      let again;
      await report.step('refresh', async () => {
        again = await child.text('whoami');
        return expect.refresh();
      });
      await report.step('call again', () => expect.callAgain(again));
    },
    async () => {
      await child?.stop();
      await server?.stop();
    },
  );
}
