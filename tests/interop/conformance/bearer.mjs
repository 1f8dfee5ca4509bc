// Loaded before the suite, which has no option for a token: adds one to each request to one origin, whether it goes by
// `fetch`, by undici or by `node:http`. What a scenario says about Authorization itself stays.

import http from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const { SUITE, BEARER_TOKEN, BEARER_ORIGIN } = process.env;
const authorization = `Bearer ${BEARER_TOKEN}`;
const { getGlobalDispatcher, setGlobalDispatcher } = createRequire(SUITE)('undici');

// `fetch` uses the same global dispatcher.
setGlobalDispatcher(
  getGlobalDispatcher().compose((dispatch) => (options, handler) => {
    const here = String(options.origin) === BEARER_ORIGIN;
    return dispatch(here ? { ...options, headers: withToken(options.headers) } : options, handler);
  }),
);

const { request } = http;
http.request = (target, ...rest) => {
  // The suite names the target by options, not by a URL.
  const { hostname, host, port, headers } = target;
  const here = `http://${hostname ?? host}:${port}` === BEARER_ORIGIN;
  return request(here ? { ...target, headers: Object.fromEntries(pairs(withToken(headers))) } : target, ...rest);
};
syncBuiltinESMExports();

/** Names and values in turn. */
function withToken(headers) {
  const all = pairs(headers);
  if (!all.some(([name]) => name.toLowerCase() === 'authorization')) all.push(['authorization', authorization]);
  return all.flat();
}

function pairs(headers) {
  if (!headers) return [];
  if (Array.isArray(headers) && !Array.isArray(headers[0])) {
    return headers.flatMap((name, index) => (index % 2 === 0 ? [[String(name), headers[index + 1]]] : []));
  }
  return typeof headers[Symbol.iterator] === 'function' ? [...headers] : Object.entries(headers);
}
