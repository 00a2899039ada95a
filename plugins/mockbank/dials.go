package mockbank

import (
	"bytes"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Dials are the faults of a bank. Each counter is used up by that many requests, in the order below, one fault a request.
type Dials struct {
	Only       string `json:"only"`        // the faults below are for requests of this HTTP method; empty: of any
	LatencyMS  int    `json:"latency_ms"`  // before every answer
	FailBefore int    `json:"fail_before"` // 500, nothing was done
	Limit      int    `json:"limit"`       // 429 with Retry-After: 1, nothing was done
	FailAfter  int    `json:"fail_after"`  // 500, although it was done
	Truncate   int    `json:"truncate"`    // done, but the answer breaks off
	Garbage    int    `json:"garbage"`     // done, but the answer is a web page
	Hang       int    `json:"hang"`        // done, but never answered
	ForgetKeys bool   `json:"forget_keys"` // what comes again with the same Idempotency-Key is done again
}

type fault int

const (
	sound fault = iota
	failBefore
	limit
	failAfter
	truncate
	garbage
	hang
)

// dialled applies a bank's dials to its requests.
type dialled struct {
	mu    sync.Mutex
	dials Dials
	next  http.Handler
}

func (d *dialled) set(dials Dials) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dials = dials
}

// forgetful: the bank does not look at idempotency keys, as some real ones do not. It still tells what came of one.
func (d *dialled) forgetful() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dials.ForgetKeys
}

func (d *dialled) take(method string) (fault, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	latency := time.Duration(d.dials.LatencyMS) * time.Millisecond
	if d.dials.Only != "" && d.dials.Only != method {
		return sound, latency
	}
	for _, c := range []struct {
		left *int
		fault
	}{{&d.dials.FailBefore, failBefore}, {&d.dials.Limit, limit}, {&d.dials.FailAfter, failAfter}, {&d.dials.Truncate, truncate}, {&d.dials.Garbage, garbage}, {&d.dials.Hang, hang}} {
		if *c.left > 0 {
			*c.left--
			return c.fault, latency
		}
	}
	return sound, latency
}

func (d *dialled) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, latency := d.take(r.Method)
	if latency > 0 {
		timer := time.NewTimer(latency)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}
	switch fault {
	case sound:
		d.next.ServeHTTP(w, r)
		return
	case failBefore:
		refuse(w, http.StatusInternalServerError, "broken", "The bank is out of order.")
		return
	case limit:
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusTooManyRequests, "too_many", "Come again later.")
		return
	}
	done := &kept{header: http.Header{}, status: http.StatusOK}
	d.next.ServeHTTP(done, r)
	switch fault {
	case failAfter:
		refuse(w, http.StatusInternalServerError, "broken", "The bank is out of order.")
	case truncate:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(done.body.Len()+1))
		w.WriteHeader(done.status)
		_, _ = w.Write(done.body.Bytes()[:done.body.Len()/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // closes the connection
	case garbage:
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><body>Scheduled maintenance</body></html>"))
	case hang:
		<-r.Context().Done()
	}
}

// kept is an answer that is not sent as it is.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }
