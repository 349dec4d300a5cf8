# write BROKER TOPIC SETTING KEY... | begin BROKER TOPIC GROUP [earliest]: as the other clients beside this file.
import sys

from confluent_kafka import Consumer, Producer

command, broker, topic, setting, *keys = sys.argv[1:]
if command == "write":
    settings = {} if setting == "default" else {"partitioner": setting}
    producer = Producer({"bootstrap.servers": broker, **settings})
    for key in keys:
        producer.produce(topic, key=key, value="x")
    producer.flush()
else:
    begin = {"auto.offset.reset": "earliest"} if keys else {}
    consumer = Consumer({"bootstrap.servers": broker, "group.id": setting, **begin})
    consumer.subscribe([topic])
    while True:
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            print(message.value().decode())
            break
    consumer.close()
