#!/usr/bin/env bash
# kafkajs 2.2.4 on Node 24.22.3 (npm).
#
# Guess: what `require('kafkajs')` has, and what its types declare, `import { … } from 'kafkajs'` has as well: Kafka and logLevel come so.
# Seen: of its 44 names a module can import six. Node looks for the names of a CommonJS module in its text, and stops behind the first
# value that is no plain name: `CompressionTypes: Compression.Types`. `CompressionCodecs`, the next, is not found. TypeScript takes the import and the process ends at its start with
# a SyntaxError; under vitest, which imports in a way of its own, the tests pass. The default import has them all.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . kafkajs@2.2.4 >/dev/null
cat >names.mjs <<'JS'
import { createRequire } from 'node:module';
import * as kafkajs from 'kafkajs';
const all = Object.keys(createRequire(import.meta.url)('kafkajs'));
const named = all.filter((name) => name in kafkajs);
console.log(`${all.length} names, by import: ${named.join(' ')}`);
console.log(typeof kafkajs.default.CompressionCodecs);
JS
seen=$(node names.mjs)
echo "$seen"
[[ $seen == "$(cat <<'SEEN'
44 names, by import: Kafka PartitionAssigners AssignerProtocol Partitioners logLevel CompressionTypes
object
SEEN
)" ]] || {
  echo 'it is not so any more'
  exit 1
}
