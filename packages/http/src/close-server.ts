import type { Server } from 'node:http';

/** How long closing waits for active requests, ms; a post takes some milliseconds. */
const CLOSE_WITHIN_MS = 3_000;

/** How often idle connections are looked for, ms. */
const CLOSE_POLL_MS = 20;

/**
 * Closes a server: it accepts no more connections, active requests are answered, and connections that are still open
 * after 3 s are cut. Node alone would keep a connection that is busy now open until its keep-alive ends.
 */
export async function closeHttpServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_POLL_MS);
  let late: NodeJS.Timeout | undefined;
  const cut = new Promise<void>((resolve) => {
    late = setTimeout(() => {
      server.closeAllConnections();
      resolve();
    }, CLOSE_WITHIN_MS);
  });
  await Promise.race([closed, cut]);
  clearInterval(idle);
  clearTimeout(late);
}
