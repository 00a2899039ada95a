package host

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/mockbank"
	"github.com/pratica-crm/pratica/plugins/mockbank/contract"
)

// The first-party connector in its own process against the mock bank over HTTP.

const application = `{"file":"2026-0001","purpose":"purchase_first_home","product_kind":"mortgage","rate_kind":"fixed","amount_cents":16000000,"term_months":240,
	"nominal_rate_bps":310,"instalment_cents":89000,"value_cents":20000000,"ltv_bps":6500,"dti_bps":2800,"something_new":true,
	"parties":[{"role":"applicant","first_name":"Ada","last_name":"Neri","tax_code":"NREDAA80A41H501X","employment":"permanent","net_monthly_cents":300000,"debts_cents":0}],
	"properties":[{"purpose":"mortgaged","address":"Via Roma 1","value_cents":20000000}],
	"documents":[{"kind":"payslip","sha256":"` + zeros + `"}]}`

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

type desk struct {
	*Host
	server *httptest.Server
}

// newDesk is a host whose connectors may reach the bank, and also other places of this machine.
func newDesk(t *testing.T, bank http.Handler, also ...string) desk {
	t.Helper()
	server := httptest.NewServer(bank)
	t.Cleanup(server.Close)
	return desk{start(t, Options{Dir: folder(t, "bankportal"), Egress: egress.Options{Private: append(also, server.Listener.Addr().String())}}, quick()), server}
}

// newBank is a mock bank behind its contract: neither a request of the connector nor an answer may break it, but those that a dial spoils.
func newBank(t *testing.T, o mockbank.Options) http.Handler {
	t.Helper()
	bank, err := mockbank.New(o)
	must(t, err)
	watch := contract.New(t, bank, true, contract.OfMockBank(t, mockbank.Contract, bank.Version))
	watch.Broken(o.Dials.Truncate + o.Dials.Garbage)
	return watch
}

func (d desk) call(bank string) connectors.Call {
	return newCall(`{"url":"` + d.server.URL + `/` + bank + `","token":"demo-` + bank + `"}`)
}

func (d desk) applications(t *testing.T, bank string) (count int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, d.server.URL+"/"+bank+"/applications", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer demo-"+bank)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	var out struct{ Count int }
	must(t, json.NewDecoder(answer.Body).Decode(&out))
	return out.Count
}

func (d desk) submit(t *testing.T, c connectors.Call) (reference string) {
	t.Helper()
	a := d.Call(t.Context(), "bankportal", connectors.Submit, c, json.RawMessage(application))
	wantDone(t, a)
	var receipt struct{ Reference string }
	must(t, json.Unmarshal(a.Payload, &receipt))
	return receipt.Reference
}

func (d desk) news(t *testing.T, c connectors.Call, reference string) (connectors.Answer, mockbank.News) {
	t.Helper()
	a := d.Call(t.Context(), "bankportal", connectors.Status, c, json.RawMessage(`{"reference":"`+reference+`"}`))
	var news mockbank.News
	must(t, json.Unmarshal(a.Payload, &news))
	return a, news
}

func types(n mockbank.News) string {
	var out []string
	for _, e := range n.Events {
		out = append(out, e.Type)
	}
	return strings.Join(out, " ")
}

func TestAuroraOffers(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{}))
	c := d.call("aurora")
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Check, c, nil))
	reference := d.submit(t, c)
	if again := d.submit(t, c); again != reference {
		t.Errorf("the same key made %s of %s", again, reference)
	}
	a, news := d.news(t, c, reference)
	wantDone(t, a)
	if got := types(news); got != "acknowledged income_approved property_checks approved offer" || !news.Final {
		t.Errorf("news %s, final %v", got, news.Final)
	}
	offer := news.Events[4]
	if offer.RateBPS != 335 || offer.Expires == nil {
		t.Errorf("the offer is %+v", offer)
	}
}

