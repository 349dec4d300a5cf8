package main

import (
	"fmt"
	"os"
	"time"

	"github.com/r3labs/sse/v2"
	"gopkg.in/cenkalti/backoff.v1"
)

func main() {
	client := sse.NewClient(os.Args[1], sse.ClientMaxBufferSize(1<<20))
	client.ReconnectStrategy = &backoff.StopBackOff{}
	for {
		err := client.SubscribeRaw(func(event *sse.Event) {
			fmt.Printf("%s\t%s\t%s\n", event.Event, event.ID, event.Data)
			if string(event.Event) == "denied" {
				os.Exit(0)
			}
		})
		fmt.Fprintln(os.Stderr, "cut:", err)
		time.Sleep(time.Second)
	}
}
