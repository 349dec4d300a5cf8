package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/tmaxmax/go-sse"
)

func main() {
	request, err := http.NewRequest(http.MethodGet, os.Args[1], nil)
	if err != nil {
		panic(err)
	}
	connection := sse.NewConnection(request)
	connection.Buffer(nil, 1<<20)
	connection.SubscribeToAll(func(event sse.Event) {
		fmt.Printf("%s\t%s\t%s\n", event.Type, event.LastEventID, event.Data)
	})
	fmt.Fprintln(os.Stderr, "ended:", connection.Connect())
}
