package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/mockbank"
	"github.com/pratica-crm/pratica/plugins/sdk"
)

func TestCents(t *testing.T) {
	for text, want := range map[string]int64{"1056": 105600, "5768.2": 576820, "-1.50": -150, "0.01": 1, "-0.10": -10, "12.340": 1234, "99999999999999.99": 9999999999999999} {
		if got, err := (amount{"EUR", text}).cents(); err != nil || got != want {
			t.Errorf("%s is %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "1,50", "1.234", "+1", "1e3", " 1", "1.", "123456789012345", "--1", "1.50\n"} {
		if got, err := (amount{"EUR", text}).cents(); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// Links of a bank lead nowhere but below its address.
func TestLinks(t *testing.T) {
	for link, want := range map[string]string{
		"/psd2/v1/accounts/1":                         "https://bank.example/psd2/v1/accounts/1",
		"/v1/accounts/1?page=2":                       "https://bank.example/psd2/v1/accounts/1?page=2",
		"https://bank.example/psd2/v1/accounts/a%2Fb": "https://bank.example/psd2/v1/accounts/a%2Fb",
		"https://other.example/psd2/v1/accounts":      "",
		"http://bank.example/psd2/v1/accounts":        "",
		"//other.example/psd2/v1/accounts":            "",
		"https://me@bank.example/psd2/v1/accounts":    "",
		"/other/v1/accounts":                          "",
		"/psd2/v1/../../admin":                        "",
		"/psd2/v1/%2e%2e/%2e%2e/admin":                "",
		"https://bank.example:8443/psd2/v1/accounts":  "",
		"%": "",
	} {
		call := sdk.Call{Config: json.RawMessage(`{"url":"https://bank.example/psd2"}`)}
		r, err := request{method: http.MethodGet, link: link}.build(t.Context(), call)
		switch {
		case want == "" && err == nil:
			t.Errorf("%s leads to %s", link, r.URL)
		case want != "" && (err != nil || r.URL.String() != want):
			t.Errorf("%s: %v %v", link, r, err)
		}
	}
	for _, address := range []string{"http://bank.example/psd2", "https://me@bank.example", "ftp://bank.example", "bank.example", "https://bank.example?x=1"} {
		config, _ := json.Marshal(settings{URL: address})
		if _, err := (request{method: http.MethodGet, path: []string{"accounts"}}).build(t.Context(), sdk.Call{Config: config}); err == nil {
			t.Errorf("%s is taken", address)
		}
	}
}

// The same request of the same operation has one X-Request-ID, and no other has it.
func TestRequestID(t *testing.T) {
	id := func(key string, in request) string {
		t.Helper()
		r, err := in.build(t.Context(), sdk.Call{Config: json.RawMessage(`{"url":"https://bank.example/psd2"}`), IdempotencyKey: key})
		if err != nil {
			t.Fatal(err)
		}
		return r.Header.Get("X-Request-ID")
	}
	post := request{method: http.MethodPost, path: []string{"consents"}, label: "a"}
	other := post
	other.label = "b"
	first := id("k", post)
	if first != id("k", post) || id("k", post) == id("k2", post) || id("k", post) == id("k", other) || len(id("k", post)) != 36 {
		t.Errorf("%s %s %s", id("k", post), id("k2", post), id("k", other))
	}
}

// A way that would have the person's password pass through here is not taken.
func TestEmbeddedIsNotTaken(t *testing.T) {
	for name, c := range map[string]struct {
		approach string
		links    map[string]link
		way      sdk.Way
	}{
		"redirect":  {"REDIRECT", map[string]link{"scaRedirect": {"https://bank.example/page"}}, sdk.Redirect},
		"decoupled": {"DECOUPLED", map[string]link{"scaStatus": {"/v1/x"}}, sdk.Decoupled},
		"embedded":  {"EMBEDDED", map[string]link{"startAuthorisationWithPsuAuthentication": {"/v1/x"}}, ""},
		"oauth":     {"REDIRECT", map[string]link{"scaOAuth": {"https://bank.example/.well-known"}}, ""},
	} {
		got, err := begun{ConsentID: "c", Links: c.links}.step(http.Header{"Aspsp-Sca-Approach": {c.approach}})
		if said, is := failure(err); got.Way != c.way || (c.way == "") != (is && said.Kind == sdk.Unsupported) {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

// Notifications are the bank's, and of now.
func TestNotification(t *testing.T) {
	config, _ := json.Marshal(settings{URL: "https://bank.example/psd2", Secret: mockbank.CallbackSecret("aurora")})
	call, now, body := sdk.Call{Config: config}, time.Now(), []byte(`{"consentId":"c1","consentStatus":"valid"}`)
	for name, c := range map[string]struct {
		bank string
		at   time.Time
		body string
		ok   bool
	}{
		"the bank's":     {"aurora", now, string(body), true},
		"another bank's": {"borea", now, string(body), false},
		"old":            {"aurora", now.Add(-6 * time.Minute), string(body), false},
		"ahead":          {"aurora", now.Add(6 * time.Minute), string(body), false},
		"changed":        {"aurora", now, `{"consentId":"c2"}`, false},
	} {
		in := sdk.Callback{Body: []byte(c.body), Headers: http.Header{}}
		in.Headers.Set("Webhook-Id", "msg_1")
		in.Headers.Set("Webhook-Timestamp", strconv.FormatInt(c.at.Unix(), 10))
		in.Headers.Set("Webhook-Signature", mockbank.Sign(c.bank, "msg_1", c.at, body))
		refs, err := notified(t.Context(), call, in)
		if c.ok != (err == nil) || c.ok && (len(refs) != 1 || refs[0] != "c1") {
			t.Errorf("%s: %v %v", name, refs, err)
		}
	}
	none, _ := json.Marshal(settings{URL: "https://bank.example/psd2"})
	if _, err := notified(t.Context(), sdk.Call{Config: none}, sdk.Callback{Body: body, Headers: http.Header{"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}}}); err == nil {
		t.Error("without a secret anybody's is taken")
	}
}

// Entries of all versions, and of banks that say little.
func TestEntries(t *testing.T) {
	seen := map[string]int{}
	for text, want := range map[string]sdk.Transaction{
		`{"transactionId":"1","bookingDate":"2026-01-02","transactionAmount":{"currency":"EUR","amount":"-5.5"},"creditorName":"Bar\u0000 X","debtorName":"Ada","remittanceInformationUnstructuredArray":["a","b"],"additionalInformation":"MCC 5812"}`: {ID: "1", BookedOn: "2026-01-02", AmountCents: -550, Currency: "EUR", Counterparty: "Bar X", Text: "a b", MerchantCategory: "5812"},
		`{"entryReference":"2","bookingDate":"2026-01-02","valueDate":"2026-01-03","transactionAmount":{"currency":"EUR","amount":"7"},"ultimateDebtor":"Ada","debtorAccount":{"iban":"IT60"},"remittanceInformationStructured":"RF18"}`:                {ID: "2", BookedOn: "2026-01-02", ValueOn: "2026-01-03", AmountCents: 700, Currency: "EUR", Counterparty: "Ada", CounterpartyIBAN: "IT60", Text: "RF18"},
		`{"transactionId":"3","valueDate":"2026-01-03","transactionAmount":{"currency":"EUR","amount":"7"},"remittanceInformationStructured":{"reference":"RF19"},"bankTransactionCode":"PMNT-RCDT-SALA"}`:                                              {ID: "3", BookedOn: "2026-01-03", ValueOn: "2026-01-03", AmountCents: 700, Currency: "EUR", Text: "RF19", BankCode: "PMNT-RCDT-SALA"},
	} {
		var e entry
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		if got, err := e.transaction(seen); err != nil || got != want {
			t.Errorf("%+v %v, want %+v", got, err, want)
		}
	}
	same := entry{BookingDate: "2026-01-02", Amount: amount{"EUR", "-1"}, Unstructured: "caffe"}
	first, err := same.transaction(map[string]int{})
	page := map[string]int{}
	one, _ := same.transaction(page)
	two, _ := same.transaction(page)
	if err != nil || first.ID != one.ID || one.ID == two.ID || !strings.HasPrefix(one.ID, "x-") {
		t.Errorf("%s %s %s %v", first.ID, one.ID, two.ID, err)
	}
	for _, e := range []entry{{Amount: amount{"EUR", "1"}}, {BookingDate: "soon", Amount: amount{"EUR", "1"}}, {BookingDate: "2026-01-02"}} {
		if got, err := e.transaction(seen); err == nil {
			t.Errorf("%+v", got)
		}
	}
}

// FuzzBank: whatever a bank answers, it is taken, or an error of the protocol's kinds with a code of ours and a wait in bounds; what is
// taken has ids, dates and no control characters.
func FuzzBank(f *testing.F) {
	f.Add(200, `{"transactions":{"booked":[{"bookingDate":"2026-01-02","transactionAmount":{"currency":"EUR","amount":"-5.50"},"creditorName":"Bar"}],"_links":{"account":{"href":"/v1/accounts/1"},"next":{"href":"/v1/accounts/1/transactions?page=1"}}}}`, "")
	f.Add(429, `{"tppMessages":[{"category":"ERROR","code":"ACCESS_EXCEEDED"}]}`, "120")
	f.Add(401, `{"type":"https://x","code":"CONSENT_EXPIRED"}`, "")
	f.Add(500, ``, "Wed, 21 Oct 2099 07:28:00 GMT")
	f.Add(403, `{"tppMessages":[{"category":"ERROR","code":"Mario Rossi"}]}`, "-1")
	f.Fuzz(func(t *testing.T, status int, body, retry string) {
		if status < 100 || status > 999 {
			return
		}
		call := sdk.Call{Config: json.RawMessage(`{"url":"https://bank.example/psd2"}`)}.WithTransport(canned{status, body, retry})
		page, err := reader{}.FetchTransactions(t.Context(), call, sdk.StartedConsent{ExternalRefs: []string{"c"}}, sdk.TransactionQuestion{AccountID: "a", From: "2026-01-01", To: "2026-02-01"})
		if err != nil {
			said, is := failure(err)
			if !is || said.Code == "" || strings.ContainsAny(said.Code, " \n") || said.RetryAfter < 0 || said.RetryAfter > retryAtMost || strings.Contains(said.ProviderCode, "Mario") {
				t.Fatalf("%+v", err)
			}
			return
		}
		for _, tx := range page.Transactions {
			if tx.ID == "" || !date(tx.BookedOn) || strings.ContainsAny(tx.Counterparty+tx.Text, "\x00\n") {
				t.Fatalf("%+v", tx)
			}
		}
	})
}

type canned struct {
	status      int
	body, retry string
}

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}, "Retry-After": {c.retry}}, Body: io.NopCloser(strings.NewReader(c.body))}, nil
}
