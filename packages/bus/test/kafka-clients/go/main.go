// write BROKER TOPIC SETTING KEY... | begin BROKER TOPIC GROUP [earliest], as the other clients beside this folder; the first
// argument is the library: sarama, segmentio or franz.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/IBM/sarama"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	library, command, broker, topic, setting, keys := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6:]
	check(map[string]func() error{
		"sarama write":    func() error { return saramaWrite(broker, topic, setting, keys) },
		"sarama begin":    func() error { return saramaBegin(broker, topic, setting, len(keys) > 0) },
		"segmentio write": func() error { return segmentioWrite(broker, topic, setting, keys) },
		"segmentio begin": func() error { return segmentioBegin(broker, topic, setting) },
		"franz write":     func() error { return franzWrite(broker, topic, keys) },
		"franz begin":     func() error { return franzBegin(broker, topic, setting) },
	}[library+" "+command]())
}

func saramaWrite(broker, topic, setting string, keys []string) error {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	if setting == "murmur2" {
		// Java's hash, as bytes of a hash.Hash32, and Java's way to make it positive.
		config.Producer.Partitioner = sarama.NewCustomPartitioner(sarama.WithAbsFirst(), sarama.WithCustomHashFunction(newMurmur2))
	}
	producer, err := sarama.NewSyncProducer([]string{broker}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	for _, key := range keys {
		message := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(key), Value: sarama.StringEncoder("x")}
		if _, _, err := producer.SendMessage(message); err != nil {
			return err
		}
	}
	return nil
}

type firstOnly struct{ first chan string }

func (firstOnly) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (firstOnly) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (h firstOnly) ConsumeClaim(_ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		select {
		case h.first <- string(message.Value):
		default:
		}
	}
	return nil
}

func saramaBegin(broker, topic, group string, earliest bool) error {
	config := sarama.NewConfig()
	if earliest {
		config.Consumer.Offsets.Initial = sarama.OffsetOldest
	}
	consumer, err := sarama.NewConsumerGroup([]string{broker}, group, config)
	if err != nil {
		return err
	}
	handler := firstOnly{make(chan string, 1)}
	go func() {
		for consumer.Consume(context.Background(), []string{topic}, handler) == nil {
		}
	}()
	fmt.Println(<-handler.first)
	return nil
}

func segmentioWrite(broker, topic, setting string, keys []string) error {
	writer := &kafka.Writer{Addr: kafka.TCP(broker), Topic: topic}
	if setting == "murmur2" {
		writer.Balancer = kafka.Murmur2Balancer{}
	}
	for _, key := range keys {
		writer.BatchSize = 1
		if err := writer.WriteMessages(context.Background(), kafka.Message{Key: []byte(key), Value: []byte("x")}); err != nil {
			return err
		}
	}
	return writer.Close()
}

func segmentioBegin(broker, topic, group string) error {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{broker}, GroupID: group, Topic: topic})
	message, err := reader.ReadMessage(context.Background())
	fmt.Println(string(message.Value))
	return err
}

func franzWrite(broker, topic string, keys []string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker))
	if err != nil {
		return err
	}
	defer client.Close()
	for _, key := range keys {
		record := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte("x")}
		if err := client.ProduceSync(context.Background(), record).FirstErr(); err != nil {
			return err
		}
	}
	return nil
}

func franzBegin(broker, topic, group string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(broker), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic))
	if err != nil {
		return err
	}
	for {
		for _, record := range client.PollFetches(context.Background()).Records() {
			fmt.Println(string(record.Value))
			return nil
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
