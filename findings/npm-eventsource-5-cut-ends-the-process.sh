#!/usr/bin/env bash
# npm eventsource 5.1.5 and 4.1.1, on Node 24.
#
# Guess: a program that does nothing but listen to an EventSource lives as long as the EventSource is not closed. After a cut it
# waits its `retry:` and asks again, as version 4 does.
# Seen: version 5 calls `unref()` on the timer of its way back. While it waits nothing holds the process, so the process ends
# there: exit code 0, no message, nothing asked again. A reader that ran for days ends at the first cut as if all were well.
# In the README's example that goes unseen, since its `setTimeout` keeps the process. Anything that does (a server, an interval) helps.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund eventsource@5.1.5 eventsource-4@npm:eventsource@4.1.1 >/dev/null

# A server that cuts each stream behind its first event, in a process of its own: it prints its port, then each request.
cat >server.mjs <<'JS'
import { createServer } from 'node:http';
let requests = 0;
const server = createServer((request, response) => {
  console.log(`request ${++requests}: Last-Event-ID ${request.headers['last-event-id'] ?? 'none'}`);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('retry: 100\ndata: hello\nid: a\n\n');
  setTimeout(() => response.destroy(), 200);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
setTimeout(() => process.exit(), 60_000);
JS
cat >client.mjs <<'JS'
const { EventSource } = await import(process.argv[2]);
let count = 0;
const source = new EventSource(`http://127.0.0.1:${process.argv[3]}/`);
source.addEventListener('message', () => {
  if (++count === 3) process.exit(3);
});
JS

# Prints with what the client ended (3: it had three events), and how often it asked.
with() {
  node server.mjs >"$1.log" &
  local server=$! code=0
  for _ in $(seq 200); do [[ -s $1.log ]] && break; sleep 0.05; done
  timeout 30 node client.mjs "$1" "$(head -n 1 "$1.log")" || code=$?
  kill "$server"
  wait "$server" 2>/dev/null || true
  echo "exit code $code, $(grep -c '^request' "$1.log") requests"
}

seen=$(with eventsource)
seen_4=$(with eventsource-4)
printf 'eventsource 5.1.5: %s\neventsource 4.1.1: %s\n' "$seen" "$seen_4"
[[ $seen == 'exit code 0, 1 requests' && $seen_4 == 'exit code 3, 3 requests' ]] || {
  echo 'it is not so any more'
  exit 1
}
