package mockbank

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Options of a handler with all banks. The zero value is a bank in memory whose steps follow at once.
type Options struct {
	// File keeps what banks and bureau know over a restart. It has what was submitted in clear: it is for invented people. Empty: nothing is kept.
	File string
	// Step is the time between two steps of a bank.
	Step time.Duration
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// Dials are the faults of every bank and of the bureau at the start.
	Dials Dials
	// People are a bank's customers with their accounts, by bank; see ReadPeople. A bank without an entry has its own, invented.
	People map[string][]Person
	// Authority issued the certificates that clients are known by. Nil: none is.
	Authority *Authority
}

// Bank is the handler with all banks.
type Bank struct {
	mux      *http.ServeMux
	banks    []*portal
	accounts []*ais
	bureau   *bureau
	couriers []*courier
}

// portal is a bank's mortgage portal.
type portal struct {
	rules   Rules
	step    time.Duration
	now     func() time.Time
	snap    *snapshot
	dials   *dialled
	courier *courier

	mu     sync.Mutex
	ledger *ledger
}

// Contract is the OpenAPI document of what is the mock bank's own: the portal, the bureau and the dials.
//
//go:embed openapi.yaml
var Contract []byte

// New makes the banks, with what Options.File remembers. It fails when that file, or a person's accounts, cannot be read.
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
	b.mux.HandleFunc("GET /openapi.yaml", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/yaml")
		_, _ = w.Write(Contract)
	})
	var all []*dialled
	for _, rules := range Banks() {
		dials, err := b.open(rules, o, snap)
		if err != nil {
			return nil, err
		}
		all = append(all, dials)
	}
	dials, err := b.openBureau(o, snap)
	if err != nil {
		return nil, err
	}
	all = append(all, dials)
	b.mux.HandleFunc("PUT /_dials", dial(func(d Dials) {
		for _, each := range all {
			each.set(d)
		}
	}))
	return b, nil
}

// open adds a bank: its portal, and its account information below /psd2.
func (b *Bank) open(rules Rules, o Options, snap *snapshot) (*dialled, error) {
	root, dials := "/"+rules.Bank, &dialled{dials: o.Dials}
	now := dials.clock(o.Now)
	mail := newCourier(rules.Bank, dials, now)
	b.couriers = append(b.couriers, mail)

	ledger, err := snap.ledger(rules.Bank)
	if err != nil {
		return nil, err
	}
	p := &portal{rules: rules, step: o.Step, now: now, snap: snap, dials: dials, courier: mail, ledger: ledger}
	b.banks = append(b.banks, p)
	b.mux.HandleFunc("GET "+root+"/rules", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, rules) })
	b.mux.HandleFunc("PUT "+root+"/_dials", dial(dials.set))
	b.mux.Handle(root+"/", token(rules.Bank, rules.Name, http.StripPrefix(root, dials.wrap(p.routes(), now, refuse))))

	people, own := o.People[rules.Bank]
	if !own {
		people = invented(rules.Bank, o.Now())
	}
	a := &ais{rules: rules, dials: dials, now: now, snap: snap, courier: mail, reads: map[string]int{}}
	if a.people, err = settle(people); err != nil {
		return nil, err
	}
	if o.Authority != nil {
		a.trusted = o.Authority.Pool
	}
	if err := snap.restore(a.part(), &a.consents); err != nil {
		return nil, err
	}
	b.accounts = append(b.accounts, a)
	b.mux.Handle(root+"/psd2/v1/", http.StripPrefix(root+"/psd2", echo(dials.wrap(a.routes(), now, tpp))))
	b.mux.HandleFunc(root+"/psd2/sca/{sca}", a.page)
	b.mux.HandleFunc(root+"/psd2/home", a.home)
	return dials, nil
}

func (b *Bank) openBureau(o Options, snap *snapshot) (*dialled, error) {
	dials := &dialled{dials: o.Dials}
	now := dials.clock(o.Now)
	mail := newCourier(bureauName, dials, now)
	b.couriers = append(b.couriers, mail)
	b.bureau = &bureau{dials: dials, now: now, snap: snap, courier: mail, orders: map[string]*order{}}
	b.mux.HandleFunc("PUT /bureau/_dials", dial(dials.set))
	b.mux.Handle("/bureau/", token(bureauName, "the bureau", http.StripPrefix("/bureau", dials.wrap(b.bureau.routes(), now, refuse))))
	return dials, snap.restore(bureauName, &b.bureau.orders)
}

// Version is the version of the Berlin Group's contract that a bank speaks now; empty: there is no such bank.
func (b *Bank) Version(bank string) string {
	for _, a := range b.accounts {
		if a.rules.Bank == bank {
			return fmt.Sprintf("1.3.%d", a.version())
		}
	}
	return ""
}

// ServeHTTP answers for all banks.
func (b *Bank) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.mux.ServeHTTP(w, r) }

func (p *portal) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /products", p.products)
	mux.HandleFunc("POST /prechecks", p.precheck)
	mux.HandleFunc("POST /applications", p.submit)
	mux.HandleFunc("GET /applications", p.list)
	mux.HandleFunc("GET /applications/{reference}", p.status)
	mux.HandleFunc("GET /applications/{reference}/log", p.logbook)
	mux.HandleFunc("GET /applications/{reference}/messages", p.messages)
	mux.HandleFunc("POST /applications/{reference}/messages", p.write)
	mux.HandleFunc("GET /applications/{reference}/missing", p.missing)
	mux.HandleFunc("POST /applications/{reference}/documents", p.addDocument)
	mux.HandleFunc("POST /applications/{reference}/items/{item}", p.take)
	mux.HandleFunc("GET /applications/{reference}/counter-offer", p.counterOffer)
	mux.HandleFunc("POST /applications/{reference}/counter-offer", p.answerCounterOffer)
	mux.HandleFunc("POST /applications/{reference}/withdrawal", p.withdraw)
	mux.HandleFunc("GET /commands/{command}", p.command)
	mux.HandleFunc("GET /operations/{key}", p.operation)
	mux.HandleFunc("GET /v2/antraege", p.antraege)
	mux.HandleFunc("GET /v2/antraege/{vorgang}", p.antraege)
	mux.HandleFunc("GET /v2/antraege/{vorgang}/{antrag}/{teilantrag}", p.oneAntrag)
	mux.HandleFunc("POST /v2/antraege/{vorgang}/{antrag}/{teilantrag}/nachricht", p.nachricht)
	mux.HandleFunc("/", noSuchPath)
	return mux
}

func noSuchPath(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotFound, "no_such_path", "The bank has no such path.")
}

// token lets in who has the bank's token.
func token(bank, name string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer demo-"+bank {
			refuse(w, http.StatusUnauthorized, "token", fmt.Sprintf("The token of %s is demo-%s.", name, bank))
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
		wrong := ""
		if err := body.Decode(&d); err != nil {
			wrong = err.Error()
		}
		if wrong = cmp.Or(wrong, d.check()); wrong != "" {
			refuse(w, http.StatusUnprocessableEntity, "dials", wrong)
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
