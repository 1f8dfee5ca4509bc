// Each page of the local sign-in, light and dark, wide and narrow: it fits, it can be read, and keys are enough.

import assert from 'node:assert/strict';

import { Report } from '../clients/report.mjs';
import { openBrowser, openPage, screenshot } from './browser.mjs';
import { stopAll } from './programs.mjs';
import { startQuickstart } from './quickstart.mjs';

const WIDTHS = [1280, 400];
const SCHEMES = ['light', 'dark'];
const REDIRECT_URI = 'http://localhost/callback';

const quickstart = await startQuickstart();
const browser = await openBrowser();
const report = new Report('The local sign-in page', browser.version());

await report.finish(walk, async () => {
  await browser.close();
  await stopAll();
});

async function walk() {
  const registered = await fetch(`${quickstart.issuer}/oauth2/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'A client with quite a long name, version 2026.11',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
    }),
  });
  assert.equal(registered.status, 201);
  const { client_id: clientId } = await registered.json();

  for (const colorScheme of SCHEMES) {
    for (const width of WIDTHS) {
      await report.step(`${colorScheme}, ${width} wide`, async () => {
        const page = await openPage(browser, { width, height: 800, colorScheme });
        const show = async (what, heading) => {
          await page.getByRole('heading', { name: heading, exact: true }).waitFor();
          await screenshot(page, `sign-in-${what}-${colorScheme}-${width}`);
          await fitsAndCanBeRead(page, colorScheme);
        };
        await page.goto(authorization(clientId, REDIRECT_URI));
        await show('users', 'Sign in');
        await press(page, 'Grace Hopper grace@example.com');
        await show('organizations', 'Choose an organization');
        await press(page, 'Globex as member');
        await show('consent', 'Allow access?');
        await page.goto(authorization(clientId, 'http://localhost/somewhere-else'));
        await show('problem', /redirect URI/i);
        await page.close();
      });
    }
  }
}

function authorization(clientId, redirectUri) {
  const url = new URL(`${quickstart.issuer}/oauth2/authorize`);
  const parameters = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    resource: quickstart.mcpUrl,
    scope: 'openid profile email offline_access',
    state: 'kept',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

/** Goes to the button by the keyboard, where it must be seen to be, and presses it. */
async function press(page, name) {
  const button = page.getByRole('button', { name, exact: true });
  for (let steps = 0; steps < 10; steps += 1) {
    await page.keyboard.press('Tab');
    if (await button.evaluate((element) => element === document.activeElement)) {
      const outline = await button.evaluate((element) => getComputedStyle(element).outlineStyle);
      assert.equal(outline, 'solid', `${name} is seen to have the focus`);
      await page.keyboard.press('Enter');
      return;
    }
  }
  assert.fail(`no Tab leads to ${name}`);
}

async function fitsAndCanBeRead(page, colorScheme) {
  const { scrolls, beside, pale, background } = await page.evaluate(() => {
    const visible = [...document.querySelectorAll('main, main *')].filter((element) => element.checkVisibility());
    const channels = (color) => color.match(/[\d.]+/g).map(Number);
    const luminance = (color) => {
      const [red, green, blue] = channels(color)
        .slice(0, 3)
        .map((channel) => {
          const value = channel / 255;
          return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
      const { backgroundColor } = getComputedStyle(element);
      return (channels(backgroundColor)[3] ?? 1) > 0 ? backgroundColor : behind(element.parentElement);
    };
    const contrast = (element) => {
      const [high, low] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => b - a);
      return (high + 0.05) / (low + 0.05);
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return {
      scrolls: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      beside: visible
        .filter(
          (element) =>
            element.getBoundingClientRect().right > innerWidth ||
            (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0),
        )
        .map((element) => element.outerHTML.slice(0, 80)),
      pale: visible
        .filter((element) => hasText(element) && contrast(element) < 4.5)
        .map((element) => `${element.outerHTML.slice(0, 80)} ${contrast(element)}`),
      background: luminance(getComputedStyle(document.body).backgroundColor),
    };
  });
  assert.ok(!scrolls, 'scrolls sideways');
  assert.deepEqual(beside, [], 'does not fit');
  // WCAG 2.2, 1.4.3.
  assert.deepEqual(pale, [], 'too little contrast');
  assert.ok(colorScheme === 'dark' ? background < 0.1 : background > 0.8, `background ${background}`);
}
