// Posts as fast as the responses come: CONNECTIONS connections with one post in flight each, every post with an Idempotency-Key.
// Prints one line of JSON. Usage: node posts.mjs PORT CONNECTIONS SECONDS [HEADER]
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';

const [port, connections, seconds] = process.argv.slice(2, 5).map(Number);
const header = process.argv[5] ? `${process.argv[5]}\r\n` : '';
const PATH = '/v1/channels/bench/messages';
const BODY = JSON.stringify({ body: 'x'.repeat(85) });
/** How long connections, code and query plans warm up before anything is counted, ms. */
const WARM_MS = 1_500;

const run = randomUUID();
const latencies = [];
let posted = 0;
let failed = 0;
const start = performance.now() + WARM_MS;
const end = start + seconds * 1_000;

await Promise.all(Array.from({ length: connections }, () => postInTurn()));
latencies.sort((a, b) => a - b);
const at = (part) => Number((latencies[Math.floor(latencies.length * part)] ?? 0).toFixed(2));
console.log(
  JSON.stringify({
    perSecond: Math.round(latencies.length / seconds),
    p50: at(0.5),
    p99: at(0.99),
    posted,
    failed,
  }),
);

/** One connection, which posts again after each response. A response is small, so it arrives in one chunk. */
function postInTurn() {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sentAt = 0;
    const post = () => {
      sentAt = performance.now();
      posted += 1;
      socket.write(
        `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${header}Idempotency-Key: ${run}-${posted}\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
      );
    };
    socket.on('connect', post).on('error', reject);
    socket.on('data', (answer) => {
      const now = performance.now();
      if (answer.toString('latin1', 9, 12) !== '201') failed += 1;
      else if (now >= start && now < end) latencies.push(now - sentAt);
      if (now < end) return post();
      socket.destroy();
      resolve();
    });
  });
}
