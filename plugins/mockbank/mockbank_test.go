package mockbank

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/mockbank/contract"
)

var morning = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// bench is a bank behind its contracts.
type bench struct {
	*Bank
	*contract.Watch
}

func (b bench) ServeHTTP(w http.ResponseWriter, r *http.Request) { b.Watch.ServeHTTP(w, r) }

// open opens the banks. No answer of theirs goes by that is not held to its contract. Tests that need official contracts name them.
func open(t *testing.T, o Options, official ...string) bench {
	t.Helper()
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return bench{b, contract.New(t, b, false, contract.OfMockBank(t, Contract, b.Version, official...))}
}

// send is one request to a bank; it decodes the answer into out.
func send(t *testing.T, b http.Handler, method, bank, path, key, body string, out any) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "/"+bank+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer demo-"+bank)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if method != http.MethodGet && !strings.Contains(path, "/documents") && !strings.Contains(path, "/items") {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			t.Fatalf("%s: %v", w.Body, err)
		}
	}
	return w.Code
}

func whole() Application {
	return Application{File: "2026-0001", AmountCents: 160_000_00, TermMonths: 240, LTVBPS: 5900, DTIBPS: 2900,
		Parties: []Party{{Role: "applicant", NetMonthlyCents: 3000_00}}, Properties: []Property{{ValueCents: 270_000_00}},
		Documents: []Document{{Kind: "payslip", SHA256: strings.Repeat("0", 64)}}}
}

func submit(t *testing.T, b http.Handler, bank, key string, a Application) string {
	t.Helper()
	body, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var receipt struct{ Reference string }
	if status := send(t, b, http.MethodPost, bank, "/applications", key, string(body), &receipt); status != http.StatusCreated {
		t.Fatalf("status %d", status)
	}
	return receipt.Reference
}

func look(t *testing.T, b http.Handler, bank, reference string) News {
	t.Helper()
	var news News
	if status := send(t, b, http.MethodGet, bank, "/applications/"+reference, "", "", &news); status != http.StatusOK {
		t.Fatalf("status %d", status)
	}
	return news
}