func TestBoreaAsksAndIsAnswered(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{}))
	c := d.call("borea")
	reference := d.submit(t, c)
	a, news := d.news(t, c, reference)
	if a.Verdict != connectors.Pending || a.PollAfter != time.Second || types(news) != "acknowledged info_requested" {
		t.Fatalf("%s after %s: %s", a.Verdict, a.PollAfter, types(news))
	}
	document := make([]byte, 300_001) // several chunks, the last one not full
	_, _ = rand.Read(document)
	answer := d.call("borea")
	answer.Content = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(document)), nil }
	payload := json.RawMessage(`{"reference":"` + reference + `","item_id":"` + news.Events[1].Items[0].ID + `","kind":"bank_statement","document_id":"doc_x"}`)
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Answering, answer, payload))

	ask := answer
	ask.Of, ask.Content = connectors.Answering, nil
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Reconcile, ask, payload))

	_, news = d.news(t, c, reference)
	if got := types(news); got != "acknowledged info_requested income_approved property_checks approved offer" || !news.Final {
		t.Errorf("news %s", got)
	}
	a = d.Call(t.Context(), "bankportal", connectors.Messages, c, json.RawMessage(`{"reference":"`+reference+`"}`))
	wantDone(t, a)
	if !strings.Contains(string(a.Payload), `"from":"lender"`) {
		t.Errorf("the messages are %s", a.Payload)
	}
}

// A document that breaks off is not taken by the bank.
func TestBrokenDocument(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{}))
	c := d.call("borea")
	reference := d.submit(t, c)
	_, news := d.news(t, c, reference)
	answer := d.call("borea")
	answer.Content = func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(bytes.NewReader(make([]byte, 100_000)), failing{})), nil
	}
	payload := json.RawMessage(`{"reference":"` + reference + `","item_id":"` + news.Events[1].Items[0].ID + `","kind":"bank_statement"}`)
	wantFailure(t, d.Call(t.Context(), "bankportal", connectors.Answering, answer, payload), "unavailable", "document.content", "unknown")
	answer.Content, answer.Of = nil, connectors.Answering
	wantFailure(t, d.Call(t.Context(), "bankportal", connectors.Reconcile, answer, payload), "rejected", "not_found", "none")

	answer.Content = func(context.Context) (io.ReadCloser, error) { return nil, errors.New("storage is down") }
	wantFailure(t, d.Call(t.Context(), "bankportal", connectors.Answering, answer, payload), "unavailable", "document.content", "none")
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("storage broke") }

func TestWithdrawalIsFinal(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{}))
	c := d.call("borea")
	payload := json.RawMessage(`{"reference":"` + d.submit(t, c) + `","reason_code":"client"}`)
	w := d.call("borea")
	w.Of = connectors.Withdraw
	wantFailure(t, d.Call(t.Context(), "bankportal", connectors.Reconcile, w, payload), "rejected", "not_found", "none")
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Withdraw, w, payload))
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Reconcile, w, payload))
	a := d.Call(t.Context(), "bankportal", connectors.Status, c, payload)
	wantDone(t, a)
}

// What the bank may do to a submission, and what is to be known of it.
func TestFaultsOfABank(t *testing.T) {
	for _, c := range []struct {
		name                        string
		dials                       mockbank.Dials
		kind, code, effect, reached string
	}{
		{"500, nothing done", mockbank.Dials{FailBefore: 1}, "unavailable", "bank.broken", "unknown", "not_found"},
		{"500 after it was done", mockbank.Dials{FailAfter: 1}, "unavailable", "bank.broken", "unknown", "done"},
		{"429", mockbank.Dials{Limit: 1}, "rate_limited", "bank.limit", "none", "not_found"},
		{"answer cut short", mockbank.Dials{Truncate: 1}, "unavailable", "bank.unreachable", "unknown", "done"},
		{"a web page", mockbank.Dials{Garbage: 1}, "contract_drift", "bank.answer", "unknown", "done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, newBank(t, mockbank.Options{Dials: c.dials}))
			call := d.call("aurora")
			a := d.Call(t.Context(), "bankportal", connectors.Submit, call, json.RawMessage(application))
			wantFailure(t, a, c.kind, c.code, c.effect)
			if c.kind == "rate_limited" && a.Failure.RetryAfter != time.Second {
				t.Errorf("retry after %s", a.Failure.RetryAfter)
			}
			call.Of = connectors.Submit
			a = d.Call(t.Context(), "bankportal", connectors.Reconcile, call, json.RawMessage(application))
			if c.reached == "done" {
				wantDone(t, a)
			} else {
				wantFailure(t, a, "rejected", "not_found", "none")
			}
			d.submit(t, call)
			if n := d.applications(t, "aurora"); n != 1 {
				t.Errorf("the bank has %d applications", n)
			}
		})
	}
}

