#!/usr/bin/env bash
# Go: github.com/r3labs/sse/v2 v2.10.0, with gopkg.in/cenkalti/backoff.v1 v1.1.0.
#
# Guess: `Subscribe` comes back after a cut. Its exponential backoff has a MaxElapsedTime, 15 minutes by default: for so long it
# tries to reach a server that is away, and a stream that stood in between begins the count anew.
# Seen: the count begins with `Subscribe`, and the time in which a stream stood well counts too. A stream that was open for longer
# than MaxElapsedTime is not taken up again at all: at its first cut, with the server up, `Subscribe` returns the error.
# So with the defaults a reader survives cuts in its first 15 minutes, which is when one tests it, and none later.
# Here MaxElapsedTime is 2 s and a stream is cut after 1 s, and in another run after 3 s.
set -euo pipefail

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
go mod init finding >/dev/null 2>&1
cat >main.go <<'GO'
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"

	"github.com/r3labs/sse/v2"
	"gopkg.in/cenkalti/backoff.v1"
)

// Cuts the first stream when it stood for so long; tells how many streams were asked for.
func streams(stands time.Duration) (int32, string) {
	var asked atomic.Int32
	second := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if asked.Add(1) > 1 {
			close(second)
			<-request.Context().Done()
			return
		}
		writer.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(writer, "data: hello\n\n")
		writer.(http.Flusher).Flush()
		time.Sleep(stands)
		panic(http.ErrAbortHandler)
	}))
	client := sse.NewClient(server.URL)
	strategy := backoff.NewExponentialBackOff()
	strategy.MaxElapsedTime = 2 * time.Second
	strategy.InitialInterval = 50 * time.Millisecond
	client.ReconnectStrategy = strategy
	ended := make(chan error)
	go func() { ended <- client.SubscribeRaw(func(*sse.Event) {}) }()
	select {
	case <-second:
		return asked.Load(), "it goes on"
	case err := <-ended:
		return asked.Load(), fmt.Sprint("it ended: ", err)
	}
}

func main() {
	fmt.Println("MaxElapsedTime by default", backoff.NewExponentialBackOff().MaxElapsedTime)
	for _, stands := range []time.Duration{time.Second, 3 * time.Second} {
		asked, how := streams(stands)
		fmt.Println("cut after", stands, "- streams", asked, "-", how)
	}
}
GO
go get github.com/r3labs/sse/v2@v2.10.0 gopkg.in/cenkalti/backoff.v1@v1.1.0 >/dev/null 2>&1

expected='MaxElapsedTime by default 15m0s
cut after 1s - streams 2 - it goes on
cut after 3s - streams 1 - it ended: unexpected EOF'
seen=$(timeout 120 go run main.go)
echo "$seen"
[[ $seen == "$expected" ]] || {
  echo 'it is not so any more'
  exit 1
}
