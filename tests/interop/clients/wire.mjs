// What a client sent and what it got, in the order of the answers' heads.

/** Wraps a fetch so that each exchange is handed to `keep` when its answer has been read. */
export function recordingFetch(fetch, keep) {
  return async (input, init) => {
    const request = typeof input === 'string' || input instanceof URL ? undefined : input;
    const exchange = {
      method: init?.method ?? request?.method ?? 'GET',
      url: String(request?.url ?? input),
      headers: Object.fromEntries(new Headers([...new Headers(init?.headers ?? request?.headers ?? {})])),
      body: init?.body === undefined || init.body === null ? null : String(init.body),
    };
    const response = await fetch(input, init);
    exchange.status = response.status;
    exchange.answer = Object.fromEntries([...response.headers]);
    // Streams are left alone: the client reads them as they come.
    const json = (response.headers.get('content-type') ?? '').startsWith('application/json');
    exchange.json = json ? await response.clone().json().catch(() => null) : null;
    keep(exchange);
    return response;
  };
}

/** The parameters of a form. */
export const form = (exchange) => Object.fromEntries(new URLSearchParams(exchange.body ?? ''));

/** The JSON-RPC method of a request to the MCP endpoint. */
export function rpcMethod(exchange) {
  try {
    return JSON.parse(exchange.body).method;
  } catch {
    return undefined;
  }
}

export const bearer = (exchange) => /^Bearer (.+)$/i.exec(exchange.headers.authorization ?? '')?.[1];

/** The claims of a token, not verified: who reads them here wants to know what the server says. */
export const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
