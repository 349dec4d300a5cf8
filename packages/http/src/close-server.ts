import type { Server } from 'node:http';

/** Requests under way at the end are waited for this long, ms; a post takes some milliseconds. */
const CLOSE_WITHIN_MS = 3_000;

/** How often connections that have become idle are looked for, ms. */
const CLOSE_POLL_MS = 20;

/**
 * Closes a server: it takes no more connections, requests under way are answered, and what is still open after
 * 3 s is cut. Node alone would leave a connection that was busy at this moment open until its keep-alive ends.
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
