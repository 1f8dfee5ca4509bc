// The person at the browser.

/**
 * Opens an authorization URL as Ada and follows it, by hand, to the client's redirect URI.
 * The answer is the URL that the browser would have called there.
 */
export async function signIn(authorizationUrl, email) {
  const authorization = new URL(authorizationUrl);
  const redirectUri = authorization.searchParams.get('redirect_uri');
  authorization.searchParams.set('login_hint', email);
  let next = authorization;
  for (let redirects = 0; redirects < 5; redirects += 1) {
    const response = await fetch(next, { redirect: 'manual' });
    const location = response.headers.get('location');
    if (!location) throw new Error(`${next} answers ${response.status}: ${await response.text()}`);
    next = new URL(location, next);
    if (next.origin + next.pathname === redirectUri) return next;
  }
  throw new Error(`${authorizationUrl} does not lead to ${redirectUri}`);
}
