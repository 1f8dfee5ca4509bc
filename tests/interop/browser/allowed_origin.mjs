// A page of another origin that the quickstart allows by default: `allowed_origin.mjs localhost|127.0.0.1`.
// It does all that a client does, and reads all that a client needs, with `fetch` alone.

import assert from 'node:assert/strict';

import { Report } from '../clients/report.mjs';
import { openBrowser, openPage, screenshot } from './browser.mjs';
import { servePage } from './page_server.mjs';
import { stopAll } from './programs.mjs';
import { startQuickstart, TOOLS } from './quickstart.mjs';
import { allow, arriveAtSignIn, choose } from './sign_in_page.mjs';
import { watch } from './wire.mjs';

const LEGACY = '2025-11-25';
const MODERN = '2026-07-28';
const host = process.argv[2];
if (!['localhost', '127.0.0.1'].includes(host)) throw new Error('which host: localhost or 127.0.0.1?');

const quickstart = await startQuickstart();
const pages = await servePage();
const browser = await openBrowser();
const page = await openPage(browser);
const wire = await watch(page, quickstart.mcpUrl);
const report = new Report(`A page on http://${host}:*`, browser.version());

const origin = `http://${host}:${pages.port}`;
const home = `${origin}/`;
const call = (method, ...parameters) =>
  page.evaluate(([name, given]) => globalThis.client[name](...given), [method, parameters]);

/** Of Grace, as they were answered last. */
let tokens;
let id = 0;
const request = (method, params = {}) => ({ jsonrpc: '2.0', id: ++id, method, params });
const INITIALIZE = { protocolVersion: LEGACY, capabilities: {}, clientInfo: { name: 'page', version: '0' } };

await report.finish(walk, async () => {
  await browser.close();
  pages.close();
  await stopAll();
});

async function walk() {
  await page.goto(home);

  let challenge;
  await report.step('read the challenge of a 401', async () => {
    const { status, headers } = await call('send', quickstart.mcpUrl, request('initialize', INITIALIZE), {
      'MCP-Protocol-Version': LEGACY,
    });
    assert.equal(status, 401);
    challenge = parameters(headers['www-authenticate']);
    assert.equal(challenge.error, undefined);
    assert.ok(headers['x-request-id'], 'x-request-id can be read');
    return headers['www-authenticate'];
  });

  await report.step('its preflight', () => preflight('POST', ['content-type', 'mcp-protocol-version']));

  let resource;
  await report.step('protected resource metadata', async () => {
    const { status, body } = await call('get', challenge.resource_metadata);
    assert.equal(status, 200);
    resource = JSON.parse(body);
    assert.equal(resource.resource, quickstart.mcpUrl);
    return resource.authorization_servers.join(' ');
  });

  let server;
  await report.step('authorization server metadata', async () => {
    const url = new URL('/.well-known/oauth-authorization-server', resource.authorization_servers[0]);
    // A client may say which version it speaks, which takes a preflight.
    const { status, body } = await call('get', url.href, { headers: { 'MCP-Protocol-Version': LEGACY } });
    assert.equal(status, 200);
    server = JSON.parse(body);
    assert.equal(server.issuer, resource.authorization_servers[0]);
    return url.href;
  });

  await report.step('metadata with a preflight, and at the server itself', async () => {
    const options = { headers: { 'MCP-Protocol-Version': LEGACY } };
    const described = await call('get', challenge.resource_metadata, options);
    assert.deepEqual(JSON.parse(described.body), resource);
    const mirrored = await call(
      'get',
      new URL('/.well-known/oauth-authorization-server', quickstart.mcpUrl).href,
      options,
    );
    assert.deepEqual(JSON.parse(mirrored.body), server);
  });

  let clientId;
  await report.step('registration', async () => {
    const { status, body } = await call('register', server, home);
    assert.equal(status, 201, body);
    clientId = JSON.parse(body).client_id;
    return clientId;
  });

  await report.step('sign in as Grace, for Globex', async () => {
    const scope = resource.scopes_supported.join(' ');
    await call('signIn', server, { clientId, redirectUri: home, resource: resource.resource, scope });
    await arriveAtSignIn(page, 'A page');
    await choose(page, /^Grace Hopper/);
    await page.getByRole('heading', { name: 'Choose an organization' }).waitFor();
    await choose(page, /^Globex/);
    await allow(page, {
      account: 'Grace Hopper (grace@example.com)',
      organization: 'Globex',
      server: quickstart.mcpUrl,
      back: home,
    });
    await page.waitForURL((url) => url.origin === origin && url.searchParams.has('code'));
  });

  await report.step('token', async () => {
    const { status, body } = await call('exchange');
    assert.equal(status, 200, body);
    tokens = JSON.parse(body);
    assert.equal(claims(tokens.access_token).aud, quickstart.mcpUrl);
    return `for ${claims(tokens.access_token).sub}`;
  });

  let session;
  await report.step(`${LEGACY}: initialize, and read the session id`, async () => {
    wire.forget();
    const bearer = { Authorization: `Bearer ${tokens.access_token}` };
    const opened = await call('send', quickstart.mcpUrl, request('initialize', INITIALIZE), bearer);
    assert.equal(opened.status, 200, opened.body);
    assert.equal(result(opened).protocolVersion, LEGACY);
    const sessionId = opened.headers['mcp-session-id'];
    assert.ok(sessionId, 'Mcp-Session-Id can be read');
    await preflight('POST', ['authorization', 'content-type']);
    session = { ...bearer, 'MCP-Protocol-Version': LEGACY, 'Mcp-Session-Id': sessionId };
    const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
    const { status } = await call('send', quickstart.mcpUrl, initialized, session);
    assert.equal(status, 202);
    await preflight('POST', ['authorization', 'content-type', 'mcp-protocol-version', 'mcp-session-id']);
  });

  await report.step(`${LEGACY}: list and call`, async () => {
    const listed = result(await call('send', quickstart.mcpUrl, request('tools/list'), session));
    assert.deepEqual(listed.tools.map(({ name }) => name).sort(), TOOLS);
    const params = { name: 'whoami', arguments: {} };
    return expectGrace(result(await call('send', quickstart.mcpUrl, request('tools/call', params), session)));
  });

  await report.step(`${LEGACY}: end the session`, async () => {
    const { status } = await call('end', quickstart.mcpUrl, session);
    assert.ok(status >= 200 && status < 300, `${status}`);
    // No preflight of its own: the one of POST allowed it, and is remembered.
    const after = await call('send', quickstart.mcpUrl, request('tools/list'), session);
    assert.equal(after.status, 404);
    return `${status}, then 404`;
  });

  await report.step(`${MODERN}: list and call`, async () => {
    wire.forget();
    const listed = await modern('tools/list');
    assert.equal(listed.headers['mcp-session-id'], undefined);
    assert.deepEqual(
      result(listed)
        .tools.map(({ name }) => name)
        .sort(),
      TOOLS,
    );
    await preflight('POST', ['authorization', 'content-type', 'mcp-method', 'mcp-protocol-version']);
    const called = await modern('tools/call', { name: 'whoami', arguments: {} }, { 'Mcp-Name': 'whoami' });
    await preflight('POST', ['authorization', 'content-type', 'mcp-method', 'mcp-name', 'mcp-protocol-version']);
    return expectGrace(result(called));
  });

  await report.step('refresh, and call with the new token', async () => {
    const { status, body } = await call('refresh', tokens.refresh_token);
    assert.equal(status, 200, body);
    const before = tokens.access_token;
    tokens = JSON.parse(body);
    assert.notEqual(tokens.access_token, before);
    return expectGrace(result(await modern('tools/call', { name: 'whoami', arguments: {} }, { 'Mcp-Name': 'whoami' })));
  });

  await report.step('read the challenge of a bad token', async () => {
    const refused = await modern(
      'tools/list',
      {},
      { Authorization: `Bearer ${tokens.access_token.slice(0, -6)}AAAAAA` },
    );
    assert.equal(refused.status, 401);
    const { error, resource_metadata: place } = parameters(refused.headers['www-authenticate']);
    assert.equal(error, 'invalid_token');
    assert.equal(place, challenge.resource_metadata);
    return refused.headers['www-authenticate'];
  });

  await report.step('cookies are not allowed', async () => {
    const sent = call('send', quickstart.mcpUrl, request('tools/list'), {}, { credentials: 'include' });
    await assert.rejects(sent, /TypeError: Failed to fetch/);
  });

  await screenshot(page, `page-${host}`);
}

