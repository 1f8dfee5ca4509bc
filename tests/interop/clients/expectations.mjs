// What each step must have left on the wire, the same for every client.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ACCESS_TOKEN_LIFETIME } from './interop_server.mjs';
import { bearer, claims, form, rpcMethod } from './wire.mjs';

const sha256 = (text) => createHash('sha256').update(text).digest('base64url');
const parameter = (challenge, name) => new RegExp(`[ ,]${name}="([^"]*)"`).exec(challenge)?.[1];

/** The expectations of one sign-in. `exchanges()` is all that was exchanged so far. */
export class Expectations {
  constructor(server, exchanges) {
    this.server = server;
    this.exchanges = exchanges;
    this.ada = claims(server.token).sub;
    assert.match(this.ada, /^user_/);
  }

  #to(url, method) {
    return this.exchanges().filter((exchange) => exchange.url === url && exchange.method === method);
  }

  #isTokenRequest(exchange, grant) {
    return exchange.url === this.authorizationServer.token_endpoint && form(exchange).grant_type === grant;
  }

  #tokenRequests(grant) {
    return this.exchanges().filter((exchange) => this.#isTokenRequest(exchange, grant));
  }

  /** The first request had no token, and its refusal says where to read on. */
  challenge() {
    const [first] = this.exchanges();
    assert.equal(first.url, this.server.mcpUrl);
    assert.equal(first.headers.authorization, undefined);
    assert.equal(first.status, 401);
    const challenge = first.answer['www-authenticate'];
    assert.match(challenge, /^Bearer /);
    const { origin, pathname } = new URL(this.server.mcpUrl);
    this.resourceMetadataUrl = `${origin}/.well-known/oauth-protected-resource${pathname}`;
    assert.equal(parameter(challenge, 'resource_metadata'), this.resourceMetadataUrl);
    assert.equal(parameter(challenge, 'error'), undefined, 'nobody made a mistake yet');
    this.scope = parameter(challenge, 'scope');
    for (const scope of ['openid', 'offline_access']) assert.ok(this.scope.split(' ').includes(scope), scope);
    return challenge;
  }

  /** Both metadata documents were fetched, and fit each other. */
  discovery() {
    const [resource] = this.#to(this.resourceMetadataUrl, 'GET');
    assert.equal(resource?.status, 200, `${this.resourceMetadataUrl} was not fetched`);
    assert.equal(resource.json.resource, this.server.mcpUrl);
    assert.deepEqual(resource.json.authorization_servers, [this.server.issuer]);
    const url = `${this.server.issuer}/.well-known/oauth-authorization-server`;
    const [authorizationServer] = this.#to(url, 'GET');
    assert.equal(authorizationServer?.status, 200, `${url} was not fetched`);
    assert.equal(authorizationServer.json.issuer, this.server.issuer);
    this.authorizationServer = authorizationServer.json;
    return `${this.resourceMetadataUrl}, ${url}`;
  }

  /** The client introduced itself in the way of its row. */
  registration(way) {
    return way === 'CIMD' ? this.#clientMetadataDocument() : this.#dynamicRegistration();
  }

  /** It registered, once. */
  #dynamicRegistration() {
    const registrations = this.#to(this.authorizationServer.registration_endpoint, 'POST');
    assert.equal(registrations.length, 1);
    assert.equal(registrations[0].status, 201);
    const { client_id: id, token_endpoint_auth_method: method } = registrations[0].json;
    assert.ok(id);
    this.clientId = id;
    return `registered as ${id}, ${method}`;
  }

  /** It named the URL of its document, and did not register. */
  #clientMetadataDocument() {
    assert.equal(this.authorizationServer.client_id_metadata_document_supported, true);
    assert.equal(this.#to(this.authorizationServer.registration_endpoint, 'POST').length, 0);
    this.clientId = this.server.clientMetadataUrl;
    return `client_id ${this.clientId}`;
  }

  /** The authorization request, and where the person came back. */
  authorization(authorizationUrl, callback) {
    const url = new URL(authorizationUrl);
    assert.equal(url.origin + url.pathname, this.authorizationServer.authorization_endpoint);
    const request = Object.fromEntries(url.searchParams);
    assert.equal(request.response_type, 'code');
    assert.equal(request.client_id, this.clientId);
    assert.equal(request.code_challenge_method, 'S256');
    assert.match(request.code_challenge, /^[\w-]{43}$/);
    assert.equal(request.resource, this.server.mcpUrl);
    assert.deepEqual(new Set(request.scope.split(' ')), new Set(this.scope.split(' ')));
    const answer = Object.fromEntries(callback.searchParams);
    assert.ok(request.state);
    assert.equal(answer.state, request.state);
    assert.ok(answer.code);
    this.authorizationRequest = request;
    this.code = answer.code;
    return `S256, resource=${request.resource}`;
  }

  /** The code and the verifier were exchanged for a token of this resource. */
  token() {
    const [request, ...others] = this.#tokenRequests('authorization_code');
    assert.equal(others.length, 0);
    const sent = form(request);
    assert.equal(sent.code, this.code);
    assert.equal(sent.redirect_uri, this.authorizationRequest.redirect_uri);
    assert.equal(sha256(sent.code_verifier), this.authorizationRequest.code_challenge);
    assert.equal(sent.resource, this.server.mcpUrl);
    return this.#issued(request);
  }

  /** The answer of the token endpoint: Ada's, for this server and this client, and renewable. */
  #issued(request) {
    assert.equal(request.status, 200, JSON.stringify(request.json));
    assert.ok(request.json.refresh_token);
    const { iss, aud, sub, client_id: client, iat, exp } = claims(request.json.access_token);
    assert.deepEqual([iss, aud, sub, client], [this.server.issuer, this.server.mcpUrl, this.ada, this.clientId]);
    assert.equal(exp - iat, ACCESS_TOKEN_LIFETIME);
    return `${sub}, aud ${aud}`;
  }

  /** The protocol version was the one asked for, on the wire too. */
  protocol(version) {
    const calls = this.#to(this.server.mcpUrl, 'POST').filter((exchange) => rpcMethod(exchange) === 'tools/list');
    assert.ok(calls.length > 0);
    for (const call of calls) {
      assert.equal(call.headers['mcp-protocol-version'], version);
      // Sessions are what the older version has and the newer has not.
      assert.equal(call.headers['mcp-session-id'] !== undefined, version < '2026-07-28', 'Mcp-Session-Id');
    }
    return version;
  }

  /** The tools' names. */
  tools(names) {
    for (const name of ['whoami', 'greet']) assert.ok(names.includes(name), `${name} in ${names}`);
    return `${names.length} tools`;
  }

  whoami(text) {
    assert.ok(text.includes(this.ada), text);
    return text;
  }

  greet(text) {
    assert.ok(text.includes('Countess'), text);
    assert.ok(text.includes(this.ada), text);
    return text;
  }

  /** Waits until no token that the client was given is accepted any more; the server refuses the newest. */
  async expiry() {
    const newest = this.#newestToken();
    const over = (claims(newest).exp + this.server.clockLeeway) * 1000;
    while (Date.now() < over) await new Promise((resolve) => setTimeout(resolve, over - Date.now() + 1));
    const response = await fetch(this.server.mcpUrl, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${newest}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    });
    assert.equal(response.status, 401);
    const challenge = response.headers.get('www-authenticate');
    assert.equal(parameter(challenge, 'error'), 'invalid_token');
    assert.match(parameter(challenge, 'error_description'), /expired/);
    this.expired = newest;
    this.expiredAt = this.exchanges().length;
    return challenge;
  }

  #newestToken() {
    const tokens = this.#to(this.authorizationServer.token_endpoint, 'POST').map((exchange) => exchange.json);
    return tokens.at(-1).access_token;
  }

  /**
   * After the expiry the client went for a new token with its refresh token, of its own accord, and
   * called with it. Says how the client noticed.
   */
  refresh() {
    const since = this.exchanges().slice(this.expiredAt);
    const at = since.findIndex((exchange) => this.#isTokenRequest(exchange, 'refresh_token'));
    const request = since[at];
    assert.ok(request, 'no refresh_token grant since the token expired');
    assert.equal(form(request).resource, this.server.mcpUrl);
    this.#issued(request);
    assert.notEqual(request.json.access_token, this.expired);
    const isRefused = (exchange) => exchange.url === this.server.mcpUrl && exchange.status === 401;
    const refused = since.slice(0, at).filter(isRefused);
    for (const exchange of refused) assert.equal(bearer(exchange), this.expired);
    // Nobody was asked to sign in again, and nobody registered again.
    assert.equal(this.#tokenRequests('authorization_code').length, 1);
    this.refreshedAt = this.expiredAt + at;
    return refused.length > 0 ? 'after a 401' : 'before a request, by its own clock';
  }

  /** The call after the refresh went out with the new token, in the same session. */
  callAgain(text) {
    this.whoami(text);
    const isCall = (exchange) => exchange.url === this.server.mcpUrl && rpcMethod(exchange) === 'tools/call';
    const exchanges = this.exchanges();
    const at = exchanges.findLastIndex(isCall);
    const last = exchanges[at];
    assert.equal(last.status, 200);
    assert.ok(at > this.refreshedAt);
    assert.notEqual(bearer(last), this.expired);
    assert.equal(last.headers['mcp-session-id'], exchanges.find(isCall).headers['mcp-session-id']);
    return text;
  }
}
