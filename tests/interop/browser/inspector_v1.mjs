// MCP Inspector 1 in a browser, at the quickstart example: `inspector_v1.mjs direct|proxy`.
// Directly, its web page itself fetches the server, the metadata and the tokens, across origins.

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { directory, manifest } from '../clients/installed.mjs';
import { Report } from '../clients/report.mjs';
import { openBrowser, openPage, screenshot } from './browser.mjs';
import { freePort, start, stopAll, temporaryFolder } from './programs.mjs';
import { startQuickstart, TOOLS } from './quickstart.mjs';
import { allow, arriveAtSignIn, choose } from './sign_in_page.mjs';

const CONNECTION_TYPES = { direct: 'Direct', proxy: 'Via Proxy' };
const way = process.argv[2];
const connectionType = CONNECTION_TYPES[way];
if (!connectionType) throw new Error(`which way: ${Object.keys(CONNECTION_TYPES).join(' or ')}?`);

/** The name that it is installed by, beside version 2. */
const PACKAGE = 'inspector-v1';
const report = new Report(`MCP Inspector 1, ${way}`, manifest(PACKAGE).version, 120);

const quickstart = await startQuickstart();
const inspector = await startInspector();
const browser = await openBrowser();
const page = await openPage(browser);
const show = (what) => screenshot(page, `inspector-1-${way}-${what}`);

/** What the page itself sent to the server, and how it was answered. */
const calls = [];
page.on('response', (response) => {
  if (response.url() === quickstart.mcpUrl) calls.push(`${response.request().method()} ${response.status()}`);
});

await report.finish(walk, async () => {
  await show('last').catch((error) => console.error(error.message));
  await browser.close();
  await stopAll();
});

/** Without a browser of its own. */
async function startInspector() {
  const [port, proxyPort] = [await freePort(), await freePort()];
  const token = 'interop';
  const env = {
    ...process.env,
    HOME: temporaryFolder(),
    HOST: 'localhost',
    CLIENT_PORT: String(port),
    SERVER_PORT: String(proxyPort),
    MCP_AUTO_OPEN_ENABLED: 'false',
    MCP_PROXY_AUTH_TOKEN: token,
  };
  const server = ['--transport', 'streamable-http', '--server-url', quickstart.mcpUrl];
  const launcher = join(directory, 'node_modules', PACKAGE, 'client/bin/start.js');
  await start(process.execPath, [launcher, ...server], { env, until: /is up and running/ });
  const url = `http://localhost:${port}`;
  // By its whole address it knows its proxy after the way over the sign-in page too; by its port it does not.
  const proxy = { MCP_PROXY_FULL_ADDRESS: `http://localhost:${proxyPort}`, MCP_PROXY_AUTH_TOKEN: token };
  return { url, page: `${url}/?${new URLSearchParams(proxy)}` };
}

async function walk() {
  await report.step('connect: sent to sign in', async () => {
    await page.goto(inspector.page);
    await pick('Transport Type', 'Streamable HTTP');
    await pick('Connection Type', connectionType);
    await page.getByRole('textbox', { name: 'URL', exact: true }).fill(quickstart.mcpUrl);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await arriveAtSignIn(page, 'MCP Inspector');
    const asked = new URL(page.url()).searchParams;
    assert.equal(asked.get('resource'), quickstart.mcpUrl);
    assert.equal(asked.get('code_challenge_method'), 'S256');
    return `scope ${asked.get('scope')}`;
  });

  await report.step('sign in as Ada', async () => {
    await choose(page, /^Ada Lovelace/);
    await allow(page, {
      account: `Ada Lovelace (${quickstart.ada.email})`,
      organization: 'Acme',
      server: quickstart.mcpUrl,
      back: `${inspector.url}/oauth/callback`,
    });
  });

  await report.step('connected', async () => {
    await page.getByText('Connected', { exact: true }).waitFor();
    await show('connected');
  });

  await report.step('list the tools', async () => {
    await page.getByRole('tab', { name: 'Tools' }).click();
    await page.getByRole('button', { name: 'List Tools' }).click();
    const panel = page.getByRole('tabpanel', { name: 'Tools' });
    for (const tool of TOOLS) await panel.getByText(tool, { exact: true }).waitFor();
    return TOOLS.join(', ');
  });

  await report.step('call whoami', async () => {
    await page.getByText('whoami', { exact: true }).click();
    await page.getByRole('button', { name: 'Run Tool' }).click();
    await page.getByRole('heading', { name: 'Tool Result: Success' }).waitFor();
    await show('whoami');
    const shown = await page.getByRole('tabpanel', { name: 'Tools' }).innerText();
    const member = (name) => new RegExp(`^${name}:\\s*"(.*)"$`, 'm').exec(shown)?.[1];
    assert.equal(member('userId'), quickstart.ada.id);
    assert.equal(member('id'), quickstart.ada.id);
    assert.equal(member('email'), quickstart.ada.email);
    return `${member('id')} ${member('email')}`;
  });

  await report.step('went the way that was chosen', async () => {
    const seen = calls.join(', ') || 'none';
    if (way === 'proxy') {
      assert.deepEqual(calls, [], 'calls of the page itself');
    } else {
      assert.equal(calls[0], 'POST 401');
      assert.ok(calls.filter((call) => call === 'POST 200').length >= 3, seen);
    }
    return `calls of the page itself: ${seen}`;
  });
}

async function pick(label, option) {
  await page.getByRole('combobox', { name: label }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
}
