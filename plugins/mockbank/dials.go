package mockbank

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Dials are the faults of a bank, and how its account information behaves. Each counter of the first group is used up by that many
// requests, in the order below, one fault a request.
type Dials struct {
	Only       string `json:"only"`         // the faults below are for requests of this HTTP method; empty: of any
	LatencyMS  int    `json:"latency_ms"`   // before every answer
	FailBefore int    `json:"fail_before"`  // 500, nothing was done
	Limit      int    `json:"limit"`        // 429 with Retry-After: 1, nothing was done
	FailAfter  int    `json:"fail_after"`   // 500, although it was done
	Truncate   int    `json:"truncate"`     // done, but the answer breaks off
	Garbage    int    `json:"garbage"`      // done, but the answer is a web page
	Drift      int    `json:"wrong_schema"` // done, but the answer's JSON is wrapped in what no contract knows
	Hang       int    `json:"hang"`         // done, but never answered

	ForgetKeys   bool `json:"forget_keys"`         // what comes again with the same Idempotency-Key is done again
	CommandPolls int  `json:"command_polls"`       // submissions are answered 202 and take this many looks at their command
	Counter      bool `json:"counter_offers"`      // every submission counts as one that welcomes a counter-offer
	SkewSeconds  int  `json:"skew_seconds"`        // the bank's clock is ahead by this; negative: behind
	Twice        int  `json:"duplicate_callbacks"` // this many callbacks come twice

	SCA         string `json:"sca"`                 // redirect or decoupled, whatever the client prefers; empty: as the client prefers, else the bank's own way
	SCAPolls    int    `json:"sca_polls"`           // looks until a decoupled confirmation is there; 0: two
	SCARefuse   int    `json:"sca_refuse"`          // this many decoupled confirmations are refused by the person
	Explicit    bool   `json:"explicit_start"`      // clients start the confirmation themselves, after the consent
	Version     string `json:"version"`             // of the Berlin Group's contract, 1.3.6 to 1.3.11; empty: the bank's own
	ConsentSet  *bool  `json:"consent_set"`         // one consent for each account; null: the bank's own way
	Certificate bool   `json:"require_certificate"` // a client certificate (QWAC) of the test authority
	Seal        bool   `json:"require_seal"`        // a signature (QSEAL) of the test authority on every request
	PageSize    int    `json:"page_size"`           // transactions on a page; 0: 50
	HistoryDays int    `json:"history_days"`        // transactions further back only while the person is there; 0: no bound
}

// check says what is wrong with dials; empty: nothing.
func (d Dials) check() string {
	switch {
	case d.SCA != "" && d.SCA != redirectSCA && d.SCA != decoupledSCA:
		return "sca is redirect, decoupled or empty"
	case d.Version != "" && minorOf(d.Version) == 0:
		return "version is 1.3.6 to 1.3.11, or empty"
	}
	return ""
}

type fault int

const (
	sound fault = iota
	failBefore
	limit
	failAfter
	truncate
	garbage
	drift
	hang
)

// refusal writes a refusal as an API writes it.
type refusal func(w http.ResponseWriter, status int, code, message string)

// dialled is a bank's dials. It applies the faults to the handlers it wraps.
type dialled struct {
	mu    sync.Mutex
	dials Dials
}

func (d *dialled) set(dials Dials) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dials = dials
}

func (d *dialled) get() Dials {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dials
}

// use takes one off a counter, and tells whether there was one.
func (d *dialled) use(counter func(*Dials) *int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := counter(&d.dials)
	if *left <= 0 {
		return false
	}
	*left--
	return true
}

// clock is the bank's own: now, and what it is off by.
func (d *dialled) clock(now func() time.Time) func() time.Time {
	return func() time.Time { return now().Add(time.Duration(d.get().SkewSeconds) * time.Second) }
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
	}{{&d.dials.FailBefore, failBefore}, {&d.dials.Limit, limit}, {&d.dials.FailAfter, failAfter}, {&d.dials.Truncate, truncate},
		{&d.dials.Garbage, garbage}, {&d.dials.Drift, drift}, {&d.dials.Hang, hang}} {
		if *c.left > 0 {
			*c.left--
			return c.fault, latency
		}
	}
	return sound, latency
}

// wrap puts the faults before an API that refuses in its own way. now is for the Date of answers.
func (d *dialled) wrap(next http.Handler, now func() time.Time, say refusal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault, latency := d.take(r.Method)
		if latency > 0 {
			timer := time.NewTimer(latency)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
			}
		}
		w.Header().Set("Date", now().UTC().Format(http.TimeFormat))
		switch fault {
		case sound:
			next.ServeHTTP(w, r)
			return
		case failBefore:
			say(w, http.StatusInternalServerError, "broken", "The bank is out of order.")
			return
		case limit:
			w.Header().Set("Retry-After", "1")
			say(w, http.StatusTooManyRequests, "too_many", "Come again later.")
			return
		}
		done := &kept{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(done, r)
		d.spoil(w, r, fault, done, say)
	})
}

// spoil answers what was done in a faulty way.
func (d *dialled) spoil(w http.ResponseWriter, r *http.Request, fault fault, done *kept, say refusal) {
	switch fault {
	case failAfter:
		say(w, http.StatusInternalServerError, "broken", "The bank is out of order.")
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
	case drift:
		answer(w, done.status, map[string]any{"data": json.RawMessage(done.body.Bytes())})
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
