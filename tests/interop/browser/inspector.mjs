// MCP Inspector 2 in a browser, at the quickstart example: `inspector.mjs legacy|modern`.
// Its web page leaves the network to its own server, so this is a person's way in, without CORS.

import assert from 'node:assert/strict';
import { join } from 'node:path';

import { directory, manifest } from '../clients/installed.mjs';
import { Report } from '../clients/report.mjs';
import { openBrowser, openPage, screenshot } from './browser.mjs';
import { freePort, start, stopAll, temporaryFolder } from './programs.mjs';
import { startQuickstart, TOOLS } from './quickstart.mjs';
import { allow, arriveAtSignIn, choose } from './sign_in_page.mjs';

const PROTOCOL_VERSIONS = { legacy: '2025-11-25', modern: '2026-07-28' };
const era = process.argv[2];
const protocolVersion = PROTOCOL_VERSIONS[era];
if (!protocolVersion) throw new Error(`which era: ${Object.keys(PROTOCOL_VERSIONS).join(' or ')}?`);

const PACKAGE = '@modelcontextprotocol/inspector';
const report = new Report(`MCP Inspector, ${protocolVersion}`, manifest(PACKAGE).version, 120);

const quickstart = await startQuickstart();
const inspector = await startInspector();
const browser = await openBrowser();
const page = await openPage(browser);
const show = (what) => screenshot(page, `inspector-${era}-${what}`);

await report.finish(walk, async () => {
  await show('last').catch((error) => console.error(error.message));
  await browser.close();
  await stopAll();
});

/** Without a browser of its own, and with nothing remembered. */
async function startInspector() {
  const port = await freePort();
  const folder = temporaryFolder();
  const token = 'interop';
  const launcher = join(directory, 'node_modules', PACKAGE, 'clients/launcher/build/index.js');
  const server = ['--transport', 'http', '--server-url', quickstart.mcpUrl, '--protocol-era', era];
  const env = {
    ...process.env,
    HOME: folder,
    HOST: 'localhost',
    CLIENT_PORT: String(port),
    MCP_SANDBOX_PORT: '0',
    MCP_AUTO_OPEN_ENABLED: 'false',
    MCP_INSPECTOR_API_TOKEN: token,
    MCP_INSPECTOR_SECRET_STORE: 'memory',
    MCP_STORAGE_DIR: folder,
  };
  await start(process.execPath, [launcher, '--web', ...server], { env, until: /is up and running/ });
  return { url: `http://localhost:${port}`, page: `http://localhost:${port}/?MCP_INSPECTOR_API_TOKEN=${token}` };
}

async function walk() {
  const connection = page.getByRole('switch', { name: /^Connect or disconnect/ });

  await report.step('connect: sent to sign in', async () => {
    await page.goto(inspector.page);
    // By the keyboard: what a mouse would hit is drawn beside the switch.
    await connection.press('Space');
    await arriveAtSignIn(page, 'MCP Inspector');
    await show('sign-in');
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
    await page.getByText(`MCP ${protocolVersion}`, { exact: true }).waitFor();
    await show('connected');
    assert.ok(await connection.isChecked());
    return `speaks ${protocolVersion}`;
  });

  await report.step('list the tools', async () => {
    await page.getByText('Tools', { exact: true }).click();
    await page.getByRole('heading', { name: `Tools (${TOOLS.length})` }).waitFor();
    for (const tool of TOOLS) await page.getByRole('button', { name: tool, exact: true }).waitFor();
    return TOOLS.join(', ');
  });

  await report.step('call whoami', async () => {
    await call('whoami');
    const result = page.getByTestId('tools-screen').locator('.ace_text-layer');
    await result.filter({ hasText: '}' }).waitFor();
    const { session, user } = JSON.parse(await result.innerText());
    await show('whoami');
    assert.equal(session.userId, quickstart.ada.id);
    assert.equal(user.id, quickstart.ada.id);
    assert.equal(user.email, quickstart.ada.email);
    return `${user.id} ${user.email}`;
  });

  await report.step('call greet', async () => {
    await call('greet', { name: 'Inspector' });
    const answer = `Hello, Inspector! Your WorkOS user ID is ${quickstart.ada.id}`;
    await page.getByText(answer, { exact: true }).waitFor();
    return answer;
  });

  await report.step('connect again without a sign-in', async () => {
    await page.getByText('Servers', { exact: true }).first().click();
    await connection.press('Space');
    await page.getByText('Disconnected', { exact: true }).waitFor();
    await connection.press('Space');
    await page.getByText('Connected', { exact: true }).waitFor();
    const signIns = quickstart.log().match(/authorize: sign-in page/g);
    assert.equal(signIns.length, 1, 'sign-in pages shown');
  });
}

async function call(tool, parameters = {}) {
  await page.getByRole('button', { name: tool, exact: true }).click();
  for (const [name, value] of Object.entries(parameters)) await page.getByRole('textbox', { name }).fill(value);
  await page.getByRole('button', { name: 'Execute Tool' }).click();
  await page.getByRole('heading', { name: 'Results', exact: true }).waitFor();
}
