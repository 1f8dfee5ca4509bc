// The walk of both lines of the TypeScript SDK. What differs between them, the programs pass in.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Expectations } from './expectations.mjs';
import { startServer } from './interop_server.mjs';
import { signIn } from './person.mjs';
import { Report } from './report.mjs';
import { recordingFetch } from './wire.mjs';

/** An OAuthClientProvider that remembers everything until the program ends. */
class Memory {
  redirectUrl = 'http://localhost:33418/callback';
  #saved = {};

  constructor(clientMetadataUrl) {
    this.clientMetadataUrl = clientMetadataUrl;
  }

  // Without `token_endpoint_auth_method` AuthKit registers a client that has a secret. Those without one
  // are tried by their metadata document, and by mcp-remote.
  get clientMetadata() {
    return {
      client_name: 'interop',
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    };
  }

  state() {
    this.#saved.state ??= randomUUID();
    return this.#saved.state;
  }

  clientInformation = () => this.#saved.client;
  saveClientInformation = (client) => void (this.#saved.client = client);
  tokens = () => this.#saved.tokens;
  saveTokens = (tokens) => void (this.#saved.tokens = tokens);
  codeVerifier = () => this.#saved.verifier;
  saveCodeVerifier = (verifier) => void (this.#saved.verifier = verifier);
  discoveryState = () => this.#saved.discovery;
  saveDiscoveryState = (discovery) => void (this.#saved.discovery = discovery);

  redirectToAuthorization(url) {
    // A second sign-in would hide that a refresh failed.
    assert.equal(this.authorizationUrl, undefined, 'asked to sign in a second time');
    this.authorizationUrl = url;
  }
}

/**
 * `sdk` is `{ name, version, registration, protocol, newClient, StreamableHTTPClientTransport,
 * UnauthorizedError, finishAuth }`; `protocol` is the version that the client is told to speak.
 */
export function walk(sdk) {
  const report = new Report(sdk.name, sdk.version);
  let server;
  let client;
  return report.finish(
    async () => {
      server = await startServer();
      const exchanges = [];
      const fetch = recordingFetch(globalThis.fetch, (exchange) => exchanges.push(exchange));
      const expect = new Expectations(server, () => exchanges);
      const authProvider = new Memory(sdk.registration === 'CIMD' ? server.clientMetadataUrl : undefined);
      const transport = () =>
        new sdk.StreamableHTTPClientTransport(new URL(server.mcpUrl), { authProvider, fetch });
      const text = async (name, args = {}) => {
        const result = await client.callTool({ name, arguments: args });
        assert.ok(!result.isError, JSON.stringify(result));
        return result.content.map((part) => part.text).join(' ');
      };

      const first = transport();
      await report.step('challenge', async () => {
        client = sdk.newClient();
        await assert.rejects(client.connect(first), sdk.UnauthorizedError);
        return expect.challenge();
      });
      await report.step('discovery', () => expect.discovery());
      await report.step('registration', () => expect.registration(sdk.registration));
      let callback;
      await report.step('authorization', async () => {
        callback = await signIn(authProvider.authorizationUrl, server.users.ada);
        return expect.authorization(authProvider.authorizationUrl, callback);
      });
      await report.step('token', async () => {
        await sdk.finishAuth(first, callback.searchParams);
        return expect.token();
      });
      await report.step('list tools', async () => {
        client = sdk.newClient();
        await client.connect(transport());
        return expect.tools((await client.listTools()).tools.map((tool) => tool.name));
      });
      await report.step('protocol', () => expect.protocol(sdk.protocol));
      await report.step('call whoami', async () => expect.whoami(await text('whoami')));
      await report.step('call greet', async () => expect.greet(await text('greet', { name: 'Countess' })));
      await report.step('expiry', () => expect.expiry());
      let again;
      await report.step('refresh', async () => {
        again = await text('whoami');
        return expect.refresh();
      });
      await report.step('call again', () => expect.callAgain(again));
    },
    async () => {
      await client?.close();
      await server?.stop();
    },
  );
}
