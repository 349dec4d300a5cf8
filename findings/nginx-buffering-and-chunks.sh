#!/usr/bin/env bash
# nginx as Debian has it (1.22.1), with `proxy_buffering on`, its default, and `proxy_http_version 1.1`.
#
# Guess: with buffering on, nginx keeps the small events of a stream until a buffer is full or the answer ends, however the
# upstream frames its answer; so that an event stream needs `proxy_buffering off` or `X-Accel-Buffering: no`.
# Seen: it depends on the framing. Of an answer with `Transfer-Encoding: chunked` each chunk is passed on as it comes. The
# same bytes without chunks, which end with the connection, are kept, the head too, until the answer ends. Both have the same
# headers else, and the upstream writes at the same times. A server whose stream comes through in a test may so stop at a
# proxy once it is asked by HTTP/1.0 (nginx's own default), or once a library stops writing chunks.
#
# The upstream sends one event at once and ends the answer 3 s later. Told is whether the event was there before the end.
set -euo pipefail

command -v nginx >/dev/null || { apt-get -qq update && apt-get -qq install --yes --no-install-recommends nginx >/dev/null; }
folder=$(mktemp -d)
upstream='' proxy=''
trap 'kill $upstream $proxy 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

cat >upstream.cjs <<'JS'
const net = require('node:net');
const { writeFileSync } = require('node:fs');
const event = 'data: one\n\n';
const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n';
net
  .createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (asked) => {
      const chunked = String(asked).startsWith('GET /chunked ');
      socket.write(
        chunked
          ? `${head}Transfer-Encoding: chunked\r\n\r\n${event.length.toString(16)}\r\n${event}\r\n`
          : `${head}\r\n${event}`,
      );
      setTimeout(() => socket.end(chunked ? '0\r\n\r\n' : ''), 3_000);
    });
  })
  .listen(0, '127.0.0.1', function () {
    writeFileSync('port', String(this.address().port));
  });
JS
cat >ask.cjs <<'JS'
const { request } = require('node:http');
const [, , port, path] = process.argv;
request({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
  let cameAt;
  answer.on('data', () => (cameAt ??= Date.now()));
  // Half of the 3 s between the event and the end.
  answer.on('end', () => console.log(`${path}: ${Date.now() - cameAt > 1_500 ? 'at once' : 'only with the end'}`));
}).end();
JS

node upstream.cjs &
upstream=$!
for _ in {1..100}; do [[ -s port ]] && break; sleep 0.1; done
listen=$(node -p "const s = require('net').createServer().listen(0, () => { console.log(s.address().port); s.close(); }); ''" | tr -d '\n')
cat >nginx.conf <<CONF
pid $folder/pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  server {
    listen 127.0.0.1:$listen;
    location / { proxy_pass http://127.0.0.1:$(<port); proxy_http_version 1.1; proxy_buffering on; }
  }
}
CONF
nginx -p "$folder" -c "$folder/nginx.conf" -e stderr -g 'daemon off;' &
proxy=$!
for _ in {1..100}; do (: </dev/tcp/127.0.0.1/"$listen") 2>/dev/null && break; sleep 0.1; done

nginx -v 2>&1
seen=$(node ask.cjs "$listen" /chunked; node ask.cjs "$listen" /plain)
expected='/chunked: at once
/plain: only with the end'
printf '%s\n' "$seen"
[[ $seen == "$expected" ]] || {
  echo 'it is not so any more'
  exit 1
}
