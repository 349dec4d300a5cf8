// write BROKER TOPIC SETTING KEY… | begin BROKER TOPIC GROUP [earliest]: as the other clients beside this file.
import {
  Consumer,
  compatibilityPartitioner,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';

const [command, broker, topic, setting, ...keys] = process.argv.slice(2);
const usual = { clientId: 'test', bootstrapBrokers: [broker] };
if (command === 'write') {
  const partitioner = setting === 'default' ? {} : { partitioner: compatibilityPartitioner };
  const producer = new Producer({ ...usual, serializers: stringSerializers, ...partitioner });
  await producer.send({ messages: keys.map((key) => ({ topic, key, value: 'x' })) });
  await producer.close();
} else {
  const consumer = new Consumer({ ...usual, groupId: setting, deserializers: stringDeserializers });
  const stream = await consumer.consume({
    topics: [topic],
    ...(keys.length > 0 && { mode: 'committed', fallbackMode: 'earliest' }),
  });
  for await (const { value } of stream) {
    console.log(value);
    break;
  }
  await consumer.close(true);
}
