// Pages of origins that the quickstart does not allow, each with a token that is good:
// another site, a site on this machine, one without an origin, and one whose name was rebound to the server.

import assert from 'node:assert/strict';
import { request as send } from 'node:http';

import { Report } from '../clients/report.mjs';
import { openBrowser, openPage } from './browser.mjs';
import { SCRIPT, servePage } from './page_server.mjs';
import { stopAll } from './programs.mjs';
import { startQuickstart } from './quickstart.mjs';
import { watch } from './wire.mjs';

const EVIL = 'evil.example';
const NEIGHBOUR = 'app.localhost';

const quickstart = await startQuickstart();
const pages = await servePage();
const browser = await openBrowser([EVIL, NEIGHBOUR]);
const report = new Report('Pages of refused origins', browser.version());

const { mcpUrl } = quickstart;
const greeting = `Your WorkOS user ID is ${quickstart.ada.id}`;
const MESSAGE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: 'greet',
    arguments: { name: 'page' },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
};
const HEADERS = {
  Authorization: `Bearer ${quickstart.token}`,
  'MCP-Protocol-Version': '2026-07-28',
  'Mcp-Method': 'tools/call',
  'Mcp-Name': 'greet',
};

await report.finish(walk, async () => {
  await browser.close();
  pages.close();
  await stopAll();
});

async function walk() {
  await report.step('the call is good from an allowed origin', async () => {
    const page = await open(`http://localhost:${pages.port}/`);
    const { status, body } = await page.evaluate(call, [mcpUrl, MESSAGE, HEADERS]);
    assert.equal(status, 200);
    assert.ok(body.includes(greeting), body);
    const direct = await post({ Origin: `http://localhost:${pages.port}` });
    assert.equal(direct.status, 200);
    assert.ok(direct.body.includes(greeting), direct.body);
    await page.close();
  });

  for (const host of [EVIL, NEIGHBOUR]) {
    const origin = `http://${host}:${pages.port}`;
    const page = await open(`${origin}/`);
    await refused(host, origin, await watch(page, mcpUrl), page.mainFrame());
    await page.close();
  }

  const page = await open(`http://localhost:${pages.port}/`);
  const frame = await sandbox(page);
  // Sandboxed, it has a process of its own.
  await refused('null', 'null', await watch(frame, mcpUrl), frame);
  await page.close();

  await report.step('rebound name: a page of the same origin is refused by its host', async () => {
    const { port, pathname } = new URL(mcpUrl);
    const rebound = `http://${EVIL}:${port}`;
    // Whatever the server shows under that name is of that origin. A page from anywhere else than this machine
    // is stopped by the browser already, which asks the person before it lets one call the local network.
    const page = await open(`${rebound}/.well-known/oauth-protected-resource`);
    await page.addScriptTag({ content: SCRIPT });
    assert.equal(await page.evaluate(() => location.origin), rebound);
    const { status, type, body } = await page.evaluate(call, [rebound + pathname, MESSAGE, HEADERS]);
    // Nothing of CORS comes between: the page reads the answer.
    assert.equal(type, 'basic');
    assert.equal(status, 403);
    assert.deepEqual(JSON.parse(body), { error: 'access_denied', error_description: 'this host is not served here' });
    await page.close();
  });

  await report.step('the log has every refusal', async () => {
    const logged = (text) =>
      quickstart
        .log()
        .split('\n')
        .filter((line) => line.includes(text));
    // Each time the page's call without a preflight, and the program's.
    const origins = logged('refused: the Origin is not in `allowed_origins`').map(
      (line) => /origin=Some\("(.*?)"\)/.exec(line)[1],
    );
    const wanted = [`http://${EVIL}:${pages.port}`, `http://${NEIGHBOUR}:${pages.port}`, 'null'];
    assert.deepEqual(
      origins,
      wanted.flatMap((origin) => [origin, origin]),
    );
    assert.equal(logged('refused: the Host is not in `allowed_hosts`').length, 1);
    return origins.join(', ');
  });
}

async function refused(name, origin, wire, frame) {
  await report.step(`${name}: a call fails in the page, and is not sent`, async () => {
    await assert.rejects(frame.evaluate(call, [mcpUrl, MESSAGE, HEADERS]), /TypeError: Failed to fetch/);
    const { request, response } = await wire.exchange(({ method }) => method === 'OPTIONS');
    assert.equal(wire.exchanges().length, 1);
    assert.equal(request.origin, origin);
    assert.equal(response['access-control-allow-origin'], undefined);
  });

  await report.step(`${name}: a call without a preflight is refused`, async () => {
    wire.forget();
    const seen = await frame.evaluate(
      ([url, message]) => globalThis.client.sendBlindly(url, message),
      [mcpUrl, MESSAGE],
    );
    assert.deepEqual({ ...seen, headers: {} }, { status: 0, type: 'opaque', headers: {}, body: '' });
    const { status, request } = await wire.exchange(({ method }) => method === 'POST');
    assert.equal(request.origin, origin);
    assert.equal(status, 403);
  });

  await report.step(`${name}: the server refuses the call itself`, async () => {
    const { status, headers, body } = await post({ Origin: origin });
    assert.equal(status, 403);
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.deepEqual(JSON.parse(body), {
      error: 'access_denied',
      error_description: 'this origin may not call this server',
    });
  });

  await report.step(`${name}: the metadata is open`, async () => {
    const read = (url) => frame.evaluate((place) => globalThis.client.get(place), url);
    const described = await read(new URL('/.well-known/oauth-protected-resource/mcp', mcpUrl).href);
    assert.equal(JSON.parse(described.body).resource, mcpUrl);
    const mirrored = await read(new URL('/.well-known/oauth-authorization-server', mcpUrl).href);
    assert.equal(JSON.parse(mirrored.body).issuer, quickstart.issuer);
  });
}

function call([url, message, headers]) {
  return globalThis.client.send(url, message, headers);
}

async function open(url) {
  const page = await openPage(browser);
  await page.goto(url);
  return page;
}

/** A frame whose origin is `null`. */
async function sandbox(page) {
  const loaded = page.waitForEvent('framenavigated', (frame) => frame !== page.mainFrame());
  await page.evaluate((script) => {
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    frame.srcdoc = `<script>${script}</script>`;
    document.body.append(frame);
  }, SCRIPT);
  const frame = await loaded;
  await frame.waitForFunction(() => globalThis.client);
  return frame;
}

/** The call as a program would send it, which may name any origin. */
function post(headers) {
  return new Promise((resolve, reject) => {
    const all = {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      ...HEADERS,
      ...headers,
    };
    const request = send(mcpUrl, { method: 'POST', headers: all }, async (response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode, headers: response.headers, body });
    });
    request.on('error', reject);
    request.end(JSON.stringify(MESSAGE));
  });
}
