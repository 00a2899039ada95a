package main

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/coretest/jetstream"
	"github.com/pratica-crm/pratica/core/natsjs"
	"github.com/pratica-crm/pratica/core/redact"
)

// TestNATSIsLookedAt: doctor and readiness look at a real NATS, up, down, without JetStream and with another password, and say what
// mends it; that it is away never makes a server unready.
func TestNATSIsLookedAt(t *testing.T) {
	up, stop := jetstream.Serve(t, jetstream.Options{JetStream: true})
	bare, _ := jetstream.Serve(t, jetstream.Options{})
	closed, _ := jetstream.Serve(t, jetstream.Options{JetStream: true, Username: "pratica", Password: "sesame"})
	says := func(url, want string) {
		t.Helper()
		said, err := doctorQueue(t.Context(), Config{QueueURL: redact.Secret(url)})
		if said := said + " " + errorText(err); !strings.Contains(said, want) || strings.Contains(said, "wrong-word") {
			t.Errorf("%s: %q, want %q", url, said, want)
		}
	}
	says("", "over Redis")
	says(up, "answers, with JetStream")
	says(bare, "start it with -js")
	says(strings.Replace(closed, "nats://", "nats://pratica:wrong-word@", 1), "correct user and password")
	says("nats//", "looks like nats://host:4222")

	w := coretest.New(t)
	q, err := natsjs.Open(up)
	must(t, err)
	t.Cleanup(q.Close)
	r, err := Config{RedisURL: redact.Secret(coretest.StartRedis(t).URL())}.openRedis()
	must(t, err)
	t.Cleanup(func() { must(t, r.Close()) })
	h := api.New(api.Deps{DB: w.DB, Health: (&app{nats: q, redis: r}).reported()})
	ready := func() map[string]string {
		t.Helper()
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequestWithContext(context.Background(), "GET", "/readyz", nil))
		parts := map[string]string{}
		must(t, json.Unmarshal(answer.Body.Bytes(), &parts))
		if answer.Code != 200 {
			t.Errorf("%d %v", answer.Code, parts)
		}
		return parts
	}
	if parts := ready(); parts["nats"] != "ok" || parts["redis"] != "ok" {
		t.Errorf("up: %v", parts)
	}
	stop()
	says(up, "start it, or correct host and port")
	eventually(t, "readiness to tell that NATS is away", func() bool { return ready()["nats"] == "away" })
}
