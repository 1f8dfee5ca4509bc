// A headless Chromium that reaches nothing but this machine.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { directory, load } from '../clients/installed.mjs';

const { chromium } = load('playwright-core');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The slowest step of a person's way through the pages, on a machine whose cores are all taken. */
const PATIENCE = 20_000;

/** Starts a browser. `hosts` are names that lead to this machine in it; all others lead nowhere. */
export async function openBrowser(hosts = []) {
  const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`);
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...FLAGS,
      `--host-resolver-rules=${[...rules, 'MAP * ~NOTFOUND', 'EXCLUDE localhost', 'EXCLUDE 127.0.0.1'].join(', ')}`,
    ],
  });
}

export async function openPage(browser, { width = 1280, height = 900, colorScheme = 'light' } = {}) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  page.setDefaultTimeout(PATIENCE);
  return page;
}

/** For a person to look at. No assertion: those read the page. */
export async function screenshot(page, name) {
  const folder = join(directory, 'screenshots');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
