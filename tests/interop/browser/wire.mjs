// What really went over the network, preflights too: pages do not see those, and Playwright hides them.

const PATIENCE = 5000;

/** Of a page, or of a frame with a process of its own. */
export async function watch(target, url) {
  const page = target.page?.() ?? target;
  const session = await page.context().newCDPSession(target);
  const exchanges = new Map();
  const waiting = new Set();
  const learn = (id, facts) => {
    exchanges.set(id, { ...exchanges.get(id), ...facts });
    for (const look of waiting) look();
  };
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    learn(requestId, { url: request.url, method: request.method });
  });
  // The headers as they were sent and as they came, whatever the page may know of them.
  session.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
    learn(requestId, { request: lowered(headers) });
  });
  session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode, headers }) => {
    learn(requestId, { status: statusCode, response: lowered(headers) });
  });
  await session.send('Network.enable');
  const whole = () =>
    [...exchanges.values()].filter((exchange) => exchange.url === url && exchange.request && exchange.response);
  return {
    /** The whole exchanges with the URL so far: sent, and answered. */
    exchanges: whole,
    /** Waits for one: the page may have its answer before the word of it comes here. */
    exchange(wanted) {
      return new Promise((resolve, reject) => {
        const stop = () => {
          waiting.delete(look);
          clearTimeout(impatience);
        };
        const look = () => {
          const found = whole().find(wanted);
          if (!found) return;
          stop();
          resolve(found);
        };
        const impatience = setTimeout(() => {
          stop();
          const seen = whole().map(
            ({ method, request }) => `${method} ${request['access-control-request-headers'] ?? ''}`,
          );
          reject(new Error(`not seen: ${wanted}; seen: ${seen.join('; ')}`));
        }, PATIENCE);
        waiting.add(look);
        look();
      });
    },
    forget: () => exchanges.clear(),
  };
}

function lowered(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
