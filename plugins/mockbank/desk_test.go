package mockbank

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/mockbank/contract"
)

// What a bank says beforehand is what it says afterwards.
func TestPreCheck(t *testing.T) {
	b := open(t, Options{})
	for _, c := range []struct {
		bank   string
		change func(*Application)
		want   Verdict
	}{
		{"aurora", func(*Application) {}, Verdict{Verdict: "feasible", RateBPS: 329}},
		{"aurora", func(a *Application) { a.LTVBPS = 8500 }, Verdict{Verdict: "feasible_with_changes", ReasonCode: "ltv", AmountCents: 150_000_00, TermMonths: 240, RateBPS: 349}},
		{"aurora", func(a *Application) { a.DTIBPS = 7000 }, Verdict{Verdict: "feasible_with_changes", ReasonCode: "income", AmountCents: 80_000_00, TermMonths: 240, RateBPS: 320}},
		{"aurora", func(a *Application) { a.TermMonths = 12 }, Verdict{Verdict: "refused", ReasonCode: "other"}},
		{"aurora", func(a *Application) { a.DTIBPS = 700_000 }, Verdict{Verdict: "refused", ReasonCode: "income"}},
		{"cisalpina", func(a *Application) { a.Parties = nil }, Verdict{Verdict: "incomplete"}},
	} {
		a := whole()
		c.change(&a)
		body, _ := json.Marshal(a)
		var got Verdict
		if status := send(t, b, http.MethodPost, c.bank, "/prechecks", "", string(body), &got); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		got.Note = ""
		if got != c.want {
			t.Errorf("%+v, want %+v", got, c.want)
		}
		news := look(t, b, c.bank, submit(t, b, c.bank, "k"+strconv.Itoa(b.Seen()), a))
		if last := news.Events[len(news.Events)-1]; (last.Type == "offer") != (got.Verdict == "feasible") {
			t.Errorf("%s, and then %s", got.Verdict, said(news))
		}
	}
	var list struct{ Products []Product }
	send(t, b, http.MethodGet, "aurora", "/products", "", "", &list)
	if len(list.Products) != 2 || list.Products[0].RateBPS != 320 || list.Products[1].RateBPS != 280 {
		t.Errorf("%+v", list.Products)
	}
}

// A counter-offer waits for its answer, and lapses without one.
func TestCounterOffer(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		pass   time.Duration
		want   string
	}{
		"accepted": {`{"accept":true}`, 0, "acknowledged counter_offer income_approved property_checks approved offer"},
		"declined": {`{"accept":false}`, 0, "acknowledged counter_offer rejected:ltv"},
		"lapsed":   {"", 31 * 24 * time.Hour, "acknowledged counter_offer rejected:ltv"},
		"open":     {"", time.Hour, "acknowledged counter_offer"},
	} {
		t.Run(name, func(t *testing.T) {
			now := &clock{at: morning}
			b, a := open(t, Options{Now: now.now}), whole()
			a.LTVBPS, a.Counter = 8500, name == "accepted" // the others by the dial
			send(t, b, http.MethodPut, "aurora", "/_dials", "", `{"counter_offers":true}`, nil)
			reference := submit(t, b, "aurora", "k", a)
			path := "/applications/" + reference + "/counter-offer"
			var offer Event
			if status := send(t, b, http.MethodGet, "aurora", path, "", "", &offer); status != http.StatusOK || offer.AmountCents != 150_000_00 || offer.Expires == nil {
				t.Fatalf("status %d, %+v", status, offer)
			}
			if status := send(t, b, http.MethodPost, "aurora", path, "a0", `{}`, nil); status != http.StatusUnprocessableEntity {
				t.Errorf("no answer: status %d", status)
			}
			now.pass(c.pass)
			if c.answer != "" {
				if status := send(t, b, http.MethodPost, "aurora", path, "a1", c.answer, nil); status != http.StatusCreated {
					t.Fatalf("status %d", status)
				}
				if status := send(t, b, http.MethodPost, "aurora", path, "a2", c.answer, nil); status != http.StatusConflict {
					t.Errorf("answered twice: status %d", status)
				}
				if status := send(t, b, http.MethodGet, "aurora", path, "", "", nil); status != http.StatusNotFound {
					t.Errorf("status %d", status)
				}
			}
			news := look(t, b, "aurora", reference)
			if said(news) != c.want || news.Final != (name != "open") {
				t.Errorf("%s, final %v", said(news), news.Final)
			}
			if last := news.Events[len(news.Events)-1]; last.Type == "offer" && last.RateBPS != 349 {
				t.Errorf("the rate is %d", last.RateBPS)
			}
		})
	}
}

