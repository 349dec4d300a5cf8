#!/usr/bin/env bash
# kafkajs 2.2.4 against Apache Kafka 4.4.0 (npm; Maven Central, Java 17).
#
# Guess: what `send` of an idempotent producer resolved for is stored, whatever happened to a send before it.
# Seen: one send goes to two partitions, the topic refuses that of the second as too large, and `send` rejects. kafkajs then
# takes back the sequence numbers of both partitions, although the first one has its message. The next message to the first partition has the
# number of the one before: the broker takes it for its repetition, acknowledges it with the offset of the old one, and stores nothing. The
# message after that is stored. So one message that was acknowledged by all replicas is in no log, and nobody is told.
# A new producer after each send that rejects keeps out of it.
set -euo pipefail

folder=$(mktemp -d)
broker=
trap '[[ -z $broker ]] || kill -9 "$broker" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . kafkajs@2.2.4 >/dev/null
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.4.0</version>
    <exclusions><exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools-api</artifactId></exclusion></exclusions>
  </dependency></dependencies>
</project>
XML
mvn -q -B dependency:copy-dependencies -DoutputDirectory=jars
free() { node -e "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})"; }
port=$(free) controller=$(free)
cat >server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
controller.listener.names=CONTROLLER
listeners=CLIENT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=CLIENT
log.dirs=$folder/log
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
PROPERTIES
java -cp 'jars/*' kafka.tools.StorageTool format -t aaaaaaaaaaaaaaaaaaaaaA -c server.properties >/dev/null 2>&1
java -Xmx256m -cp 'jars/*' kafka.Kafka server.properties >broker.log 2>&1 &
broker=$!

cat >send.cjs <<'JS'
const { Kafka, logLevel } = require('kafkajs');
const kafka = new Kafka({ brokers: [process.argv[2]], logLevel: logLevel.NOTHING, retry: { retries: 30 } });
(async () => {
  const admin = kafka.admin();
  await admin.connect();
  const configEntries = [{ name: 'max.message.bytes', value: '2000' }];
  await admin.createTopics({ topics: [{ topic: 't', numPartitions: 2, configEntries }], waitForLeaders: true });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const send = (...messages) =>
    producer.send({ topic: 't', messages: messages.map(([partition, value]) => ({ partition, value })) }).then(
      ([{ partition, baseOffset }]) => `acknowledged at ${partition}/${baseOffset}`,
      (error) => error.cause?.type ?? error.type ?? error.message,
    );
  console.log('one and a large one:', await send([0, 'one'], [1, 'x'.repeat(5000)]));
  console.log('two:', await send([0, 'two']));
  console.log('three:', await send([0, 'three']));
  const consumer = kafka.consumer({ groupId: 'g' });
  await consumer.connect();
  await consumer.subscribe({ topic: 't', fromBeginning: true });
  const stored = [];
  await new Promise((resolve) => {
    consumer.run({
      eachMessage: async ({ message }) => {
        stored.push(message.value.toString());
        if (stored.at(-1) === 'three') resolve();
      },
    });
  });
  console.log('stored:', stored.join(' '));
  process.exit(0);
})();
JS
expected='one and a large one: MESSAGE_TOO_LARGE
two: acknowledged at 0/0
three: acknowledged at 0/1
stored: one three'
seen=$(timeout 120 node send.cjs "127.0.0.1:$port")
echo "$seen"
[[ $seen == "$expected" ]] || {
  echo 'it is not so any more'
  exit 1
}
