#!/usr/bin/env bash
# @platformatic/kafka 2.12.1, kafkajs 2.2.4 (npm); needs no broker.
#
# Guess: both hash a key by murmur2, as Java's client does, so a key has the same partition by both; a trial with four partitions says so.
# Seen: with 2, 4 and 8 partitions all keys agree, with 3, 6 and 12 about half do not. Java and kafkajs drop the sign of the hash (& 0x7fffffff),
# the default of @platformatic/kafka takes it as an unsigned number (>>> 0): that differs by 2^31 for every other key, which is no multiple
# of 3. So what looked right on four partitions splits keys in two places once there are six. Its `compatibilityPartitioner` agrees always.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . kafkajs@2.2.4 @platformatic/kafka@2.12.1 >/dev/null
cat >partitions.mjs <<'JS'
import { compatibilityPartitioner, defaultPartitioner } from '@platformatic/kafka';
import kafkajs from 'kafkajs';
const java = kafkajs.Partitioners.DefaultPartitioner();
const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
for (const count of [2, 3, 4, 6, 8, 12]) {
  const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 1 }));
  const agree = (partitioner) =>
    keys.filter((key) => {
      const theirs = partitioner({ key }, Buffer.from(key)) % count;
      return theirs === java({ topic: 't', partitionMetadata, message: { key } });
    }).length;
  console.log(`${count} partitions: ${agree(defaultPartitioner)} of 1000, compatibility ${agree(compatibilityPartitioner)}`);
}
JS
seen=$(node partitions.mjs)
echo "$seen"
[[ $seen == "$(cat <<'SEEN'
2 partitions: 1000 of 1000, compatibility 1000
3 partitions: 541 of 1000, compatibility 1000
4 partitions: 1000 of 1000, compatibility 1000
6 partitions: 541 of 1000, compatibility 1000
8 partitions: 1000 of 1000, compatibility 1000
12 partitions: 541 of 1000, compatibility 1000
SEEN
)" ]] || {
  echo 'it is not so any more'
  exit 1
}