func said(n News) string {
	out := []string{}
	for _, e := range n.Events {
		text := e.Type
		if e.ReasonCode != "" {
			text += ":" + e.ReasonCode
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// The verdict follows from what was submitted.
func TestVerdicts(t *testing.T) {
	const approved = "acknowledged income_approved property_checks approved offer"
	for _, c := range []struct {
		name, bank string
		change     func(*Application)
		want       string
	}{
		{"all in order", "aurora", func(*Application) {}, approved},
		{"just at the limits", "aurora", func(a *Application) { a.LTVBPS, a.DTIBPS = 8000, 3500 }, approved},
		{"LTV", "aurora", func(a *Application) { a.LTVBPS = 8001 }, "acknowledged rejected:ltv"},
		{"income", "aurora", func(a *Application) { a.DTIBPS = 3501 }, "acknowledged rejected:income"},
		{"income before LTV", "aurora", func(a *Application) { a.LTVBPS, a.DTIBPS = 9000, 4000 }, "acknowledged rejected:income"},
		{"amount", "aurora", func(a *Application) { a.AmountCents = 1_000_000_01 }, "acknowledged rejected:other"},
		{"term", "aurora", func(a *Application) { a.TermMonths = 361 }, "acknowledged rejected:other"},
		{"document", "aurora", func(a *Application) { a.Documents[0].SHA256 = "x" }, "acknowledged rejected:documents"},
		{"property", "aurora", func(a *Application) { a.Properties[0].ValueCents = 0 }, "acknowledged rejected:property"},
		{"debts", "aurora", func(a *Application) { a.Parties[0].DebtsCents = 3001_00 }, "acknowledged rejected:credit_history"},
		{"no parties", "aurora", func(a *Application) { a.Parties = nil }, approved},
		{"asks first", "borea", func(a *Application) { a.LTVBPS = 9999 }, "acknowledged info_requested"},
		{"all in order", "cisalpina", func(*Application) {}, approved},
		{"stricter", "cisalpina", func(a *Application) { a.LTVBPS = 6001 }, "acknowledged rejected:ltv"},
		{"no parties", "cisalpina", func(a *Application) { a.Parties = nil }, "bounced"},
		{"no properties", "cisalpina", func(a *Application) { a.Properties = nil }, "bounced"},
	} {
		t.Run(c.bank+" "+c.name, func(t *testing.T) {
			b, a := open(t, Options{}), whole()
			c.change(&a)
			news := look(t, b, c.bank, submit(t, b, c.bank, "k", a))
			if said(news) != c.want || news.Final == strings.HasSuffix(c.want, "info_requested") {
				t.Errorf("%s, final %v, want %s", said(news), news.Final, c.want)
			}
		})
	}
}

func answerItem(t *testing.T, b http.Handler, reference, item, key, body, sent string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/borea/applications/"+reference+"/items/"+item, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer demo-borea")
	r.Header.Set("Idempotency-Key", key)
	r.Header.Set("Content-Digest", sent)
	r.Header.Set("Content-Type", "application/octet-stream")
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Code
}

func digestOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

func TestBoreaDecidesAfterItsAnswer(t *testing.T) {
	for want, change := range map[string]func(*Application){
		"income_approved property_checks approved offer": func(*Application) {},
		"rejected:income": func(a *Application) { a.DTIBPS = 3001 },
		"rejected:ltv":    func(a *Application) { a.LTVBPS = 7001 },
	} {
		b, a := open(t, Options{}), whole()
		change(&a)
		reference := submit(t, b, "borea", "k", a)
		news := look(t, b, "borea", reference)
		item := news.Events[1].Items[0]
		if item.Kind != "bank_statement" || news.Final {
			t.Fatalf("asked for %+v, final %v", item, news.Final)
		}
		for name, status := range map[string]int{
			"another document": answerItem(t, b, reference, item.ID, "a1", "statement", digestOf("another")),
			"nothing":          answerItem(t, b, reference, item.ID, "a1", "", digestOf("")),
			"another item":     answerItem(t, b, reference, "x", "a1", "statement", digestOf("statement")),
			"another file":     answerItem(t, b, "x", item.ID, "a1", "statement", digestOf("statement")),
		} {
			if status != http.StatusUnprocessableEntity && status != http.StatusNotFound {
				t.Errorf("%s: status %d", name, status)
			}
		}
		if status := answerItem(t, b, reference, item.ID, "a1", "statement", digestOf("statement")); status != http.StatusCreated {
			t.Fatalf("status %d", status)
		}
		after := look(t, b, "borea", reference)
		if said(after) != "acknowledged info_requested "+want || !after.Final {
			t.Errorf("%s, final %v, want %s", said(after), after.Final, want)
		}
		if after.Events[1].ID != news.Events[1].ID {
			t.Error("an event has changed its id")
		}
	}
}

// Steps come one by one, and keep their ids and dates.
func TestSteps(t *testing.T) {
	c := &clock{at: morning}
	b := open(t, Options{Step: time.Hour, Now: c.now})
	reference := submit(t, b, "aurora", "k", whole())
	seen := map[string]Event{}
	for steps := range 7 {
		news := look(t, b, "aurora", reference)
		if len(news.Events) != min(steps, 5) || news.Final != (steps >= 5) {
			t.Fatalf("after %d hours: %s, final %v", steps, said(news), news.Final)
		}
		for _, e := range news.Events {
			if old, known := seen[e.ID]; known && old.Type != e.Type {
				t.Errorf("event %s was %s and is %s", e.ID, old.Type, e.Type)
			}
			seen[e.ID] = e
			if e.Type == "offer" && (!e.Expires.Equal(morning.Add(5*time.Hour).AddDate(0, 0, 30)) || e.RateBPS != 329) {
				t.Errorf("the offer is %+v", e)
			}
		}
		c.pass(time.Hour)
	}
	if len(seen) != 5 {
		t.Errorf("%d ids", len(seen))
	}
}

func TestWithdrawal(t *testing.T) {
	c := &clock{at: morning}
	b := open(t, Options{Step: time.Hour, Now: c.now})
	reference := submit(t, b, "aurora", "k", whole())
	c.pass(time.Hour)
	if status := send(t, b, http.MethodPost, "aurora", "/applications/"+reference+"/withdrawal", "w", `{}`, nil); status != http.StatusCreated {
		t.Fatalf("status %d", status)
	}
	c.pass(24 * time.Hour)
	if news := look(t, b, "aurora", reference); said(news) != "acknowledged" || !news.Final {
		t.Errorf("%s, final %v", said(news), news.Final)
	}
}

func TestIdempotency(t *testing.T) {
	b := open(t, Options{})
	first := submit(t, b, "aurora", "k", whole())
	if again := submit(t, b, "aurora", "k", whole()); again != first {
		t.Errorf("%s and %s", first, again)
	}
	other := whole()
	other.AmountCents++
	body, _ := json.Marshal(other)
	if status := send(t, b, http.MethodPost, "aurora", "/applications", "k", string(body), nil); status != http.StatusUnprocessableEntity {
		t.Errorf("another body under the same key: status %d", status)
	}
	if status := send(t, b, http.MethodPost, "aurora", "/applications", "", string(body), nil); status != http.StatusBadRequest {
		t.Errorf("no key: status %d", status)
	}
	var known struct{ Method, Reference string }
	if status := send(t, b, http.MethodGet, "aurora", "/operations/k", "", "", &known); status != http.StatusOK || known.Method != "SubmitApplication" || known.Reference != first {
		t.Errorf("status %d, %+v", status, known)
	}
	// Banks share nothing.
	if status := send(t, b, http.MethodGet, "borea", "/operations/k", "", "", nil); status != http.StatusNotFound {
		t.Errorf("another bank knows the key: status %d", status)
	}
	if status := send(t, b, http.MethodGet, "borea", "/applications/"+first, "", "", nil); status != http.StatusNotFound {
		t.Errorf("another bank knows the application: status %d", status)
	}
}

// Many at once under one key make one application.
// What is sent again is counted; a bank that forgets keys does it again.
func TestResent(t *testing.T) {
	b := open(t, Options{})
	type list struct {
		Count, Resent int
		Applications  []struct {
			Key    string
			Resent int
		}
	}
	look := func() (out list) {
		send(t, b, http.MethodGet, "aurora", "/applications", "", "", &out)
		return out
	}
	first := submit(t, b, "aurora", "k1", whole())
	submit(t, b, "aurora", "k2", whole())
	if l := look(); l.Count != 2 || l.Resent != 0 {
		t.Errorf("nothing was sent again: %+v", l)
	}
	if again := submit(t, b, "aurora", "k1", whole()); again != first {
		t.Errorf("the same key gave %s and %s", first, again)
	}
	if l := look(); l.Count != 2 || l.Resent != 1 || l.Applications[0].Resent != 1 || l.Applications[1].Resent != 0 {
		t.Errorf("k1 was sent again: %+v", l)
	}
	send(t, b, http.MethodPut, "aurora", "/_dials", "", `{"forget_keys":true}`, nil)
	if again := submit(t, b, "aurora", "k1", whole()); again == first {
		t.Error("a bank that forgets keys remembers one")
	}
	if l := look(); l.Count != 3 || l.Resent != 2 {
		t.Errorf("k1 was done again: %+v", l)
	}
}

func TestIdempotencyAtOnce(t *testing.T) {
	b := open(t, Options{})
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() { submit(t, b, "aurora", "k", whole()) })
	}
	all.Wait()
	var list struct{ Count int }
	if send(t, b, http.MethodGet, "aurora", "/applications", "", "", &list); list.Count != 1 {
		t.Errorf("%d applications", list.Count)
	}
}

