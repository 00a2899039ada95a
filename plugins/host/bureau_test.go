package host

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/mockbank"
	"github.com/pratica-crm/pratica/plugins/mockbank/contract"
)

// The bureau's connector in its own process against the mock bureau over HTTP.

// counter is a bureau's desk, with an eye on its bill.
type counter struct {
	*Host
	server *httptest.Server
	bank   *mockbank.Bank
	watch  *contract.Watch
}

// newCounter holds every answer of the bureau to its contract; with strict every request of the connector, too.
func newCounter(t *testing.T, strict bool) counter {
	t.Helper()
	bank, err := mockbank.New(mockbank.Options{})
	must(t, err)
	watch := contract.New(t, bank, strict, contract.OfMockBank(t, mockbank.Contract, bank.Version, contract.BerlinGroup))
	server := httptest.NewServer(watch)
	t.Cleanup(server.Close)
	return counter{start(t, Options{Dir: folder(t, "bureau"), Egress: egress.Options{Private: []string{server.Listener.Addr().String()}}}, quick()), server, bank, watch}
}

func (c counter) call() connectors.Call {
	call := newCall(`{"url":"` + c.server.URL + `/bureau","token":"demo-bureau"}`)
	call.Purpose = "creditworthiness"
	return call
}

func (c counter) dial(t *testing.T, dials string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, c.server.URL+"/bureau/_dials", strings.NewReader(dials))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("the dials answer %d", answer.StatusCode)
	}
}

// charged is what the bureau has billed.
func (c counter) charged(t *testing.T) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.server.URL+"/bureau/account", nil)
	must(t, err)
	r.Header.Set("Authorization", "Bearer demo-bureau")
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	var bill struct {
		ChargedCents int `json:"charged_cents"`
	}
	must(t, json.Unmarshal(body, &bill))
	return bill.ChargedCents
}

const reportOrder = `{"subject":{"first_name":"Ada","last_name":"Neri","tax_code":"RSSMRA79B11C566E","birth_date":"1979-02-11"},"cost_max_cents":240,
	"consent":{"reference":"CONS-1","given_at":"2026-01-02T03:04:05Z","text_sha256":"` + zeros + `"}}`

type reportRead struct {
	Reference  string
	CostCents  int `json:"cost_cents"`
	Score      int
	ScoreMax   int `json:"score_max"`
	Facilities []struct{ Kind, Status string }
}

func (c counter) wantPending(t *testing.T, a connectors.Answer) reportRead {
	t.Helper()
	if a.Verdict != connectors.Pending {
		t.Fatalf("verdict %q %+v, want pending", a.Verdict, a.Failure)
	}
	var r reportRead
	must(t, json.Unmarshal(a.Payload, &r))
	return r
}

// TestReport: one is bought at its price, is there after a look, and is bought once, however often the same order comes.
func TestReport(t *testing.T) {
	c := newCounter(t, true)
	call := c.call()
	wantDone(t, c.Call(t.Context(), "bureau", connectors.Check, call, nil))
	bought := c.wantPending(t, c.Call(t.Context(), "bureau", connectors.RequestReport, call, json.RawMessage(reportOrder)))
	if bought.Reference == "" || bought.CostCents != mockbank.ReportCents {
		t.Fatalf("%+v", bought)
	}
	c.wantPending(t, c.Call(t.Context(), "bureau", connectors.RequestReport, call, json.RawMessage(reportOrder)))
	question := json.RawMessage(`{"reference":"` + bought.Reference + `"}`)
	c.wantPending(t, c.Call(t.Context(), "bureau", connectors.GetReport, call, question))
	a := c.Call(t.Context(), "bureau", connectors.GetReport, call, question)
	wantDone(t, a)
	var r reportRead
	must(t, json.Unmarshal(a.Payload, &r))
	if r.Reference != bought.Reference || r.Score < 300 || r.Score > r.ScoreMax || len(r.Facilities) == 0 || r.Facilities[len(r.Facilities)-1].Status != "default" {
		t.Errorf("%+v", r)
	}
	if got := c.charged(t); got != mockbank.ReportCents {
		t.Errorf("%d cents were charged for one report", got)
	}
}

