// The person in front of the browser, at the sign-in page.

import assert from 'node:assert/strict';

/** Waits for the sign-in page, and reads on it which application asks. */
export async function arriveAtSignIn(page, application) {
  await page.getByRole('heading', { name: 'Sign in', exact: true }).waitFor();
  assert.equal(await page.locator('strong.client').innerText(), application);
}

export async function choose(page, name) {
  await page.getByRole('button', { name }).click();
}

/** Waits for the question, reads what it is about, and allows it. */
export async function allow(page, { account, organization, server, back }) {
  await page.getByRole('heading', { name: 'Allow access?', exact: true }).waitFor();
  const terms = await page.locator('dt').allInnerTexts();
  const told = await page.locator('dd').allInnerTexts();
  const asked = Object.fromEntries(terms.map((term, index) => [term, told[index]]));
  assert.deepEqual(asked, {
    Account: account,
    Organization: organization,
    Server: server,
    'Sends you back to': back,
  });
  await page.getByRole('button', { name: 'Allow access', exact: true }).click();
}
