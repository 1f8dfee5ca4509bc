// A server with an origin of its own in `allowed_origins`: that one may call, and what is allowed by default may not.

import assert from 'node:assert/strict';

import { Report } from '../clients/report.mjs';
import { openBrowser, openPage } from './browser.mjs';
import { servePage } from './page_server.mjs';
import { start, stopAll } from './programs.mjs';
import { watch } from './wire.mjs';

const HOST = 'app.example';
const PROTOCOL_VERSION = '2026-07-28';

const pages = await servePage();
const elsewhere = await servePage();
const allowed = `http://${HOST}:${pages.port}`;
const server = await startServer();
const browser = await openBrowser([HOST]);
const report = new Report('A page on a configured origin', browser.version());

await report.finish(walk, async () => {
  await browser.close();
  pages.close();
  elsewhere.close();
  await stopAll();
});

async function startServer() {
  const program = process.env.INTEROP_SERVER;
  if (!program) throw new Error('INTEROP_SERVER must name the interop-server program');
  const { match } = await start(program, ['--allowed-origin', allowed], { until: /^\{.*\}$/m });
  return JSON.parse(match[0]);
}

async function walk() {
  await report.step('its page calls, and reads the answer', async () => {
    const page = await openPage(browser);
    await page.goto(allowed);
    const { status, body } = await whoami(page);
    assert.equal(status, 200, body);
    const { sub } = JSON.parse(Buffer.from(server.token.split('.')[1], 'base64url'));
    assert.ok(body.includes(`"${sub}"`), body);
    await page.close();
    return sub;
  });

  await refused('the same host on another port', `http://${HOST}:${elsewhere.port}`);
  await refused('the same port on localhost', `http://localhost:${pages.port}`);
}

async function refused(name, origin) {
  await report.step(`refused: ${name}`, async () => {
    const page = await openPage(browser);
    await page.goto(origin);
    const wire = await watch(page, server.mcpUrl);
    await assert.rejects(whoami(page), /TypeError: Failed to fetch/);
    const { request, response } = await wire.exchange(({ method }) => method === 'OPTIONS');
    assert.equal(request.origin, origin);
    assert.equal(response['access-control-allow-origin'], undefined);
    await page.evaluate((url) => globalThis.client.sendBlindly(url, {}), server.mcpUrl);
    const blind = await wire.exchange(({ method }) => method === 'POST');
    assert.equal(blind.status, 403);
    await page.close();
  });
}

function whoami(page) {
  const message = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: {
      name: 'whoami',
      arguments: {},
      _meta: {
        'io.modelcontextprotocol/protocolVersion': PROTOCOL_VERSION,
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  };
  const headers = {
    Authorization: `Bearer ${server.token}`,
    'MCP-Protocol-Version': PROTOCOL_VERSION,
    'Mcp-Method': 'tools/call',
    'Mcp-Name': 'whoami',
  };
  return page.evaluate(([url, ...sent]) => globalThis.client.send(url, ...sent), [server.mcpUrl, message, headers]);
}