// TestReportIsNotBought: what is dearer than the order allows, a rehearsal, and what the bureau cannot be asked for cost nothing.
func TestReportIsNotBought(t *testing.T) {
	c := newCounter(t, false) // that the bureau refuses what breaks its contract is what is asked here
	wantFailure(t, c.Call(t.Context(), "bureau", connectors.RequestReport, c.call(), json.RawMessage(strings.Replace(reportOrder, `"cost_max_cents":240`, `"cost_max_cents":239`, 1))), "rejected", "cost", none)
	without := c.call()
	without.Purpose = ""
	wantFailure(t, c.Call(t.Context(), "bureau", connectors.RequestReport, without, json.RawMessage(reportOrder)), "invalid_request", "purpose", none)
	odd := c.call()
	odd.Purpose = "curiosity"
	wantFailure(t, c.Call(t.Context(), "bureau", connectors.RequestReport, odd, json.RawMessage(reportOrder)), "rejected", "bureau.purpose", none)
	wantFailure(t, c.Call(t.Context(), "bureau", connectors.RequestReport, c.call(), json.RawMessage(strings.Replace(reportOrder, "2026-01-02T03:04:05Z", "2999-01-02T03:04:05Z", 1))), "rejected", "bureau.consent", none)
	rehearsal := c.call()
	rehearsal.DryRun = true
	wantDone(t, c.Call(t.Context(), "bureau", connectors.RequestReport, rehearsal, json.RawMessage(reportOrder)))
	if got := c.charged(t); got != 0 {
		t.Errorf("%d cents were charged", got)
	}
}

// TestReportIsNeverBoughtTwice: a bureau that sells and then fails is asked by the key, and whatever fails before the sale may go out again.
func TestReportIsNeverBoughtTwice(t *testing.T) {
	c := newCounter(t, true)
	c.watch.Broken(3) // the last three dials
	for dials, want := range map[string][2]string{
		`{"only":"POST","fail_after":1}`: {"unavailable", "bank.broken"}, `{"only":"POST","truncate":1}`: {"unavailable", "bank.unreachable"},
		`{"only":"POST","garbage":1}`: {"contract_drift", "bank.answer"}, `{"only":"POST","wrong_schema":1}`: {"contract_drift", "bureau.contract.report"},
	} {
		before, call := c.charged(t), c.call()
		c.dial(t, dials)
		wantFailure(t, c.Call(t.Context(), "bureau", connectors.RequestReport, call, json.RawMessage(reportOrder)), want[0], want[1], unknown)
		call.Of = connectors.RequestReport
		found := c.wantPending(t, c.Call(t.Context(), "bureau", connectors.Reconcile, call, json.RawMessage(reportOrder)))
		if found.Reference == "" || found.CostCents != mockbank.ReportCents || c.charged(t)-before != mockbank.ReportCents {
			t.Errorf("%s: found %+v, charged %d", dials, found, c.charged(t)-before)
		}
		wantDone(t, c.Call(t.Context(), "bureau", connectors.Reconcile, call, json.RawMessage(reportOrder)))
	}
	before, call := c.charged(t), c.call()
	c.dial(t, `{"only":"POST","fail_before":1}`)
	wantFailure(t, c.Call(t.Context(), "bureau", connectors.RequestReport, call, json.RawMessage(reportOrder)), "unavailable", "bank.broken", unknown)
	call.Of = connectors.RequestReport
	wantFailure(t, c.Call(t.Context(), "bureau", connectors.Reconcile, call, json.RawMessage(reportOrder)), "rejected", "not_found", none)
	c.dial(t, `{"limit":1}`)
	wantFailure(t, c.Call(t.Context(), "bureau", connectors.RequestReport, c.call(), json.RawMessage(reportOrder)), "rate_limited", "bank.limit", none)
	if got := c.charged(t) - before; got != 0 {
		t.Errorf("%d cents were charged for nothing", got)
	}
}

// TestReportIsAnnounced: the bureau's signed news name the report; what it has not signed names nothing.
func TestReportIsAnnounced(t *testing.T) {
	c := newCounter(t, true)
	secret, err := json.Marshal(mockbank.CallbackSecret("bureau"))
	must(t, err)
	call := newCall(`{"url":"` + c.server.URL + `/bureau","token":"demo-bureau","callback_secret":` + string(secret) + `}`)
	call.Purpose = "creditworthiness"
	news := make(chan *http.Request, 1)
	var body []byte
	hears := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		news <- r
	}))
	defer hears.Close()
	call.CallbackURL = hears.URL
	bought := c.wantPending(t, c.Call(t.Context(), "bureau", connectors.RequestReport, call, json.RawMessage(reportOrder)))
	must(t, c.bank.Deliver(t.Context()))
	r := <-news
	if r.URL.Path != "/ready" {
		t.Errorf("the news went to %s", r.URL.Path)
	}
	headers := []map[string]string{}
	for name := range r.Header {
		headers = append(headers, map[string]string{"name": name, "value": r.Header.Get(name)})
	}
	told := func(body string) json.RawMessage {
		out, err := json.Marshal(map[string]any{"path": "ready", "method": "POST", "headers": headers, "body": []byte(body)})
		must(t, err)
		return out
	}
	a := c.Call(t.Context(), "bureau", connectors.Callback, call, told(string(body)))
	wantDone(t, a)
	if !strings.Contains(string(a.Payload), bought.Reference) {
		t.Errorf("news of %s: %s", bought.Reference, a.Payload)
	}
	wantFailure(t, c.Call(t.Context(), "bureau", connectors.Callback, call, told(string(body)+" ")), "rejected", "callback.signature", none)
}
