package main

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
)

// ratedAt is the agencies' rate of BenchmarkFairness, requests a second; the flood is a hundred times that.
const ratedAt = 20

// BenchmarkFairness has B read at its rate, alone and while A sends a hundred times its own, against `pratica serve` with a real
// Redis: B's 95th percentile is to move by at most a tenth. Rounds alternate; the load comes from the same machine.
func BenchmarkFairness(b *testing.B) {
	s := begin(b)
	at := s.served(b, fmt.Sprintf("PRATICA_RATE_AGENCY=%d:%d", ratedAt, 2*ratedAt), fmt.Sprintf("PRATICA_RATE_CREDENTIAL=%d:%d", ratedAt, 2*ratedAt))
	file := "/applications/" + s.brokerB.do("POST", "/applications", s.asked()).want(201).str("id")
	request := func(p *person, path string) string {
		return "GET /api/v1" + path + " HTTP/1.1\r\nHost: pratica\r\nCookie: " + s.cookie(p) + "\r\n\r\n"
	}
	quiet, loud := request(s.brokerB, file), request(s.broker, "/applications")
	var alone, beside []float64
	for round := range benchRounds {
		a := p95(b, at, quiet, benchFor(b))
		stop := flood(b, at, loud)
		f := p95(b, at, quiet, benchFor(b))
		sent, granted := stop()
		alone, beside = append(alone, a), append(beside, f)
		b.Logf("round %d: B's p95 %.2f ms alone, %.2f ms while A sent %.0f/s, of which %.0f/s were granted", round+1, a, f, sent, granted)
	}
	report(b, "fair_p95_alone_ms", median(alone), "whatever it is")
	report(b, "fair_p95_flooded_ms", median(beside), "whatever it is")
	report(b, "fair_p95_ratio", median(beside)/median(alone), "at most 1.10")
}

// p95 sends a request at the rate, whatever the answers take, and returns the 95th percentile in milliseconds from when it was due.
func p95(b *testing.B, at, request string, d time.Duration) float64 {
	w := dialHTTP(b, at)
	var took []time.Duration
	tick := time.NewTicker(time.Second / (ratedAt - 2)) // a little below it
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < d; {
		due := <-tick.C
		_, err := w.do(request)
		must(b, err) // B is refused nothing
		took = append(took, time.Since(due))
	}
	slices.Sort(took)
	return took[len(took)*95/100].Seconds() * 1000
}

// flood sends a hundred times the rate until it is stopped, and tells how much a second that was and how much was granted.
func flood(b *testing.B, at, request string) (stop func() (sent, granted float64)) {
	var all sync.WaitGroup
	var sent, granted atomic.Int64
	done, began := make(chan struct{}), time.Now()
	for range clients {
		all.Go(func() {
			w := dialHTTP(b, at)
			tick := time.NewTicker(time.Second * clients / (100 * ratedAt))
			defer tick.Stop()
			for {
				select {
				case <-done:
					return
				case <-tick.C:
				}
				sent.Add(1)
				if _, err := w.do(request); err == nil {
					granted.Add(1)
				}
			}
		})
	}
	return func() (float64, float64) {
		close(done)
		all.Wait()
		spent := time.Since(began).Seconds()
		return float64(sent.Load()) / spent, float64(granted.Load()) / spent
	}
}

// served starts `pratica serve` over the story's database, with a Redis of its own, and returns its address.
func (s *story) served(b *testing.B, settings ...string) string {
	bin, err := programs()
	must(b, err)
	password, err := os.ReadFile(filepath.Join(s.program.dir, "role-password"))
	must(b, err)
	role := func(name string) string {
		u := url.URL{Scheme: "postgres", User: url.UserPassword(name, string(password)), Path: "/pratica", RawQuery: url.Values{"host": {s.socket()}}.Encode()}
		return u.String()
	}
	cmd := exec.Command(filepath.Join(bin, "pratica"), "serve")
	cmd.Env = append(append(environment(), "PRATICA_LISTEN=127.0.0.1:0", "PRATICA_LOG_LEVEL=warn", "PRATICA_DATABASE_URL="+role("pratica_app"), "PRATICA_DATABASE_DIRECTORY_URL="+role("pratica_directory"),
		"PRATICA_DATABASE_NETWORK_URL="+role("pratica_network"), "PRATICA_DATABASE_OPERATOR_URL="+role("pratica_operator"), "PRATICA_REDIS_URL="+coretest.StartRedis(b).URL(),
		"PRATICA_BLOB_DIR="+filepath.Join(s.program.dir, "documents"), "PRATICA_KEY_FILE="+filepath.Join(s.program.dir, "root.key"), "PRATICA_CONNECTORS_DIR="+filepath.Join(bin, "connectors")), settings...)
	out, err := cmd.StdoutPipe()
	must(b, err)
	cmd.Stderr = os.Stderr
	must(b, cmd.Start())
	b.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at, found := strings.CutPrefix(lines.Text(), "listening on "); found {
			return at
		}
	}
	b.Fatal("serve does not listen")
	return ""
}
