package main

import (
	"fmt"
	"os"

	"github.com/donovanhide/eventsource"
)

func main() {
	stream, err := eventsource.Subscribe(os.Args[1], "")
	if err != nil {
		panic(err)
	}
	for {
		select {
		case event := <-stream.Events:
			fmt.Printf("%s\t%s\t%s\n", event.Event(), event.Id(), event.Data())
		case err := <-stream.Errors:
			fmt.Fprintln(os.Stderr, err)
		}
	}
}
