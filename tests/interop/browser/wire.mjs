// What really went over the network, preflights too: pages do not see those, and Playwright hides them.

/** Of a page, or of a frame with a process of its own. */
export async function watch(target, url) {
  const page = target.page?.() ?? target;
  const session = await page.context().newCDPSession(target);
  const exchanges = new Map();
  const of = (id) => {
    if (!exchanges.has(id)) exchanges.set(id, {});
    return exchanges.get(id);
  };
  const lowered = (headers) => {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  };
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    Object.assign(of(requestId), { url: request.url, method: request.method });
  });
  // The headers as they were sent and as they came, whatever the page may know of them.
  session.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
    of(requestId).request = lowered(headers);
  });
  session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode, headers }) => {
    Object.assign(of(requestId), { status: statusCode, response: lowered(headers) });
  });
  await session.send('Network.enable');
  return {
    /** All exchanges with the URL so far. */
    exchanges: () => [...exchanges.values()].filter((exchange) => exchange.url === url),
    forget: () => exchanges.clear(),
  };
}
