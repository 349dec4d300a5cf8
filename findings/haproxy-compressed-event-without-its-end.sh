#!/usr/bin/env bash
# HAProxy, from Debian 12: haproxy 2.6.12-1+deb12u4; its upstream is a few lines of Python 3.
#
# Guess: with `compression algo gzip` and `compression type text/event-stream` an event leaves compressed as soon as the server has sent
# it, since HAProxy passes on what it has and its compressor (libslz) keeps no window; nginx flushes whenever it has nothing more to read.
# Seen: the reader is always one event behind. The last bytes of an event, the blank line that ends it among them, come with the next one,
# however long that takes, so nobody can dispatch it before. Here the next is sent when the reader has waited 2 s.
# (`Cache-Control: no-transform` is kept to: the stream then comes plain and at once.)
set -euo pipefail

dpkg-query -W -f '${Version}' haproxy >/dev/null 2>&1 ||
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends haproxy=2.6.12-1+deb12u4 >/dev/null
folder=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
cat >events.py <<'PY'
import socket, subprocess, sys, threading, time, zlib

control = sys.argv[1]
server = socket.create_server(('127.0.0.1', 0))
spare = socket.create_server(('127.0.0.1', 0))
port = spare.getsockname()[1]
spare.close()
with open('haproxy.cfg', 'w') as file:
    file.write(f'''defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen web
  bind 127.0.0.1:{port}
  compression algo gzip
  compression type text/event-stream
  server one 127.0.0.1:{server.getsockname()[1]}
''')
proxy = subprocess.Popen(['haproxy', '-db', '-f', 'haproxy.cfg'], stderr=subprocess.DEVNULL)
try:
    for _ in range(100):
        try:
            reader = socket.create_connection(('127.0.0.1', port))
            break
        except OSError:
            time.sleep(0.1)
    reader.sendall(b'GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n')
    upstream = server.accept()[0]
    upstream.recv(65536)
    upstream.sendall(f'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{control}Transfer-Encoding: chunked\r\n\r\n'.encode())
    reader.settimeout(2)
    raw = b''

    def text():
        head, _, rest = raw.partition(b'\r\n\r\n')
        body = b''
        while b'\r\n' in rest:
            size, _, rest = rest.partition(b'\r\n')
            body += rest[:int(size, 16)]
            rest = rest[int(size, 16) + 2:]
        return (zlib.decompressobj(31).decompress(body) if b'gzip' in head else body).decode()

    for number in range(1, 5):
        upstream.sendall(f'9\r\ndata: {number}\n\n\r\n'.encode())
        try:
            while not text().endswith(f'data: {number}\n\n'):
                raw += reader.recv(65536)
        except TimeoutError:
            pass
        print(f'sent {number}, the last that is whole:', text().count('\n\n'))
finally:
    proxy.kill()
PY
seen=$(python3 events.py '' && echo no-transform && python3 events.py $'Cache-Control: no-transform\r\n')
expected="sent 1, the last that is whole: 0
sent 2, the last that is whole: 1
sent 3, the last that is whole: 2
sent 4, the last that is whole: 3
no-transform
sent 1, the last that is whole: 1
sent 2, the last that is whole: 2
sent 3, the last that is whole: 3
sent 4, the last that is whole: 4"
echo "$seen"
[[ $seen == "$expected" ]] || {
  echo 'it is not so any more'
  exit 1
}
