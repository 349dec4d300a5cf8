#!/usr/bin/env bash
# Apache Traffic Server, from Debian 12: trafficserver 9.2.5 (it calls itself 9.2.9), with its own plugin compress.so. Wants root.
#
# Guess: an answer with `Cache-Control: no-transform` is left as it is (RFC 9111, 5.2.2.6: an intermediary MUST NOT transform the content).
# Seen: it is compressed like any other, whether no-transform stands alone or behind another directive. So a server of event streams cannot keep
# the plugin off by its headers: the first event, sent 3 s before the answer ended, is read at its end. With `flush true` it comes at once, and is
# compressed all the same.
set -euo pipefail

command -v traffic_server >/dev/null ||
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends trafficserver >/dev/null
folder=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
cat >upstream.py <<'PY'
import socket, threading, time

def serve(client):
    client.recv(65536)
    control = (b'no-transform', b'no-store, no-transform')[serve.count % 2]
    serve.count += 1
    client.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: ' + control + b'\r\nTransfer-Encoding: chunked\r\n\r\nb\r\ndata: one\n\n\r\n')
    time.sleep(3)
    client.sendall(b'0\r\n\r\n')
    client.close()

serve.count = 0
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],)).start()
PY
cat >reader.py <<'PY'
import socket, sys, time, zlib

reader = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
reader.sendall(f'GET {sys.argv[2]} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n'.encode())
raw, start = b'', time.monotonic()
while True:
    got = reader.recv(65536)
    raw += got
    head, _, rest = raw.partition(b'\r\n\r\n')
    body = b''
    while b'\r\n' in rest:
        size, _, rest = rest.partition(b'\r\n')
        body += rest[:int(size or b'0', 16)]
        rest = rest[int(size or b'0', 16) + 2:]
    packed = b'content-encoding: gzip' in head.lower()
    if b'data: one\n\n' in (zlib.decompressobj(31).decompress(body) if packed else body):
        break
    if not got:
        sys.exit('nothing came')
print('gzip' if packed else 'plain', 'before the end' if time.monotonic() - start < 2 else 'at the end')
PY
python3 upstream.py >port &
pids+=($!)
for _ in $(seq 100); do
  if [[ -s port ]]; then break; fi
  sleep 0.1
done
free=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir -p root/log root/run root/cache
cp -r /etc/trafficserver root/config
chmod -R a+rwX "$folder"
printf 'CONFIG proxy.config.http.server_ports STRING %s\n' "$free" >>root/config/records.config
printf 'map /%s http://127.0.0.1:%s @plugin=compress.so @pparam=%s.config\n' held "$(cat port)" held flushed "$(cat port)" flushed >root/config/remap.config
printf 'compressible-content-type text/*\nsupported-algorithms gzip\n' | tee root/config/held.config >root/config/flushed.config
echo 'flush true' >>root/config/flushed.config
echo "$folder/root/cache 32M" >root/config/storage.config
printf '%s\n' "prefix: $folder/root" 'exec_prefix: /usr' 'bindir: /usr/bin' 'sbindir: /usr/bin' 'sysconfdir: config' 'datadir: cache' \
  'libexecdir: /usr/lib/trafficserver/modules' 'localstatedir: run' 'runtimedir: run' 'logdir: log' 'cachedir: cache' >root/runroot.yaml
traffic_server "--run-root=$folder/root/runroot.yaml" >/dev/null 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  if (: <"/dev/tcp/127.0.0.1/$free") 2>/dev/null; then break; fi
  sleep 0.1
done

seen=$(for path in /held /held /flushed /flushed; do echo "$path: $(timeout 20 python3 reader.py "$free" "$path")"; done)
expected='/held: gzip at the end
/held: gzip at the end
/flushed: gzip before the end
/flushed: gzip before the end'
echo "$seen"
[[ $seen == "$expected" ]] || {
  echo 'it is not so any more'
  exit 1
}