func TestTokens(t *testing.T) {
	b := open(t, Options{})
	for token, want := range map[string]int{"": 401, "Bearer ": 401, "Bearer demo-borea": 401, "Bearer demo-aurora": 204} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/aurora/account", nil)
		r.Header.Set("Authorization", token)
		w := httptest.NewRecorder()
		if b.ServeHTTP(w, r); w.Code != want {
			t.Errorf("%q: status %d", token, w.Code)
		}
	}
}

// A bank that is started again has its files; its file is only its own.
func TestSnapshot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "banks.json")
	c := &clock{at: morning}
	b := open(t, Options{File: path, Now: c.now})
	first := submit(t, b, "aurora", "k1", whole())
	other := submit(t, b, "borea", "k2", whole())
	before := look(t, b, "aurora", first)

	b = open(t, Options{File: path, Now: c.now})
	if again := submit(t, b, "aurora", "k1", whole()); again != first {
		t.Errorf("%s and %s", first, again)
	}
	if said(look(t, b, "aurora", first)) != said(before) || len(look(t, b, "borea", other).Events) != 2 {
		t.Error("the news have changed")
	}
	if next := submit(t, b, "aurora", "k3", whole()); next == first || !strings.HasPrefix(next, "AUR-000002-") {
		t.Errorf("the next reference is %s", next)
	}
	if s, err := os.Stat(path); err != nil || s.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", s.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".mockbank-*")); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Options{File: path}); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("%v", err)
	}
}