/** The browser asked once whether it may send these headers, and this is how it was answered. */
async function preflight(method, headers) {
  const asks = (exchange) =>
    exchange.method === 'OPTIONS' &&
    exchange.request['access-control-request-method'] === method &&
    exchange.request['access-control-request-headers'] === headers.join(',');
  const { status, response, request: sent } = await wire.exchange(asks);
  assert.equal(wire.exchanges().filter(asks).length, 1);
  assert.ok(status === 200 || status === 204, `${status}`);
  assert.equal(sent.authorization, undefined);
  assert.equal(sent.origin, origin);
  assert.equal(response['access-control-allow-origin'], origin);
  assert.equal(response['access-control-allow-credentials'], undefined);
  const list = (name) =>
    response[name]
      .toLowerCase()
      .split(',')
      .map((item) => item.trim());
  for (const allowed of ['get', 'post', 'delete']) assert.ok(list('access-control-allow-methods').includes(allowed));
  assert.deepEqual(list('access-control-allow-headers').sort(), headers);
  return `${method} with ${headers.join(', ')}`;
}

function modern(method, params = {}, headers = {}) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': MODERN,
    'io.modelcontextprotocol/clientInfo': INITIALIZE.clientInfo,
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return call('send', quickstart.mcpUrl, request(method, { ...params, _meta }), {
    Authorization: `Bearer ${tokens.access_token}`,
    'MCP-Protocol-Version': MODERN,
    'Mcp-Method': method,
    ...headers,
  });
}

function expectGrace(called) {
  const { session: signedIn, user } = JSON.parse(called.content[0].text);
  const { sub, org_id: organization } = claims(tokens.access_token);
  assert.equal(signedIn.userId, sub);
  assert.equal(signedIn.organizationId, organization);
  assert.equal(user.id, sub);
  assert.equal(user.email, 'grace@example.com');
  return `${user.id} ${user.email}`;
}

/** Of a JSON-RPC answer, plain or as the last event of a stream. */
function result({ status, headers, body }) {
  assert.equal(status, 200, body);
  const text = headers['content-type'].startsWith('text/event-stream')
    ? body
        .match(/^data:\s*(\{.*)$/gm)
        .at(-1)
        .replace(/^data:\s*/, '')
    : body;
  const message = JSON.parse(text);
  assert.ok(message.result, text);
  return message.result;
}

function parameters(challenge) {
  assert.match(challenge ?? '', /^Bearer /);
  return Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}

function claims(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}
