package mockbank

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Options of a handler with all banks. The zero value is a bank in memory whose steps follow at once.
type Options struct {
	// File keeps what the banks know over a restart. It has what was submitted in clear: it is for invented people. Empty: nothing is kept.
	File string
	// Step is the time between two steps of a bank.
	Step time.Duration
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// Dials are the faults of every bank at the start.
	Dials Dials
}

// Bank is the handler with all banks.
type Bank struct {
	mux   *http.ServeMux
	banks []*portal
}

// portal is one bank.
type portal struct {
	rules Rules
	step  time.Duration
	now   func() time.Time
	snap  *snapshot
	dials *dialled

	mu     sync.Mutex
	ledger *ledger
}

// New makes the banks, with what Options.File remembers. It fails when that file cannot be read.
func New(o Options) (*Bank, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	snap, err := openSnapshot(o.File)
	if err != nil {
		return nil, err
	}
	b := &Bank{mux: http.NewServeMux()}
	b.mux.HandleFunc("GET /{$}", page)
	b.mux.HandleFunc("PUT /_dials", dial(func(d Dials) {
		for _, p := range b.banks {
			p.dials.set(d)
		}
	}))
	for _, rules := range Banks() {
		ledger, err := snap.ledger(rules.Bank)
		if err != nil {
			return nil, err
		}
		p := &portal{rules: rules, step: o.Step, now: o.Now, snap: snap, ledger: ledger}
		p.dials = &dialled{dials: o.Dials, next: p.routes()}
		b.banks = append(b.banks, p)
		root := "/" + rules.Bank
		b.mux.HandleFunc("GET "+root+"/rules", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, rules) })
		b.mux.HandleFunc("PUT "+root+"/_dials", dial(p.dials.set))
		b.mux.Handle(root+"/", p.guard(http.StripPrefix(root, p.dials)))
	}
	return b, nil
}

// ServeHTTP answers for all banks.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.mux.ServeHTTP(w, r) }

func (p *portal) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /applications", p.submit)
	mux.HandleFunc("GET /applications", p.list)
	mux.HandleFunc("GET /applications/{reference}", p.status)
	mux.HandleFunc("POST /applications/{reference}/items/{item}", p.take)
	mux.HandleFunc("POST /applications/{reference}/withdrawal", p.withdraw)
	mux.HandleFunc("GET /operations/{key}", p.operation)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "no_such_path", "The bank has no such path.")
	})
	return mux
}

// guard lets in who has the bank's token.
func (p *portal) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer demo-"+p.rules.Bank {
			refuse(w, http.StatusUnauthorized, "token", fmt.Sprintf("The token of %s is demo-%s.", p.rules.Name, p.rules.Bank))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func dial(set func(Dials)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var d Dials
		body := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16))
		body.DisallowUnknownFields()
		if err := body.Decode(&d); err != nil {
			refuse(w, http.StatusUnprocessableEntity, "dials", err.Error())
			return
		}
		set(d)
		answer(w, http.StatusOK, d)
	}
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever went away needs no answer
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]string{"code": code, "message": message})
}
