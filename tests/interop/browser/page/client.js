// An MCP client without a library: what a page can do with `fetch` alone. The row calls it step by step.

const remembered = {
  get: () => JSON.parse(sessionStorage.getItem('sign-in')),
  set: (value) => sessionStorage.setItem('sign-in', JSON.stringify(value)),
};

/** Everything that the browser lets this page see of an answer. */
async function answer(response) {
  return {
    status: response.status,
    type: response.type,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
  };
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

globalThis.client = {
  async get(url, options = {}) {
    return answer(await fetch(url, options));
  },

  /** One message to the server, with the headers that a call asks for. */
  async send(url, message, headers = {}, options = {}) {
    return answer(
      await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', ...headers },
        body: JSON.stringify(message),
        ...options,
      }),
    );
  },

  async end(url, headers) {
    return answer(await fetch(url, { method: 'DELETE', headers }));
  },

  /** What a page can send without a preflight, and without seeing the answer. */
  async sendBlindly(url, message) {
    return answer(await fetch(url, { method: 'POST', mode: 'no-cors', body: JSON.stringify(message) }));
  },

  async register(server, redirectUri) {
    return answer(
      await fetch(server.registration_endpoint, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({
          client_name: 'A page',
          redirect_uris: [redirectUri],
          grant_types: ['authorization_code', 'refresh_token'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
        }),
      }),
    );
  },

  /** Leaves the page for the sign-in. */
  async signIn(server, { clientId, redirectUri, resource, scope }) {
    const [verifier, state] = [random(), random()];
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
    remembered.set({ verifier, state, clientId, redirectUri, resource, tokenEndpoint: server.token_endpoint });
    const url = new URL(server.authorization_endpoint);
    const request = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      code_challenge: base64url(digest),
      code_challenge_method: 'S256',
      resource,
      scope,
      state,
    };
    for (const [name, value] of Object.entries(request)) url.searchParams.set(name, value);
    location.assign(url);
  },

  /** Back from the sign-in: the code of this page's URL for tokens. */
  async exchange() {
    const signIn = remembered.get();
    const came = new URLSearchParams(location.search);
    if (came.get('state') !== signIn.state) throw new Error(`another state came back: ${location.search}`);
    return this.token({ grant_type: 'authorization_code', code: came.get('code'), code_verifier: signIn.verifier });
  },

  async refresh(token) {
    return this.token({ grant_type: 'refresh_token', refresh_token: token });
  },

  async token(grant) {
    const { clientId, redirectUri, resource, tokenEndpoint } = remembered.get();
    const form = new URLSearchParams({ client_id: clientId, redirect_uri: redirectUri, resource, ...grant });
    return answer(await fetch(tokenEndpoint, { method: 'POST', body: form }));
  },
};
