// Loaded into mcp-remote by `node --import`: writes each exchange as a line of JSON to INTEROP_WIRE.
// mcp-remote calls both the fetch of the undici package, which it imports by name, and the global one.

import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { recordingFetch } from './wire.mjs';

const keep = (exchange) => appendFileSync(process.env.INTEROP_WIRE, `${JSON.stringify(exchange)}\n`);
const undici = createRequire(process.argv[1])('undici');
undici.fetch = recordingFetch(undici.fetch, keep);
globalThis.fetch = recordingFetch(globalThis.fetch, keep);