// Faults after the commit have committed, those before have not.
func TestDials(t *testing.T) {
	for _, c := range []struct {
		dials     string
		status    int
		committed int
	}{
		{`{"fail_before":1}`, 500, 0},
		{`{"limit":1}`, 429, 0},
		{`{"fail_after":1}`, 500, 1},
		{`{"garbage":1}`, 200, 1},
		{`{"wrong_schema":1}`, 201, 1},
		{`{"fail_before":1,"only":"GET"}`, 201, 1},
		{`{"latency_ms":1}`, 201, 1},
	} {
		t.Run(c.dials, func(t *testing.T) {
			b := open(t, Options{})
			b.Broken(strings.Count(c.dials, "garbage") + strings.Count(c.dials, "wrong"))
			if status := send(t, b, http.MethodPut, "aurora", "/_dials", "", c.dials, nil); status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
			body, _ := json.Marshal(whole())
			if status := send(t, b, http.MethodPost, "aurora", "/applications", "k", string(body), nil); status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if status := send(t, b, http.MethodPut, "aurora", "/_dials", "", `{}`, nil); status != http.StatusOK {
				t.Fatalf("status %d", status)
			}
			var list struct{ Count int }
			if send(t, b, http.MethodGet, "aurora", "/applications", "", "", &list); list.Count != c.committed {
				t.Errorf("%d applications, want %d", list.Count, c.committed)
			}
		})
	}
	b := open(t, Options{})
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/_dials", strings.NewReader(`{"no_such_dial":1}`))
	w := httptest.NewRecorder()
	if b.ServeHTTP(w, r); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown dial: status %d", w.Code)
	}
}

// A truncated answer breaks off.
func TestTruncate(t *testing.T) {
	b := open(t, Options{Dials: Dials{Truncate: 1}})
	b.Broken(1)
	server := httptest.NewServer(b)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/aurora/applications", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer demo-aurora")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.ReadAll(answer.Body); err == nil {
		t.Error("the answer is whole")
	}
}

// A hanging bank has committed, and says nothing until its client goes away.
func TestHang(t *testing.T) {
	b := open(t, Options{Dials: Dials{Hang: 1}})
	body, _ := json.Marshal(whole())
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/aurora/applications", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer demo-aurora")
	r.Header.Set("Idempotency-Key", "k")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if b.ServeHTTP(w, r); w.Body.Len() != 0 {
		t.Errorf("it says %s", w.Body)
	}
	var list struct{ Count int }
	if send(t, b, http.MethodGet, "aurora", "/applications", "", "", &list); list.Count != 1 {
		t.Errorf("%d applications", list.Count)
	}
}

func TestPublishedRules(t *testing.T) {
	b := open(t, Options{})
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	dials, _ := json.Marshal(Dials{})
	var names map[string]any
	_ = json.Unmarshal(dials, &names)
	for _, words := range dialWords { // the page explains each dial there is, and no other
		if _, is := names[words[0]]; !is || !strings.Contains(w.Body.String(), "<code>"+words[0]+"</code>") {
			t.Errorf("there is no dial %s", words[0])
		}
		delete(names, words[0])
	}
	if len(names) > 0 {
		t.Errorf("the page is silent on %v", names)
	}
	for _, rules := range Banks() {
		if !bytes.Contains(w.Body.Bytes(), []byte(rules.Name)) {
			t.Errorf("the page does not name %s", rules.Name)
		}
		var got Rules
		if status := send(t, b, http.MethodGet, rules.Bank, "/rules", "", "", &got); status != http.StatusOK || got.MaxLTVBPS != rules.MaxLTVBPS {
			t.Errorf("status %d, %+v", status, got)
		}
	}
}