// Only the bank's own «never heard of it» may lead to a second submission.
func TestReconcileStaysOpen(t *testing.T) {
	var status atomic.Int32
	d := newDesk(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(int(status.Load())) }))
	call := d.call("aurora")
	call.Of = connectors.Submit
	for code, want := range map[int]string{404: "contract_drift", 401: "unauthenticated", 429: "rate_limited", 500: "unavailable", 302: "contract_drift", 200: "contract_drift"} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			status.Store(int32(code))
			a := d.Call(t.Context(), "bankportal", connectors.Reconcile, call, json.RawMessage(application))
			if a.Verdict != connectors.Failed || a.Failure.Kind != want || a.Failure.SideEffect != "unknown" {
				t.Errorf("%s %+v", a.Verdict, a.Failure)
			}
		})
	}
}

func TestUnreachableBank(t *testing.T) {
	d := newDesk(t, http.NotFoundHandler())
	call := d.call("aurora")
	d.server.Close()
	wantFailure(t, d.Call(t.Context(), "bankportal", connectors.Submit, call, json.RawMessage(application)), "unavailable", "bank.unreachable", "none")
	call.Config = json.RawMessage(`{"url":"ftp://bank.example","token":"x"}`)
	wantFailure(t, d.Call(t.Context(), "bankportal", connectors.Submit, call, json.RawMessage(application)), "invalid_config", "url", "none")
}

func TestWrongToken(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{}))
	call := newCall(`{"url":"` + d.server.URL + `/aurora","token":"demo-borea"}`)
	wantFailure(t, d.Call(t.Context(), "bankportal", connectors.Check, call, nil), "unauthenticated", "bank.token", "none")
}

// lateBank carries a request out, tells that it has, and never answers it.
type lateBank struct {
	bank      http.Handler
	committed chan struct{}
	late      atomic.Bool
}

func (l *lateBank) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !l.late.Load() {
		l.bank.ServeHTTP(w, r)
		return
	}
	l.bank.ServeHTTP(httptest.NewRecorder(), r)
	l.committed <- struct{}{}
	<-r.Context().Done()
}

// The connector is killed between the bank's commit and its answer.
func TestConnectorKilledInASubmission(t *testing.T) {
	bank := &lateBank{bank: newBank(t, mockbank.Options{}), committed: make(chan struct{})}
	d := newDesk(t, bank)
	call := d.call("aurora")
	first := await(t, d.Host, "bankportal", Healthy)
	pid, err := strconv.Atoi(first.run.ID())
	must(t, err)

	bank.late.Store(true)
	answered := make(chan connectors.Answer)
	go func() {
		answered <- d.Call(t.Context(), "bankportal", connectors.Submit, call, json.RawMessage(application))
	}()
	<-bank.committed
	must(t, syscall.Kill(pid, syscall.SIGKILL))
	wantFailure(t, <-answered, "unavailable", "connector.died", "unknown")

	bank.late.Store(false)
	<-first.exited()
	for second := first; second == first || second == nil; {
		second = await(t, d.Host, "bankportal", Healthy)
	}
	if _, err := os.Stat(first.run.dir); err == nil {
		t.Error("the dead process's directory is still there")
	}
	call.Of, call.Attempt = connectors.Submit, 2
	a := d.Call(t.Context(), "bankportal", connectors.Reconcile, call, json.RawMessage(application))
	wantDone(t, a)
	if !strings.Contains(string(a.Payload), "AUR-000001-") {
		t.Errorf("the receipt is %s", a.Payload)
	}
	if n := d.applications(t, "aurora"); n != 1 {
		t.Errorf("the bank has %d applications", n)
	}
}

