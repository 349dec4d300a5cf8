// write BROKER TOPIC SETTING KEY… | begin BROKER TOPIC GROUP [earliest]: as the other clients beside this file.
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

class Client {
  public static void main(String[] args) {
    if (args[0].equals("write")) write(args);
    else begin(args);
  }

  static void write(String[] args) {
    Map<String, Object> settings = Map.of("bootstrap.servers", args[1]);
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      for (int at = 4; at < args.length; at++) producer.send(new ProducerRecord<>(args[2], args[at], "x"));
    }
  }

  static void begin(String[] args) {
    Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", args[1], "group.id", args[3]));
    if (args.length > 4) settings.put("auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(args[2]));
      for (;;) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          System.out.println(record.value());
          return;
        }
      }
    }
  }
}