// A submission that is answered with a command: 202, running, done.
func TestCommand(t *testing.T) {
	b := open(t, Options{Dials: Dials{CommandPolls: 2}})
	body, _ := json.Marshal(whole())
	var command struct{ Command, State, Reference string }
	for range 2 { // the same answer to the same key
		if status := send(t, b, http.MethodPost, "aurora", "/applications", "k", string(body), &command); status != http.StatusAccepted || command.Reference != "" {
			t.Fatalf("status %d, %+v", status, command)
		}
	}
	var operation struct{ Reference string }
	send(t, b, http.MethodGet, "aurora", "/operations/k", "", "", &operation)
	for i, want := range []string{"running", "running", "done", "done"} {
		if send(t, b, http.MethodGet, "aurora", "/commands/"+command.Command, "", "", &command); command.State != want || (command.Reference == operation.Reference) != (want == "done") {
			t.Errorf("look %d: %+v", i+1, command)
		}
	}
	if status := send(t, b, http.MethodGet, "borea", "/commands/"+command.Command, "", "", nil); status != http.StatusNotFound {
		t.Errorf("another bank: status %d", status)
	}
}

// Messages, documents nobody asked for, what is missing, and the logbook of it all.
func TestDesk(t *testing.T) {
	now := &clock{at: morning}
	b := open(t, Options{Now: now.now}, contract.Europace)
	reference := submit(t, b, "borea", "k", whole())
	at := "/applications/" + reference
	var missing struct{ Items []Item }
	if send(t, b, http.MethodGet, "borea", at+"/missing", "", "", &missing); len(missing.Items) != 1 || missing.Items[0].Kind != "bank_statement" {
		t.Fatalf("%+v", missing)
	}
	now.pass(time.Minute)
	if status := send(t, b, http.MethodPost, "borea", at+"/messages", "m1", `{"text":"Arriva domani."}`, nil); status != http.StatusCreated {
		t.Errorf("status %d", status)
	}
	now.pass(time.Minute)
	if status := send(t, b, http.MethodPost, "borea", "/v2/antraege/"+reference+"/1/1/nachricht", "", `{"text":"Grazie."}`, nil); status != http.StatusCreated {
		t.Errorf("the clerk: status %d", status)
	}
	var letters struct{ Messages []Message }
	send(t, b, http.MethodGet, "borea", at+"/messages", "", "", &letters)
	if len(letters.Messages) != 3 || letters.Messages[0].Text != words("bank_statement") || letters.Messages[1].From != "broker" || letters.Messages[2].Text != "Grazie." {
		t.Errorf("%+v", letters)
	}
	now.pass(time.Minute)
	document := func(path, key, sent string) int {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/borea"+at+path, strings.NewReader("paper"))
		r.Header.Set("Authorization", "Bearer demo-borea")
		r.Header.Set("Idempotency-Key", key)
		r.Header.Set("Content-Digest", sent)
		r.Header.Set("Content-Type", "application/octet-stream")
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		return w.Code
	}
	for path, want := range map[string]int{"/documents?kind=payslip": 201, "/documents": 422, "/documents?kind=": 422} {
		if status := document(path, "d1", digestOf("paper")); status != want {
			t.Errorf("%s: status %d", path, status)
		}
	}
	if status := document("/documents?kind=payslip", "d2", digestOf("other")); status != http.StatusUnprocessableEntity {
		t.Errorf("another digest: status %d", status)
	}
	if status := document("/items/"+missing.Items[0].ID, "d3", digestOf("paper")); status != http.StatusCreated {
		t.Errorf("status %d", status)
	}
	if send(t, b, http.MethodGet, "borea", at+"/missing", "", "", &missing); len(missing.Items) != 0 {
		t.Errorf("%+v", missing)
	}
	if status := document("/documents?kind=payslip", "d4", digestOf("paper")); status != http.StatusConflict {
		t.Errorf("after the decision: status %d", status)
	}
	var log struct{ Entries []Entry }
	send(t, b, http.MethodGet, "borea", at+"/log", "", "", &log)
	var got []string
	for _, e := range log.Entries {
		got = append(got, e.What)
	}
	if want := []string{"submitted", "acknowledged", "info_requested", "message", "document", "answer", "income_approved", "property_checks", "approved", "offer"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// The same applications as Europace shows them.
func TestEuropace(t *testing.T) {
	b := open(t, Options{}, contract.Europace)
	approved, a := submit(t, b, "aurora", "k1", whole()), whole()
	a.LTVBPS = 9000
	rejected := submit(t, b, "aurora", "k2", a)
	a.Counter = true
	countered := submit(t, b, "aurora", "k3", a)
	type antrag struct {
		AntragsNummer string
		Status        struct{ ProduktAnbieter, ProduktanbieterAblehnungsgrund string }
		Angebot       struct{ MachbarkeitsStatus string }
		Dokumente     []struct{ Art string }
	}
	for reference, want := range map[string][3]string{approved: {"UNTERSCHRIEBEN", "", "MACHBAR"}, rejected: {"ABGELEHNT", "KRITERIEN", "NICHT_MACHBAR"}, countered: {"ABGELEHNT", "GEGENANGEBOT", "UNTER_VORBEHALT_PRODUZENT"}} {
		var one antrag
		if status := send(t, b, http.MethodGet, "aurora", "/v2/antraege/"+reference+"/1/1", "", "", &one); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		if got := [3]string{one.Status.ProduktAnbieter, one.Status.ProduktanbieterAblehnungsgrund, one.Angebot.MachbarkeitsStatus}; got != want || len(one.Dokumente) != 1 {
			t.Errorf("%s: %v %+v", reference, got, one)
		}
	}
	var list struct{ Antraege []antrag }
	for path, want := range map[string]int{"": 3, "?limit=2": 2, "?limit=2&page=1": 1, "/" + approved: 1} {
		if send(t, b, http.MethodGet, "aurora", "/v2/antraege"+path, "", "", &list); len(list.Antraege) != want {
			t.Errorf("%s: %d", path, len(list.Antraege))
		}
	}
	if status := send(t, b, http.MethodGet, "aurora", "/v2/antraege/other", "", "", nil); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}

// One key is one report and one price; without purpose or consent there is none.
func TestBureau(t *testing.T) {
	path := t.TempDir() + "/banks.json"
	b := open(t, Options{Now: (&clock{at: morning}).now, File: path})
	const order = `{"tax_code":"NREDAA80A41H501E","purpose":"mortgage_application","consent":{"reference":"cns_1","given_at":"2026-03-01T10:00:00Z"}}`
	type report struct {
		ReportID   string `json:"report_id"`
		State      string
		PriceCents int `json:"price_cents"`
		Report     *Report
	}
	var first, again report
	for _, into := range []*report{&first, &again} {
		if status := send(t, b, http.MethodPost, "bureau", "/reports", "k1", order, into); status != http.StatusAccepted {
			t.Fatalf("status %d", status)
		}
	}
	var bill struct {
		Reports      int
		ChargedCents int `json:"charged_cents"`
	}
	if send(t, b, http.MethodGet, "bureau", "/account", "", "", &bill); first.ReportID != again.ReportID || bill.Reports != 1 || bill.ChargedCents != ReportCents {
		t.Errorf("%+v %+v %+v", first, again, bill)
	}
	if status := send(t, b, http.MethodPost, "bureau", "/reports", "k1", strings.Replace(order, "cns_1", "cns_2", 1), nil); status != http.StatusUnprocessableEntity {
		t.Errorf("another request under the key: status %d", status)
	}
	b = open(t, Options{Now: (&clock{at: morning}).now, File: path}) // and over a restart
	var known report
	if status := send(t, b, http.MethodGet, "bureau", "/operations/k1", "", "", &known); status != http.StatusOK || known.ReportID != first.ReportID {
		t.Errorf("status %d %+v", status, known)
	}
	for i, want := range []string{"pending", "ready", "ready"} {
		var got report
		if send(t, b, http.MethodGet, "bureau", "/reports/"+first.ReportID, "", "", &got); got.State != want || (got.Report != nil) != (want == "ready") {
			t.Errorf("look %d: %+v", i+1, got)
		}
		if got.Report != nil && (got.Report.Class != "E" || got.Report.Defaults != 1) {
			t.Errorf("%+v", got.Report)
		}
	}
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"no purpose":      {strings.Replace(order, "mortgage_application", "curiosity", 1), 422},
		"no consent":      {strings.Replace(order, "cns_1", "", 1), 403},
		"consent to come": {strings.Replace(order, "2026-03-01", "2026-04-01", 1), 403},
		"no tax code":     {strings.Replace(order, "NREDAA80A41H501E", "X", 1), 422},
	} {
		if status := send(t, b, http.MethodPost, "bureau", "/reports", "k9", c.body, nil); status != c.status {
			t.Errorf("%s: status %d", name, status)
		}
	}
	if status := send(t, b, http.MethodPost, "bureau", "/reports", "", order, nil); status != http.StatusBadRequest {
		t.Errorf("no key: status %d", status)
	}
	if status := send(t, b, http.MethodGet, "bureau", "/operations/k9", "", "", nil); status != http.StatusNotFound {
		t.Errorf("status %d", status)
	}
}

// inbox takes callbacks.
type inbox struct {
	mu     sync.Mutex
	bodies []string
	ids    []string
	refuse int
	bad    int
}

func (i *inbox) serve(t *testing.T, bank string, now func() time.Time) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		body, _ := io.ReadAll(r.Body)
		seconds, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
		if r.Header.Get("webhook-signature") != Sign(bank, r.Header.Get("webhook-id"), time.Unix(seconds, 0), body) || now().Unix() != seconds {
			i.bad++
		}
		if i.refuse > 0 {
			i.refuse--
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		i.bodies, i.ids = append(i.bodies, string(body)), append(i.ids, r.Header.Get("webhook-id"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Callbacks: signed, in order, sent again until they are taken, and twice where a dial says so.
func TestCallbacks(t *testing.T) {
	now := &clock{at: morning}
	b := open(t, Options{Now: now.now, Step: time.Hour}, contract.BerlinGroup)
	box := &inbox{refuse: 1}
	to := box.serve(t, "aurora", now.now)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/aurora/applications", bytes.NewReader(func() []byte { body, _ := json.Marshal(whole()); return body }()))
	for name, value := range map[string]string{"Authorization": "Bearer demo-aurora", "Idempotency-Key": "k", "Callback-URL": to, "Content-Type": "application/json"} {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	if b.ServeHTTP(w, r); w.Code != http.StatusCreated {
		t.Fatal(w.Code)
	}
	if err := b.Deliver(t.Context()); err != nil || len(box.bodies) != 0 {
		t.Errorf("nothing has happened: %v, %v", err, box.bodies)
	}
	now.pass(time.Hour)
	if err := b.Deliver(t.Context()); err == nil {
		t.Error("it was refused")
	}
	now.pass(time.Hour)
	send(t, b, http.MethodPut, "aurora", "/_dials", "", `{"duplicate_callbacks":1}`, nil)
	if err := b.Deliver(t.Context()); err != nil {
		t.Error(err)
	}
	if len(box.bodies) != 3 || box.ids[0] != box.ids[1] || box.ids[1] == box.ids[2] || box.bad != 0 || !strings.Contains(box.bodies[0], `"acknowledged"`) || !strings.Contains(box.bodies[2], `"income_approved"`) {
		t.Errorf("%v %v, %d with a wrong signature", box.ids, box.bodies, box.bad)
	}
	if !strings.HasPrefix(CallbackSecret("aurora"), "whsec_") || CallbackSecret("aurora") == CallbackSecret("borea") {
		t.Error("the secrets are wrong")
	}
	// Of a consent, by the framework's own header.
	c := &clientOfBank{t: t, b: b, bank: "aurora"}
	c.last = 100
	out := c.asks(asking(all()), "TPP-Notification-URI", to)
	c.do(http.MethodDelete, "/consents/"+out.ConsentID, nil, nil)
	if err := b.Deliver(t.Context()); err != nil || !strings.Contains(box.bodies[len(box.bodies)-1], `"consentStatus":"terminatedByTpp"`) {
		t.Errorf("%v %v", err, box.bodies)
	}
}
