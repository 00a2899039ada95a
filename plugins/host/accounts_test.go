package host

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/mockbank"
	"github.com/pratica-crm/pratica/plugins/mockbank/contract"
)

// The connector berlingroup in its own process against the mock bank over HTTP. Every request and answer is held to the Berlin Group's
// contract, in the version the bank speaks; a request of the connector that breaks it fails the test, whatever the bank says of it.

type lobby struct {
	*Host
	banks  *mockbank.Bank
	t      *testing.T
	bank   string
	server *httptest.Server
	watch  *contract.Watch
	more   string // further settings
}

func newLobby(t *testing.T, bank, more string, dials mockbank.Dials) *lobby {
	t.Helper()
	return openLobby(t, bank, more, mockbank.Options{Dials: dials})
}

// openLobby listens with TLS where the bank has an authority.
func openLobby(t *testing.T, bank, more string, o mockbank.Options) *lobby {
	t.Helper()
	b, err := mockbank.New(o)
	must(t, err)
	watch := contract.New(t, b, true, contract.OfMockBank(t, mockbank.Contract, b.Version, contract.BerlinGroup))
	server, way := httptest.NewUnstartedServer(watch), egress.Options{}
	if o.Authority != nil {
		server.TLS, way.Roots = o.Authority.TLS(), o.Authority.Pool
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	way.Private = []string{server.Listener.Addr().String()}
	return &lobby{start(t, Options{Dir: folder(t, "berlingroup"), Egress: way}, quick()), b, t, bank, server, watch, more}
}

func (l *lobby) dial(d mockbank.Dials) {
	l.t.Helper()
	body, err := json.Marshal(d)
	must(l.t, err)
	r, err := http.NewRequestWithContext(l.t.Context(), http.MethodPut, l.server.URL+"/_dials", strings.NewReader(string(body)))
	must(l.t, err)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	must(l.t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		l.t.Fatalf("status %d", answer.StatusCode)
	}
}

// call calls the connector; attended: the person waits.
func (l *lobby) call(method string, attended bool, payload any, out any) connectors.Answer {
	l.t.Helper()
	c := newCall(fmt.Sprintf(`{"url":%q,"token":"demo-%s"%s}`, l.server.URL+"/"+l.bank+"/psd2", l.bank, l.more))
	if attended {
		c.UserIP = "192.0.2.7"
	}
	return l.send(method, c, payload, out)
}

func (l *lobby) send(method string, c connectors.Call, payload any, out any) connectors.Answer {
	l.t.Helper()
	body, err := json.Marshal(payload)
	must(l.t, err)
	a := l.Call(l.t.Context(), "berlingroup", method, c, body)
	if out != nil && a.Payload != nil {
		must(l.t, json.Unmarshal(a.Payload, out))
	}
	return a
}

type set struct {
	Consents []struct {
		ExternalRef string `json:"external_ref"`
		Status      string
		ValidUntil  string `json:"valid_until"`
		IBANs       []string
	}
	Context []byte
}

func (s set) started() map[string]any {
	refs := []string{}
	for _, c := range s.Consents {
		refs = append(refs, c.ExternalRef)
	}
	return map[string]any{"external_refs": refs, "context": s.Context}
}

func (s set) says() string {
	var all []string
	for _, c := range s.Consents {
		all = append(all, c.Status)
	}
	return strings.Join(all, " ")
}

func order(more map[string]any) map[string]any {
	out := map[string]any{"valid_until": time.Now().AddDate(0, 0, 90).Format(time.DateOnly), "reads_per_day": 4, "return_url": "https://pratica.example/back?state=s1", "user_id": "ada"}
	for name, value := range more {
		out[name] = value
	}
	return out
}

// page is where the person is sent.
func (l *lobby) page(a connectors.Answer, way string) string {
	l.t.Helper()
	var action struct{ Way, URL string }
	if a.Verdict != connectors.NeedsUser {
		l.t.Fatalf("verdict %q %+v", a.Verdict, a.Failure)
	}
	must(l.t, json.Unmarshal(a.UserAction, &action))
	if action.Way != way || (way == "redirect") != strings.HasPrefix(action.URL, l.server.URL+"/"+l.bank+"/psd2/sca/") {
		l.t.Fatalf("%+v", action)
	}
	return action.URL
}

// agrees is the person on the bank's page.
func (l *lobby) agrees(page, answer string) {
	l.t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	back, err := client.PostForm(page, url.Values{"person": {"ada"}, "answer": {answer}})
	must(l.t, err)
	defer back.Body.Close()
	if at := back.Header.Get("Location"); at != "https://pratica.example/back?state=s1" {
		l.t.Fatalf("status %d, sent to %q", back.StatusCode, at)
	}
}

func (l *lobby) complete(s set, query string) (set, connectors.Answer) {
	l.t.Helper()
	var out set
	a := l.call(connectors.CompleteConsent, true, map[string]any{"started": s.started(), "returned_query": query}, &out)
	return out, a
}

// given is a consent that the person has given by redirect.
func (l *lobby) given() set {
	l.t.Helper()
	var s set
	l.agrees(l.page(l.call(connectors.StartConsent, true, order(nil), &s), "redirect"), "yes")
	s, a := l.complete(s, "state=s1")
	wantDone(l.t, a)
	return s
}

type accountList struct {
	Accounts []struct {
		ID, IBAN, Name, Type string
		ExternalRef          string `json:"external_ref"`
	}
}

type transactionPage struct {
	Transactions []struct {
		ID, Counterparty, Text string
		BookedOn               string `json:"booked_on"`
		AmountCents            string `json:"amount_cents"`
		MerchantCategory       string `json:"merchant_category"`
		BankCode               string `json:"bank_code"`
	}
	NextPage string `json:"next_page"`
}

func (l *lobby) pages(s set, account, from string) (pages int, all transactionPage) {
	l.t.Helper()
	question := map[string]any{"account_id": account, "from": from, "to": time.Now().Format(time.DateOnly)}
	for {
		var page transactionPage
		wantDone(l.t, l.call(connectors.FetchTransactions, true, map[string]any{"started": s.started(), "question": question}, &page))
		pages++
		all.Transactions = append(all.Transactions, page.Transactions...)
		if question["page"] = page.NextPage; page.NextPage == "" {
			return pages, all
		}
	}
}

// By redirect, in every version: consent, accounts, balances, pages of transactions, the end of it.
func TestAccountsByRedirect(t *testing.T) {
	l := newLobby(t, "aurora", "", mockbank.Dials{})
	wantDone(t, l.call(connectors.Check, false, nil, nil))
	ids := ""
	for _, version := range []string{"1.3.6", "1.3.8", "1.3.9", "1.3.11"} {
		l.dial(mockbank.Dials{Version: version, PageSize: 60, Explicit: version == "1.3.8"})
		l.more = `,"version":"` + version + `","owner_name":true`
		s := l.given()
		if s.says() != "valid" || s.Consents[0].ValidUntil != order(nil)["valid_until"] {
			t.Fatalf("%+v", s)
		}
		var accounts accountList
		wantDone(t, l.call(connectors.FetchAccounts, false, s.started(), &accounts))
		if len(accounts.Accounts) != 2 || accounts.Accounts[0].ExternalRef != s.Consents[0].ExternalRef || accounts.Accounts[1].Type != "SVGS" {
			t.Fatalf("%+v", accounts)
		}
		var balances struct {
			Balances []struct {
				Type        string
				AmountCents string `json:"amount_cents"`
			}
		}
		wantDone(t, l.call(connectors.FetchBalances, false, map[string]any{"started": s.started(), "account_id": accounts.Accounts[0].ID}, &balances))
		if len(balances.Balances) != 2 || balances.Balances[0].Type != "closingBooked" {
			t.Errorf("%+v", balances)
		}
		pages, all := l.pages(s, accounts.Accounts[0].ID, time.Now().AddDate(0, 0, -300).Format(time.DateOnly))
		seen, salaries, categories, same := map[string]bool{}, 0, 0, ""
		for _, tx := range all.Transactions {
			seen[tx.ID] = true
			same += tx.ID + tx.Text + "\n"
			if tx.BankCode == "PMNT-RCDT-SALA" && tx.Counterparty == "MECCANICA LOMBARDA SRL" && !strings.HasPrefix(tx.AmountCents, "-") {
				salaries++
			}
			if tx.MerchantCategory == "5411" {
				categories++
			}
		}
		if pages < 3 || len(seen) != len(all.Transactions) || salaries < 9 || categories == 0 {
			t.Errorf("%s: %d pages, %d of %d different, %d salaries, %d in supermarkets", version, pages, len(seen), len(all.Transactions), salaries, categories)
		}
		if ids != "" && ids != same {
			t.Errorf("%s reads other transactions than the version before", version)
		}
		ids = same
		for range 2 { // what has ended is ended
			wantDone(t, l.call(connectors.RevokeConsent, false, s.started(), nil))
		}
		var after set
		wantDone(t, l.call(connectors.GetConsent, false, s.started(), &after))
		if after.says() != "revoked" {
			t.Errorf("%+v", after)
		}
		wantFailure(t, l.call(connectors.FetchAccounts, false, s.started(), nil), "consent_expired", "consent.invalid", "none")
	}
	if n := l.watch.Seen(); n < 60 {
		t.Errorf("only %d answers were held to the contract", n)
	}
}

// In the app; and a person who says no, in the app or on the page.
func TestAccountsDecoupled(t *testing.T) {
	l := newLobby(t, "borea", `,"version":"1.3.9"`, mockbank.Dials{SCAPolls: 4})
	var s set
	a := l.call(connectors.StartConsent, true, order(map[string]any{"preferred_way": "decoupled"}), &s)
	l.page(a, "decoupled")
	if a.PollAfter != 3*time.Second || s.says() != "requested" {
		t.Errorf("after %s: %+v", a.PollAfter, s)
	}
	s, a = l.complete(s, "") // two looks of the bank's count: at the consent, and at its confirmation
	l.page(a, "decoupled")
	s, a = l.complete(s, "")
	if a.Verdict == connectors.NeedsUser { // the last look was at the confirmation
		s, a = l.complete(s, "")
	}
	if wantDone(t, a); s.says() != "valid" || len(s.Consents) != 1 {
		t.Errorf("%+v", s)
	}
	l.dial(mockbank.Dials{SCAPolls: 1, SCARefuse: 1})
	l.page(l.call(connectors.StartConsent, true, order(map[string]any{"preferred_way": "decoupled"}), &s), "decoupled")
	s, a = l.complete(s, "")
	if wantDone(t, a); s.says() != "rejected" {
		t.Errorf("refused in the app: %+v", s)
	}
	l.agrees(l.page(l.call(connectors.StartConsent, true, order(map[string]any{"preferred_way": "redirect"}), &s), "redirect"), "no")
	s, a = l.complete(s, "state=s1")
	if wantDone(t, a); s.says() != "rejected" {
		t.Errorf("refused on the page: %+v", s)
	}
	// Back from the bank, which has not noticed yet.
	l.page(l.call(connectors.StartConsent, true, order(map[string]any{"preferred_way": "redirect"}), &s), "redirect")
	if _, a = l.complete(s, "state=s1"); a.Verdict != connectors.Pending || a.ExternalRef != s.Consents[0].ExternalRef {
		t.Errorf("%s %+v", a.Verdict, a.Failure)
	}
}

// A bank that wants a consent for each account: the list first, then one after the other; or those that were named.
func TestConsentSets(t *testing.T) {
	l := newLobby(t, "cisalpina", `,"version":"1.3.6","consent_per_account":true`, mockbank.Dials{})
	var s set
	a := l.call(connectors.StartConsent, true, order(nil), &s)
	for step := range 3 { // the list, the account, the savings
		l.agrees(l.page(a, "redirect"), "yes")
		s, a = l.complete(s, "state=s1")
		if want := []string{"requested", "valid requested", "valid valid"}[step]; s.says() != want {
			t.Fatalf("step %d: %s", step, s.says())
		}
	}
	wantDone(t, a)
	if len(s.Consents[0].IBANs) != 1 || len(s.Consents[1].IBANs) != 1 || s.Consents[0].IBANs[0] == s.Consents[1].IBANs[0] {
		t.Errorf("%+v", s)
	}
	var accounts accountList
	wantDone(t, l.call(connectors.FetchAccounts, false, s.started(), &accounts))
	if len(accounts.Accounts) != 2 || accounts.Accounts[0].ExternalRef == accounts.Accounts[1].ExternalRef {
		t.Fatalf("%+v", accounts)
	}
	for _, account := range accounts.Accounts { // the consent that opens it is found
		wantDone(t, l.call(connectors.FetchBalances, false, map[string]any{"started": s.started(), "account_id": account.ID}, nil))
		if _, all := l.pages(s, account.ID, "2020-01-01"); len(all.Transactions) < 12 {
			t.Errorf("%d transactions", len(all.Transactions))
		}
	}
	// One that was taken back leaves the others.
	one := map[string]any{"external_refs": []string{s.Consents[0].ExternalRef}}
	wantDone(t, l.call(connectors.RevokeConsent, false, one, nil))
	wantDone(t, l.call(connectors.FetchAccounts, true, s.started(), &accounts))
	if len(accounts.Accounts) != 1 || accounts.Accounts[0].ExternalRef != s.Consents[1].ExternalRef {
		t.Errorf("%+v", accounts)
	}
	named := []string{accounts.Accounts[0].IBAN}
	l.agrees(l.page(l.call(connectors.StartConsent, true, order(map[string]any{"ibans": named}), &s), "redirect"), "yes")
	s, a = l.complete(s, "state=s1")
	if wantDone(t, a); s.says() != "valid" || s.Consents[0].IBANs[0] != named[0] {
		t.Errorf("%+v", s)
	}
	// One bank that takes only sets says so to a connection that is not set up for them.
	l.more = `,"version":"1.3.6"`
	wantFailure(t, l.call(connectors.StartConsent, true, order(nil), nil), "unsupported", "bank.service", "none")
}

// What a bank may do, and what it comes to.
func TestFaultsOfAccounts(t *testing.T) {
	l := newLobby(t, "aurora", "", mockbank.Dials{})
	s := l.given()
	read := s.started()
	for _, f := range []struct {
		dials      mockbank.Dials
		kind, code string
		broken     int
	}{
		{mockbank.Dials{Limit: 1}, "rate_limited", "bank.reads_exceeded", 0},
		{mockbank.Dials{FailBefore: 1}, "unavailable", "bank.broken", 0},
		{mockbank.Dials{Truncate: 1}, "unavailable", "bank.unreachable", 1},
		{mockbank.Dials{Garbage: 1}, "contract_drift", "bank.contract.answer", 1},
		{mockbank.Dials{Certificate: true}, "unauthenticated", "bank.certificate", 0},
		{mockbank.Dials{Seal: true}, "unauthenticated", "bank.seal", 0},
	} {
		l.dial(f.dials)
		l.watch.Broken(f.broken)
		a := l.call(connectors.FetchAccounts, true, read, nil)
		if wantFailure(t, a, f.kind, f.code, "none"); f.kind == "rate_limited" && a.Failure.RetryAfter != time.Second {
			t.Errorf("retry after %s", a.Failure.RetryAfter)
		}
	}
	l.dial(mockbank.Dials{Drift: 1})
	l.watch.Broken(1)
	wantFailure(t, l.call(connectors.GetConsent, true, read, nil), "contract_drift", "bank.contract.consent", "none")
	l.dial(mockbank.Dials{})
	// Four reads while the person is away; then not before the day is over.
	var a connectors.Answer
	for range 5 {
		a = l.call(connectors.FetchAccounts, false, read, nil)
	}
	if wantFailure(t, a, "rate_limited", "bank.reads_exceeded", "none"); a.Failure.RetryAfter <= 0 || a.Failure.RetryAfter > 24*time.Hour {
		t.Errorf("retry after %s", a.Failure.RetryAfter)
	}
	wantDone(t, l.call(connectors.FetchAccounts, true, read, nil))

	wantFailure(t, l.call(connectors.FetchAccounts, true, map[string]any{"external_refs": []string{"other"}}, nil), "consent_expired", "consent.unknown", "none")
	wantFailure(t, l.call(connectors.StartConsent, false, order(nil), nil), "invalid_request", "user_ip", "none")
	wantFailure(t, l.call(connectors.FetchTransactions, true, map[string]any{"started": s.started(), "question": map[string]any{"account_id": "x", "page": "x"}}, nil), "invalid_request", "page", "none")
	wantFailure(t, l.call(connectors.FetchTransactions, true, map[string]any{"started": s.started(), "question": map[string]any{"account_id": "other", "from": "2026-01-01", "to": "2026-01-02"}}, nil), "rejected", "resource.unknown", "none")
	l.more = `,"token":"wrong"`
	wantFailure(t, l.call(connectors.Check, false, nil, nil), "unauthenticated", "bank.token", "none")
	l.server.Close()
	wantFailure(t, l.call(connectors.Check, false, nil, nil), "unavailable", "bank.unreachable", "none")
}

// The same operation, tried again, makes one consent.
func TestConsentOnceAtTheBank(t *testing.T) {
	l := newLobby(t, "aurora", "", mockbank.Dials{})
	c := newCall(fmt.Sprintf(`{"url":%q,"token":"demo-aurora"}`, l.server.URL+"/aurora/psd2"))
	c.UserIP = "192.0.2.7"
	l.dial(mockbank.Dials{FailAfter: 1, Only: http.MethodPost})
	wantFailure(t, l.send(connectors.StartConsent, c, order(nil), nil), "unavailable", "bank.broken", "none")
	var first, again set
	c.Attempt = 2
	l.page(l.send(connectors.StartConsent, c, order(nil), &first), "redirect")
	c.Attempt = 3
	l.page(l.send(connectors.StartConsent, c, order(nil), &again), "redirect")
	if first.Consents[0].ExternalRef != again.Consents[0].ExternalRef {
		t.Errorf("%+v %+v", first, again)
	}
}

// The bank tells of a consent's change, which may come twice; what comes from elsewhere is refused.
func TestNotificationsOfConsents(t *testing.T) {
	l := newLobby(t, "aurora", fmt.Sprintf(`,"notification_secret":%q`, mockbank.CallbackSecret("aurora")), mockbank.Dials{Twice: 1})
	type header struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	type callback struct {
		Path    string   `json:"path"`
		Method  string   `json:"method"`
		Headers []header `json:"headers"`
		Body    []byte   `json:"body"`
	}
	var got []callback
	platform := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		in := callback{Path: strings.TrimPrefix(r.URL.Path, "/callbacks/s1/"), Method: r.Method}
		in.Body, _ = io.ReadAll(r.Body)
		for name := range r.Header {
			in.Headers = append(in.Headers, header{name, r.Header.Get(name)})
		}
		got = append(got, in)
	}))
	defer platform.Close()
	c := newCall(fmt.Sprintf(`{"url":%q,"token":"demo-aurora"%s}`, l.server.URL+"/aurora/psd2", l.more))
	c.UserIP, c.CallbackURL = "192.0.2.7", platform.URL+"/callbacks/s1"
	var s set
	l.agrees(l.page(l.send(connectors.StartConsent, c, order(nil), &s), "redirect"), "yes")
	must(t, l.banks.Deliver(t.Context()))
	if len(got) != 2 || got[0].Path != "notification" {
		t.Fatalf("%+v", got)
	}
	for _, in := range got {
		var news struct{ References []string }
		wantDone(t, l.call(connectors.Callback, false, in, &news))
		if len(news.References) != 1 || news.References[0] != s.Consents[0].ExternalRef {
			t.Errorf("%+v", news)
		}
	}
	got[0].Body = []byte(`{"consentId":"other"}`)
	wantFailure(t, l.call(connectors.Callback, false, got[0], nil), "rejected", "notification.signature", "none")
}

