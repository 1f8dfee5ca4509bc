// Serves the page, to whatever name the browser calls it by.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const FILES = {
  '/': { type: 'text/html', text: read('index.html') },
  '/client.js': { type: 'text/javascript', text: read('client.js') },
};

function read(name) {
  return readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8');
}

/** The script of the page, for a page that nobody serves. */
export const SCRIPT = FILES['/client.js'].text;

export async function servePage() {
  const server = createServer((request, response) => {
    const file = FILES[new URL(request.url, 'http://page').pathname];
    if (!file) return response.writeHead(404).end();
    return response.writeHead(200, { 'content-type': file.type, 'cache-control': 'no-store' }).end(file.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
