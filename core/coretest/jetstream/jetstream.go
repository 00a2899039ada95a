// Package jetstream starts NATS for tests. It is apart from coretest, whose every user would link the server.
package jetstream

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Start starts a real NATS server with JetStream in the process, on a free loopback port, with its store in a folder of the
// test. The answer is its URL.
func Start(t testing.TB) string {
	t.Helper()
	url, _ := Serve(t, server.Options{JetStream: true})
	return url
}

// Options are the server's own.
type Options = server.Options

// Serve is Start with other options, and a way to end the server.
func Serve(t testing.TB, o Options) (url string, stop func()) {
	t.Helper()
	o.Host, o.Port, o.StoreDir, o.NoLog, o.NoSigs = "127.0.0.1", server.RANDOM_PORT, t.TempDir(), true, true
	s, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	stop = func() { s.Shutdown(); s.WaitForShutdown() }
	t.Cleanup(stop)
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not answer")
	}
	return s.ClientURL(), stop
}