// A bank that wants to know clients by certificate (QWAC), and requests sealed (QSEAL): the broker does both, and the connector never sees
// a key. Without one of them, or with the wrong one, it is said which setting is at fault.
func TestCertificatesOfAccounts(t *testing.T) {
	authority, err := mockbank.NewAuthority()
	must(t, err)
	l := openLobby(t, "aurora", "", mockbank.Options{Authority: authority, Dials: mockbank.Dials{Certificate: true, Seal: true}})
	l.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	for name, c := range map[string]struct {
		certificate, seal []byte
		code, field       string
	}{
		"both":           {authority.QWAC, authority.QSEAL, "", ""},
		"no certificate": {nil, authority.QSEAL, "bank.certificate", "/certificate"},
		"no seal":        {authority.QWAC, nil, "bank.seal", "/seal"},
		"mixed up":       {authority.QSEAL, authority.QWAC, "bank.certificate", "/certificate"},
	} {
		config := map[string]string{"url": l.server.URL + "/aurora/psd2"}
		if config["certificate"] = string(c.certificate); c.certificate == nil {
			delete(config, "certificate")
		}
		if config["seal"] = string(c.seal); c.seal == nil {
			delete(config, "seal")
		}
		text, err := json.Marshal(config)
		must(t, err)
		call := newCall(string(text))
		call.UserIP = "192.0.2.7"
		var s set
		a := l.send(connectors.StartConsent, call, order(nil), &s)
		if c.code == "" {
			if l.page(a, "redirect"); len(s.Consents) != 1 {
				t.Errorf("%s: %+v", name, s)
			}
			continue
		}
		if wantFailure(t, a, "unauthenticated", c.code, "none"); len(a.Failure.Fields) != 1 || a.Failure.Fields[0].Pointer != c.field {
			t.Errorf("%s: %+v", name, a.Failure)
		}
	}
}