// The deadline passes while the bank has the request.
func TestDeadlineInASubmission(t *testing.T) {
	bank := &lateBank{bank: newBank(t, mockbank.Options{}), committed: make(chan struct{})}
	d := newDesk(t, bank)
	await(t, d.Host, "bankportal", Healthy)
	bank.late.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-bank.committed; cancel() }()
	wantFailure(t, d.Call(ctx, "bankportal", connectors.Submit, d.call("aurora"), json.RawMessage(application)), "timeout", "connector.deadline", "unknown")
}

// A bank that takes a request and closes the connection without a word is asked what became of it. HTTP itself must not send again:
// Go's does, on a connection that was used before, for a request with an Idempotency-Key.
func TestNothingIsSentAgainByItself(t *testing.T) {
	var posts atomic.Int64
	d := newDesk(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		posts.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}))
	c := newCall(`{"url":"` + d.server.URL + `","token":"t"}`)
	for _, method := range []string{connectors.Submit, connectors.Withdraw} {
		wantDone(t, d.Call(t.Context(), "bankportal", connectors.Check, c, nil)) // leaves a connection open
		posts.Store(0)
		wantFailure(t, d.Call(t.Context(), "bankportal", method, c, json.RawMessage(`{"file":"2026-0001","reference":"R-1"}`)), "unavailable", "bank.unreachable", "unknown")
		if n := posts.Load(); n != 1 {
			t.Errorf("%s: the bank had the request %d times", method, n)
		}
	}
}

// What the bank would say, what it lends, and what was written, without anything handed in.
func TestBankIsAsked(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{}))
	c := d.call("aurora")
	a := d.Call(t.Context(), "bankportal", connectors.Products, c, nil)
	wantDone(t, a)
	var list struct {
		Products []struct {
			ID    string `json:"id"`
			Most  int64  `json:"amount_max_cents,string"`
			Terms []int  `json:"terms_months"`
		}
	}
	must(t, json.Unmarshal(a.Payload, &list))
	if len(list.Products) != 2 || list.Products[0].ID != "aurora-fixed" || list.Products[0].Most == 0 || len(list.Products[0].Terms) == 0 {
		t.Errorf("%+v", list)
	}
	check := func(body string) (out struct {
		Feasible bool
		Reasons  []string `json:"reason_codes"`
		Most     int64    `json:"amount_max_cents,string"`
	}) {
		a := d.Call(t.Context(), "bankportal", connectors.PreCheck, c, json.RawMessage(body))
		wantDone(t, a)
		must(t, json.Unmarshal(a.Payload, &out))
		return out
	}
	if v := check(application); !v.Feasible || v.Most != 16000000 {
		t.Errorf("%+v", v)
	}
	if v := check(strings.Replace(application, `"ltv_bps":6500`, `"ltv_bps":9500`, 1)); v.Feasible || len(v.Reasons) != 1 || v.Reasons[0] != "ltv" || v.Most == 0 || v.Most >= 16000000 {
		t.Errorf("%+v", v)
	}
	if n := d.applications(t, "aurora"); n != 0 {
		t.Errorf("asking made %d applications", n)
	}
}

// A bank that takes its time is asked by the command it gave; one that has forgotten it, by the key.
func TestBankTakesItsTime(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{Dials: mockbank.Dials{CommandPolls: 1}}))
	c := d.call("aurora")
	a := d.Call(t.Context(), "bankportal", connectors.Submit, c, json.RawMessage(application))
	if a.Verdict != connectors.Pending || a.ExternalRef == "" {
		t.Fatalf("%s %q", a.Verdict, a.ExternalRef)
	}
	ask := c
	ask.Of = connectors.Submit
	for ref, want := range map[string]connectors.Verdict{a.ExternalRef: connectors.Pending, "cmd-forgotten": connectors.Done} {
		ask.ExternalRef = ref
		if got := d.Call(t.Context(), "bankportal", connectors.Reconcile, ask, json.RawMessage(application)); got.Verdict != want {
			t.Errorf("asked about %s: %s %+v, want %s", ref, got.Verdict, got.Failure, want)
		}
	}
	ask.ExternalRef = a.ExternalRef
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Reconcile, ask, json.RawMessage(application)))
	if n := d.applications(t, "aurora"); n != 1 {
		t.Errorf("the bank has %d applications", n)
	}
}

