#!/usr/bin/env bash
# @hono/node-server 2.1.8 with hono 4.13.19, from npm, on Node 24.
#
# Guess: its faster Response, which it puts in the place of the global one, reads its body in each way that the Fetch standard has
# (text, json, arrayBuffer, blob, bytes).
# Seen: `bytes()`, which Node has since 22.3, throws a TypeError about a private member on every `new Response(…)` of the process once a
# server was made, though the same line worked a moment before, and though text() and arrayBuffer() work. So a middleware that reads a handler's
# answer by `bytes()` answers 500 under this server and is right everywhere else. A clone has it: it is Node's own Response again. With
# `overrideGlobalObjects: false` all is well.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"private":true,"type":"module"}' >package.json
npm install --silent --no-audit --no-fund hono@4.13.19 @hono/node-server@2.1.8 >/dev/null
cat >read.js <<'JS'
import { getRequestListener } from '@hono/node-server';

const READERS = ['text', 'arrayBuffer', 'blob', 'bytes'];
const read = async (response, how) => {
  try {
    await response[how]();
    return `${how} ok`;
  } catch (error) {
    return `${how} ${error.name}`;
  }
};
const all = async () => (await Promise.all(READERS.map((how) => read(new Response('hello'), how)))).join(', ');

console.log(`before:      ${await all()}`);
getRequestListener(() => new Response('hello'), { overrideGlobalObjects: false });
console.log(`not in its place: ${await all()}`);
getRequestListener(() => new Response('hello'));
console.log(`with it:     ${await all()}`);
console.log(`of a clone:  ${await read(new Response('hello').clone(), 'bytes')}`);
JS

expected='before:      text ok, arrayBuffer ok, blob ok, bytes ok
not in its place: text ok, arrayBuffer ok, blob ok, bytes ok
with it:     text ok, arrayBuffer ok, blob ok, bytes TypeError
of a clone:  bytes ok'
seen=$(node read.js)
printf '%s\n' "$seen"
[[ $seen == "$expected" ]] || {
  echo 'it is not so any more'
  exit 1
}
