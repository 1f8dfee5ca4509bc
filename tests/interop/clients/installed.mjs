// The packages of INTEROP_DIR, and the row that the command line asks for.

import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

export const directory = resolve(process.env.INTEROP_DIR ?? '.');

const installed = createRequire(join(directory, 'package.json'));

/** Loads a module of a package. */
export const load = (module) => installed(module);

/** The manifest of a package, which its `exports` may hide. */
export const manifest = (name) => installed(join(directory, 'node_modules', name, 'package.json'));

/** `(DCR|CIMD) [protocol version]`; the version may be left out where there is one only. */
export function row(protocols) {
  const [registration, protocol = protocols[0]] = process.argv.slice(2);
  if (!['DCR', 'CIMD'].includes(registration) || !protocols.includes(protocol)) {
    throw new Error(`usage: (DCR|CIMD) (${protocols.join('|')})`);
  }
  return { registration, protocol };
}
