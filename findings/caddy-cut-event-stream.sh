#!/usr/bin/env bash
# Caddy as reverse proxy, from Debian 12: caddy 2.6.2-5; its upstream is a few lines of Python 3.
#
# Guess: a chunked answer that its server cuts before the last chunk is incomplete (RFC 9112, 8), and the proxy passes that on: it ends
# the connection without a last chunk, so that its reader knows. nginx, Apache, HAProxy, lighttpd, Varnish, Squid and Traffic Server do so.
# Seen: Caddy writes the last chunk that its server never sent, and keeps the connection for the next request. curl exits with 0 instead
# of 18: whoever reads until the end takes half a stream for a whole one. It is so for `text/event-stream`, which Caddy flushes at once, and for
# `text/plain`, and whether the server's end comes as FIN or as RST. An answer with Content-Length is passed on as cut.
set -euo pipefail

[[ $(dpkg-query -W -f '${Version}' caddy 2>/dev/null) == 2.6.2-* ]] ||
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends caddy=2.6.2-5 >/dev/null

folder=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
cat >upstream.py <<'PY'
import socket, struct, sys, threading, time

def serve(client):
    head = client.recv(65536).decode()
    kind, end = head.split(' ')[1].strip('/').split('-')
    sort = 'text/event-stream' if kind == 'events' else 'text/plain'
    frame = 'Content-Length: 100' if kind == 'length' else 'Transfer-Encoding: chunked'
    body = b'data: one\n\n' if kind == 'length' else b'b\r\ndata: one\n\n\r\n'
    client.sendall(f'HTTP/1.1 200 OK\r\nContent-Type: {sort}\r\n{frame}\r\n\r\n'.encode() + body)
    time.sleep(0.3)
    if end == 'rst':
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    client.close()

server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],)).start()
PY
python3 upstream.py >port &
pids+=($!)
for _ in $(seq 100); do
  if [[ -s port ]]; then break; fi
  sleep 0.1
done
free=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf '{\n\tadmin off\n}\nhttp://127.0.0.1:%s {\n\treverse_proxy 127.0.0.1:%s\n}\n' "$free" "$(cat port)" >Caddyfile
HOME=$folder caddy run --adapter caddyfile --config Caddyfile 2>/dev/null &
pids+=($!)
for _ in $(seq 100); do
  if (: <"/dev/tcp/127.0.0.1/$free") 2>/dev/null; then break; fi
  sleep 0.1
done

seen=$(for answer in length-fin plain-fin plain-rst events-fin events-rst; do
  curl -sN --max-time 20 -o body "http://127.0.0.1:$free/$answer" && code=0 || code=$?
  echo "$answer: curl exits $code with $(head -c 9 body)"
done)
expected='length-fin: curl exits 18 with data: one
plain-fin: curl exits 0 with data: one
plain-rst: curl exits 0 with data: one
events-fin: curl exits 0 with data: one
events-rst: curl exits 0 with data: one'
echo "$seen"
[[ $seen == "$expected" ]] || {
  echo 'it is not so any more'
  exit 1
}