// In place of a refusal the bank offers less, and goes on when that is taken; what nobody asked for is handed in.
func TestCounterOffer(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{}))
	c := d.call("aurora")
	body := strings.NewReplacer(`"ltv_bps":6500`, `"ltv_bps":9500,"accepts_counter_offer":true`).Replace(application)
	a := d.Call(t.Context(), "bankportal", connectors.Submit, c, json.RawMessage(body))
	wantDone(t, a)
	var receipt struct{ Reference string }
	must(t, json.Unmarshal(a.Payload, &receipt))
	status := func() (out struct {
		Events []struct {
			Type   string
			Amount int64 `json:"amount_cents,string"`
			Items  []struct{ ID, Kind string }
		}
	}) {
		a := d.Call(t.Context(), "bankportal", connectors.Status, c, json.RawMessage(`{"reference":"`+receipt.Reference+`"}`))
		must(t, json.Unmarshal(a.Payload, &out))
		return out
	}
	news := status()
	last := news.Events[len(news.Events)-1]
	if last.Type != "counter_offer" || last.Amount == 0 || last.Amount >= 16000000 || len(last.Items) != 1 || last.Items[0].Kind != "counter_offer" {
		t.Fatalf("%+v", news)
	}
	content := []byte("a statement")
	more := newCall(string(c.Config))
	more.IdempotencyKey += "-document"
	more.Content = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	document := json.RawMessage(`{"reference":"` + receipt.Reference + `","kind":"bank_statement","sha256":"` + zeros + `"}`)
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Document, more, document))
	more.Of, more.Content = connectors.Document, nil
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Reconcile, more, document))

	answer := newCall(string(c.Config))
	answer.IdempotencyKey += "-choice"
	answer.Content = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(nil)), nil }
	choice := json.RawMessage(`{"reference":"` + receipt.Reference + `","item_id":"` + last.Items[0].ID + `","kind":"counter_offer","choice":"accept"}`)
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Answering, answer, choice))
	answer.Of = connectors.Answering
	wantDone(t, d.Call(t.Context(), "bankportal", connectors.Reconcile, answer, choice))
	if news = status(); news.Events[len(news.Events)-1].Type != "offer" {
		t.Errorf("after it was taken: %+v", news)
	}
}

// A callback names what there is news of, if it is the bank's and new.
func TestBankCallsBack(t *testing.T) {
	d := newDesk(t, newBank(t, mockbank.Options{}))
	c := newCall(`{"url":"` + d.server.URL + `/aurora","token":"demo-aurora","callback_secret":"` + mockbank.CallbackSecret("aurora") + `"}`)
	body := []byte(`{"reference":"AU-1","event":"e","type":"offer"}`)
	for name, x := range map[string]struct {
		bank string
		at   time.Time
		want connectors.Verdict
	}{"the bank's": {"aurora", time.Now(), connectors.Done}, "another's": {"borea", time.Now(), connectors.Failed}, "an old one": {"aurora", time.Now().Add(-time.Hour), connectors.Failed}} {
		payload, err := json.Marshal(map[string]any{"path": "news", "method": "POST", "body": body, "headers": []map[string]string{{"name": "Webhook-Id", "value": "msg_1"},
			{"name": "Webhook-Timestamp", "value": strconv.FormatInt(x.at.Unix(), 10)}, {"name": "Webhook-Signature", "value": mockbank.Sign(x.bank, "msg_1", x.at, body)}}})
		must(t, err)
		a := d.Call(t.Context(), "bankportal", connectors.Callback, c, payload)
		if a.Verdict != x.want || x.want == connectors.Done && string(a.Payload) != `{"references":["AU-1"]}` {
			t.Errorf("%s: %s %s %+v", name, a.Verdict, a.Payload, a.Failure)
		}
	}
}
