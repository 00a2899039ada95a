package mockbank

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/mockbank/contract"
)

// clientOfBank is a client of a bank's account information.
type clientOfBank struct {
	t     *testing.T
	b     bench
	bank  string
	last  int
	asked http.Header // further headers
}

func newClient(t *testing.T, bank string, o Options) *clientOfBank {
	return &clientOfBank{t: t, b: open(t, o, contract.BerlinGroup), bank: bank, asked: http.Header{}}
}

// do sends a request below /psd2 with the headers name, value, …; it decodes what comes into out.
func (c *clientOfBank) do(method, path string, body, out any, headers ...string) (int, http.Header) {
	c.t.Helper()
	text := ""
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		text = string(encoded)
	}
	if !strings.HasPrefix(path, "/"+c.bank) {
		path = "/" + c.bank + "/psd2/v1" + path
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, strings.NewReader(text))
	c.last++
	r.Header.Set("X-Request-ID", fmt.Sprintf("99391c7e-ad88-49ec-a2ad-%012d", c.last))
	r.Header.Set("Authorization", "Bearer demo-"+c.bank)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	c.b.ServeHTTP(w, r)
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			c.t.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
	}
	return w.Code, w.Header()
}

// code is the code of a refusal.
func (c *clientOfBank) code(method, path string, body any, headers ...string) string {
	c.t.Helper()
	var said struct {
		TPPMessages []struct{ Category, Code string }
	}
	status, _ := c.do(method, path, body, &said, headers...)
	if len(said.TPPMessages) != 1 || said.TPPMessages[0].Category != "ERROR" {
		c.t.Fatalf("%s %s: %d %+v", method, path, status, said)
	}
	return fmt.Sprint(status, " ", said.TPPMessages[0].Code)
}

type created struct {
	ConsentStatus string
	ConsentID     string          `json:"consentId"`
	PSUMessage    string          `json:"psuMessage"`
	Links         map[string]link `json:"_links"`
}

func all() map[string]any { return map[string]any{"allPsd2": "allAccounts"} }

func asking(access map[string]any) map[string]any {
	return map[string]any{"access": access, "recurringIndicator": true, "validUntil": "2026-06-30", "frequencyPerDay": 4, "combinedServiceIndicator": false}
}

// asks asks for a consent; the person sits there.
func (c *clientOfBank) asks(body map[string]any, headers ...string) created {
	c.t.Helper()
	var out created
	status, _ := c.do(http.MethodPost, "/consents", body, &out, append([]string{"PSU-IP-Address", "192.0.2.7", "TPP-Redirect-URI", "https://broker.example/back?state=s1", "TPP-Nok-Redirect-URI", "https://broker.example/no"}, headers...)...)
	if status != http.StatusCreated || out.ConsentStatus != "received" {
		c.t.Fatalf("status %d, %+v", status, out)
	}
	return out
}

// clicks is the person on the bank's page: they look, and answer. It returns where they are sent.
func (c *clientOfBank) clicks(page string, form url.Values) (int, string) {
	c.t.Helper()
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r := httptest.NewRequestWithContext(c.t.Context(), method, page, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		c.b.ServeHTTP(w, r)
		if method == http.MethodPost || w.Code != http.StatusOK {
			return w.Code, w.Header().Get("Location")
		}
		if !strings.Contains(w.Body.String(), "Ada Neri") || !strings.Contains(w.Body.String(), ibans[c.bank][0]) {
			c.t.Fatalf("the page is %s", w.Body)
		}
	}
	return 0, ""
}

func (c *clientOfBank) status(consent string) string {
	c.t.Helper()
	var out created
	c.do(http.MethodGet, "/consents/"+consent+"/status", nil, &out)
	return out.ConsentStatus
}

// consents gets a consent that ada has given on the page.
func (c *clientOfBank) consents(body map[string]any) string {
	c.t.Helper()
	out := c.asks(body)
	if status, to := c.clicks(out.Links["scaRedirect"].Href, url.Values{"person": {"ada"}, "answer": {"yes"}}); status != http.StatusSeeOther || to != "https://broker.example/back?state=s1" {
		c.t.Fatalf("status %d, sent to %s", status, to)
	}
	return out.ConsentID
}

type listed struct {
	Accounts []struct {
		ResourceID string `json:"resourceId"`
		IBAN       string
		Balances   []balance
		OwnerName  string
		Links      map[string]link `json:"_links"`
	}
}

type report struct {
	Transactions struct {
		Booked, Pending, Information []map[string]any
		Links                        map[string]link `json:"_links"`
	}
}

func at(c *clock) Options { return Options{Now: c.now} }

// A person is led to the bank's page, agrees, and is read: accounts, balances, and page by page a year of transactions.
func TestRedirect(t *testing.T) {
	c := newClient(t, "aurora", at(&clock{at: morning}))
	out := c.asks(asking(all()))
	if code := c.code(http.MethodGet, "/accounts", nil, "Consent-ID", out.ConsentID); code != "401 CONSENT_INVALID" {
		t.Errorf("before the person agreed: %s", code)
	}
	var sca struct{ ScaStatus string }
	c.do(http.MethodGet, out.Links["scaStatus"].Href, nil, &sca)
	if sca.ScaStatus != "received" || !strings.HasPrefix(out.Links["scaRedirect"].Href, "http://example.com/aurora/psd2/sca/") {
		t.Errorf("%+v, %v", sca, out.Links)
	}
	form := url.Values{"person": {"ada"}, "answer": {"yes"}}
	if status, to := c.clicks(out.Links["scaRedirect"].Href, form); status != http.StatusSeeOther || to != "https://broker.example/back?state=s1" {
		t.Errorf("status %d, sent to %s", status, to)
	}
	if status, _ := c.clicks(out.Links["scaRedirect"].Href, form); status != http.StatusGone {
		t.Errorf("agreed twice: status %d", status)
	}
	c.do(http.MethodGet, out.Links["scaStatus"].Href, nil, &sca)
	if got := c.status(out.ConsentID); got != "valid" || sca.ScaStatus != "finalised" {
		t.Errorf("the consent is %s, the confirmation %s", got, sca.ScaStatus)
	}
	var accounts listed
	c.do(http.MethodGet, "/accounts?withBalance=true", nil, &accounts, "Consent-ID", out.ConsentID)
	if len(accounts.Accounts) != 2 || accounts.Accounts[0].IBAN != ibans["aurora"][0] || len(accounts.Accounts[0].Balances) != 2 {
		t.Fatalf("%+v", accounts)
	}
	next, pages, seen := accounts.Accounts[0].Links["transactions"].Href+"?bookingStatus=booked&dateFrom=2025-03-01&dateTo=2026-02-28", 0, map[string]bool{}
	for next != "" {
		var page report
		status, _ := c.do(http.MethodGet, next, nil, &page, "Consent-ID", out.ConsentID)
		if status != http.StatusOK || len(page.Transactions.Booked) > 50 || page.Transactions.Pending != nil {
			t.Fatalf("page %d: status %d, %d booked", pages, status, len(page.Transactions.Booked))
		}
		for _, e := range page.Transactions.Booked {
			id, date := e["transactionId"].(string), e["bookingDate"].(string)
			if seen[id] || date < "2025-03-01" || date > "2026-02-28" {
				t.Fatalf("%s of %s", id, date)
			}
			seen[id] = true
		}
		next, pages = page.Transactions.Links["next"].Href, pages+1
	}
	if pages < 4 || len(seen) < 200 {
		t.Errorf("%d pages, %d transactions", pages, len(seen))
	}
	var balances struct{ Balances []balance }
	c.do(http.MethodGet, accounts.Accounts[0].Links["balances"].Href, nil, &balances, "Consent-ID", out.ConsentID)
	if len(balances.Balances) != 2 || balances.Balances[0] != accounts.Accounts[0].Balances[0] {
		t.Errorf("%+v", balances)
	}
	if status, _ := c.do(http.MethodGet, "/accounts/"+accounts.Accounts[0].ResourceID, nil, nil, "Consent-ID", out.ConsentID); status != http.StatusOK {
		t.Errorf("an account: status %d", status)
	}
}

// The person says no, or chooses one account of two.
func TestThePersonDecides(t *testing.T) {
	c := newClient(t, "aurora", at(&clock{at: morning}))
	out := c.asks(asking(all()))
	if status, to := c.clicks(out.Links["scaRedirect"].Href, url.Values{"person": {"ada"}, "answer": {"no"}}); status != http.StatusSeeOther || to != "https://broker.example/no" {
		t.Errorf("status %d, sent to %s", status, to)
	}
	if got := c.status(out.ConsentID); got != "rejected" {
		t.Errorf("the consent is %s", got)
	}
	none := []any{}
	out = c.asks(asking(map[string]any{"accounts": none, "transactions": none}))
	c.clicks(out.Links["scaRedirect"].Href, url.Values{"person": {"ada"}, "answer": {"yes"}, "account": {ibans["aurora"][1], "IT00X"}})
	var given struct{ Access access }
	c.do(http.MethodGet, "/consents/"+out.ConsentID, nil, &given)
	if len(given.Access.Transactions) != 1 || given.Access.Transactions[0].IBAN != ibans["aurora"][1] || given.Access.Balances != nil {
		t.Errorf("%+v", given.Access)
	}
	var accounts listed
	c.do(http.MethodGet, "/accounts", nil, &accounts, "Consent-ID", out.ConsentID)
	if len(accounts.Accounts) != 1 || accounts.Accounts[0].Links["balances"].Href != "" {
		t.Fatalf("%+v", accounts)
	}
	at := "/accounts/" + accounts.Accounts[0].ResourceID
	if code := c.code(http.MethodGet, at+"/balances", nil, "Consent-ID", out.ConsentID); code != "401 CONSENT_INVALID" {
		t.Errorf("balances: %s", code)
	}
	if code := c.code(http.MethodGet, "/accounts/"+resource(ibans["aurora"][0]), nil, "Consent-ID", out.ConsentID); code != "404 RESOURCE_UNKNOWN" {
		t.Errorf("the other account: %s", code)
	}
}

// In the app: the confirmation is there after as many looks as the dial says, or is refused.
func TestDecoupled(t *testing.T) {
	c := newClient(t, "borea", Options{Now: (&clock{at: morning}).now, Dials: Dials{SCAPolls: 3}})
	out := c.asks(asking(all()), "PSU-ID", "bruno")
	if out.PSUMessage == "" || out.Links["scaRedirect"].Href != "" {
		t.Errorf("%+v", out)
	}
	for i, want := range []string{"received", "received", "valid", "valid"} {
		if got := c.status(out.ConsentID); got != want {
			t.Errorf("look %d: %s, want %s", i+1, got, want)
		}
	}
	if code := c.code(http.MethodPost, "/consents", asking(all()), "PSU-IP-Address", "192.0.2.7", "PSU-ID", "nobody"); code != "400 FORMAT_ERROR" {
		t.Errorf("a stranger: %s", code)
	}
	send(t, c.b, http.MethodPut, "borea", "/_dials", "", `{"sca_polls":1,"sca_refuse":1}`, nil)
	out = c.asks(asking(all()), "PSU-ID", "bruno")
	if got := c.status(out.ConsentID); got != "rejected" {
		t.Errorf("refused in the app: %s", got)
	}
	// What the client prefers, and what the version knows of it.
	for _, p := range []struct{ version, header, value, want string }{
		{"1.3.9", "TPP-Redirect-Preferred", "true", "REDIRECT"},
		{"1.3.9", "TPP-Redirect-Preferred", "false", "DECOUPLED"},
	} {
		send(t, c.b, http.MethodPut, "borea", "/_dials", "", `{"version":"`+p.version+`"}`, nil)
		_, header := c.do(http.MethodPost, "/consents", asking(all()), nil, "PSU-IP-Address", "192.0.2.7", "PSU-ID", "ada", "TPP-Redirect-URI", "https://broker.example", p.header, p.value)
		if got := header.Get("ASPSP-SCA-Approach"); got != p.want {
			t.Errorf("%v: %s", p, got)
		}
	}
}

// The authorisation is started apart when the client wants it so.
func TestExplicitAuthorisation(t *testing.T) {
	c := newClient(t, "aurora", at(&clock{at: morning}))
	out := c.asks(asking(all()), "TPP-Explicit-Authorisation-Preferred", "true")
	if len(out.Links) != 3 || out.Links["startAuthorisation"].Href == "" {
		t.Fatalf("%v", out.Links)
	}
	var started struct {
		ScaStatus, AuthorisationID string
		Links                      map[string]link `json:"_links"`
	}
	status, header := c.do(http.MethodPost, out.Links["startAuthorisation"].Href, nil, &started, "TPP-Redirect-URI", "https://broker.example/later")
	if status != http.StatusCreated || header.Get("ASPSP-SCA-Approach") != "REDIRECT" {
		t.Fatalf("status %d %+v", status, started)
	}
	var ids struct{ AuthorisationIDs []string }
	if c.do(http.MethodGet, "/consents/"+out.ConsentID+"/authorisations", nil, &ids); len(ids.AuthorisationIDs) != 1 {
		t.Errorf("%+v", ids)
	}
	if _, to := c.clicks(started.Links["scaRedirect"].Href, url.Values{"person": {"carla"}, "answer": {"yes"}}); to != "https://broker.example/later" {
		t.Errorf("sent to %s", to)
	}
	if code := c.code(http.MethodPost, "/consents/"+out.ConsentID+"/authorisations", nil); code != "409 STATUS_INVALID" {
		t.Errorf("%s", code)
	}
}

// Four reads a day while the person is away, of each resource; with the person, and further pages, as many as they like.
func TestUnattendedReads(t *testing.T) {
	now := &clock{at: morning}
	c := newClient(t, "aurora", at(now))
	id := c.consents(asking(all()))
	list := "/accounts/" + resource(ibans["aurora"][0]) + "/transactions?bookingStatus=booked&dateFrom=2025-12-01"
	for range unattendedAtMost {
		if status, _ := c.do(http.MethodGet, list, nil, nil, "Consent-ID", id); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
	}
	if code := c.code(http.MethodGet, list, nil, "Consent-ID", id); code != "429 ACCESS_EXCEEDED" {
		t.Errorf("the fifth: %s", code)
	}
	_, header := c.do(http.MethodGet, list, nil, nil, "Consent-ID", id)
	if header.Get("Retry-After") != "54000" { // from nine to midnight
		t.Errorf("Retry-After: %s", header.Get("Retry-After"))
	}
	for _, more := range [][]string{{list + "&pageIndex=1", ""}, {list, "192.0.2.7"}, {"/accounts", ""}} {
		if status, _ := c.do(http.MethodGet, more[0], nil, nil, "Consent-ID", id, "PSU-IP-Address", more[1]); status != http.StatusOK {
			t.Errorf("%s with %q: status %d", more[0], more[1], status)
		}
	}
	now.pass(24 * time.Hour)
	if status, _ := c.do(http.MethodGet, list, nil, nil, "Consent-ID", id); status != http.StatusOK {
		t.Errorf("the next day: status %d", status)
	}
}

// How consents end: over, taken back by the person or by the client, replaced, never confirmed.
func TestConsentsEnd(t *testing.T) {
	now := &clock{at: morning}
	c := newClient(t, "aurora", at(now))
	far := asking(all())
	far["validUntil"] = "2027-12-31"
	id := c.consents(far)
	var given struct{ ValidUntil string }
	if c.do(http.MethodGet, "/consents/"+id, nil, &given); given.ValidUntil != day(morning.AddDate(0, 0, 180)) {
		t.Errorf("valid until %s", given.ValidUntil)
	}
	newer := c.consents(asking(all()))
	if got := c.status(id); got != "expired" {
		t.Errorf("the one that was replaced is %s", got)
	}
	if code := c.code(http.MethodGet, "/accounts", nil, "Consent-ID", id); code != "401 CONSENT_EXPIRED" {
		t.Errorf("%s", code)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/aurora/psd2/home", strings.NewReader("consent="+newer))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.b.ServeHTTP(httptest.NewRecorder(), r)
	if got := c.status(newer); got != "revokedByPsu" {
		t.Errorf("the one taken back is %s", got)
	}
	last := c.consents(asking(all()))
	if status, _ := c.do(http.MethodDelete, "/consents/"+last, nil, nil); status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
	if got := c.status(last); got != "terminatedByTpp" {
		t.Errorf("the one given up is %s", got)
	}
	over := c.consents(asking(all()))
	late := c.asks(asking(all()))
	now.pass(scaWindow + time.Second)
	if status, _ := c.clicks(late.Links["scaRedirect"].Href, url.Values{"person": {"ada"}, "answer": {"yes"}}); status != http.StatusGone {
		t.Errorf("too late: status %d", status)
	}
	now.pass(200 * 24 * time.Hour)
	if got := c.status(over); got != "expired" {
		t.Errorf("the old one is %s", got)
	}
}

// A bank with consent sets takes one for the list of accounts, and one for each account; one does not replace another.
func TestConsentSet(t *testing.T) {
	c := newClient(t, "cisalpina", at(&clock{at: morning}))
	for _, access := range []map[string]any{all(), {"transactions": []reference{{IBAN: ibans["cisalpina"][0]}, {IBAN: ibans["cisalpina"][1]}}}} {
		if code := c.code(http.MethodPost, "/consents", asking(access), "PSU-IP-Address", "192.0.2.7", "TPP-Redirect-URI", "https://broker.example"); code != "400 SERVICE_INVALID" {
			t.Errorf("%v: %s", access, code)
		}
	}
	list := asking(map[string]any{"availableAccounts": "allAccounts"})
	id := c.consents(list)
	var accounts listed
	c.do(http.MethodGet, "/accounts", nil, &accounts, "Consent-ID", id)
	if len(accounts.Accounts) != 2 || accounts.Accounts[0].Links != nil {
		t.Fatalf("%+v", accounts)
	}
	var ids []string
	for _, a := range accounts.Accounts {
		one := []reference{{IBAN: a.IBAN}}
		ids = append(ids, c.consents(asking(map[string]any{"accounts": one, "balances": one, "transactions": one})))
	}
	for i, id := range ids {
		c.do(http.MethodGet, "/accounts", nil, &accounts, "Consent-ID", id)
		if len(accounts.Accounts) != 1 || accounts.Accounts[0].IBAN != ibans["cisalpina"][i] {
			t.Errorf("%+v", accounts)
		}
	}
}

// What a request must have.
func TestBadRequests(t *testing.T) {
	c := newClient(t, "aurora", at(&clock{at: morning}))
	id := c.consents(asking(all()))
	body := func(change func(map[string]any)) map[string]any {
		out := asking(all())
		change(out)
		return out
	}
	list := "/accounts/" + resource(ibans["aurora"][0]) + "/transactions"
	for _, r := range []struct {
		method, path string
		body         any
		headers      []string
		want         string
	}{
		{"GET", "/accounts", nil, []string{"Consent-ID", id, "X-Request-ID", ""}, "400 FORMAT_ERROR"},
		{"GET", "/accounts", nil, []string{"Consent-ID", id, "X-Request-ID", "7"}, "400 FORMAT_ERROR"},
		{"GET", "/accounts", nil, nil, "400 FORMAT_ERROR"},
		{"GET", "/accounts", nil, []string{"Consent-ID", "other"}, "403 CONSENT_UNKNOWN"},
		{"GET", "/accounts", nil, []string{"Consent-ID", id, "Authorization", "Bearer demo-borea"}, "401 TOKEN_UNKNOWN"},
		{"GET", "/consents/other", nil, nil, "403 CONSENT_UNKNOWN"},
		{"GET", "/nothing", nil, nil, "404 RESOURCE_UNKNOWN"},
		{"GET", "/accounts/other/balances", nil, []string{"Consent-ID", id}, "404 RESOURCE_UNKNOWN"},
		{"GET", list + "?dateFrom=2026-01-01", nil, []string{"Consent-ID", id}, "400 FORMAT_ERROR"},
		{"GET", list + "?bookingStatus=booked", nil, []string{"Consent-ID", id}, "400 FORMAT_ERROR"},
		{"GET", list + "?bookingStatus=booked&dateFrom=2026-02-01&dateTo=2026-01-01", nil, []string{"Consent-ID", id, "PSU-IP-Address", "192.0.2.7"}, "400 PERIOD_INVALID"},
		{"GET", list + "?bookingStatus=booked&deltaList=true", nil, []string{"Consent-ID", id, "PSU-IP-Address", "192.0.2.7"}, "400 PARAMETER_NOT_SUPPORTED"},
		{"POST", "/consents", asking(all()), nil, "400 FORMAT_ERROR"},                                     // no PSU-IP-Address
		{"POST", "/consents", asking(all()), []string{"PSU-IP-Address", "192.0.2.7"}, "400 FORMAT_ERROR"}, // no TPP-Redirect-URI
		{"POST", "/consents", body(func(b map[string]any) { delete(b, "combinedServiceIndicator") }), []string{"PSU-IP-Address", "192.0.2.7"}, "400 FORMAT_ERROR"},
		{"POST", "/consents", body(func(b map[string]any) { b["validUntil"] = "2026-03-01" }), []string{"PSU-IP-Address", "192.0.2.7"}, "400 FORMAT_ERROR"},
		{"POST", "/consents", body(func(b map[string]any) { b["frequencyPerDay"] = 0 }), []string{"PSU-IP-Address", "192.0.2.7"}, "400 FORMAT_ERROR"},
		{"POST", "/consents", body(func(b map[string]any) { b["recurringIndicator"] = false }), []string{"PSU-IP-Address", "192.0.2.7"}, "400 FORMAT_ERROR"},
	} {
		if got := c.code(r.method, r.path, r.body, r.headers...); got != r.want {
			t.Errorf("%s %s %v: %s, want %s", r.method, r.path, r.headers, got, r.want)
		}
	}
}

// The same X-Request-ID makes one consent.
func TestConsentOnce(t *testing.T) {
	c := newClient(t, "aurora", at(&clock{at: morning}))
	const id = "11111111-1111-4111-8111-111111111111"
	first, again := c.asks(asking(all()), "X-Request-ID", id), c.asks(asking(all()), "X-Request-ID", id)
	if first.ConsentID != again.ConsentID || first.ConsentID == c.asks(asking(all())).ConsentID {
		t.Errorf("%s and %s", first.ConsentID, again.ConsentID)
	}
	other := asking(all())
	other["frequencyPerDay"] = 2
	if code := c.code(http.MethodPost, "/consents", other, "X-Request-ID", id, "PSU-IP-Address", "192.0.2.7", "TPP-Redirect-URI", "https://broker.example"); code != "400 FORMAT_ERROR" {
		t.Errorf("%s", code)
	}
}

// The versions differ as versions.go says; each answer is held to its version's contract.
func TestVersions(t *testing.T) {
	c := newClient(t, "aurora", at(&clock{at: morning}))
	id := c.consents(asking(all()))
	const here = "192.0.2.7"
	list := "/accounts/" + resource(ibans["aurora"][0]) + "/transactions?dateFrom=2025-12-01&bookingStatus="
	for _, v := range []struct {
		version, information, every string
		pages                       string
		structured                  bool
	}{
		{"1.3.6", "400", "400", "page", false},
		{"1.3.8", "200", "400", "page", false},
		{"1.3.9", "200", "200", "pageIndex", false},
		{"1.3.11", "200", "200", "pageIndex", true},
	} {
		if status := send(t, c.b, http.MethodPut, "aurora", "/_dials", "", `{"version":"`+v.version+`","page_size":20}`, nil); status != http.StatusOK {
			t.Fatal(status)
		}
		for word, want := range map[string]string{"information": v.information, "all": v.every} {
			status, _ := c.do(http.MethodGet, list+word, nil, nil, "Consent-ID", id, "PSU-IP-Address", here)
			if fmt.Sprint(status) != want {
				t.Errorf("%s %s: status %d", v.version, word, status)
			}
		}
		structured, next, total := false, list+"both", 0
		for next != "" {
			var page report
			if status, _ := c.do(http.MethodGet, next, nil, &page, "Consent-ID", id, "PSU-IP-Address", here); status != http.StatusOK {
				t.Fatal(status)
			}
			for _, e := range page.Transactions.Booked {
				if remittance, there := e["remittanceInformationStructured"]; there {
					_, structured = remittance.(map[string]any)
				}
			}
			total += len(page.Transactions.Booked) + len(page.Transactions.Pending)
			next = page.Transactions.Links["next"].Href
			if next != "" {
				at, _ := url.Parse(next)
				if at.Query().Get(v.pages) == "" {
					t.Errorf("%s: the next page is %s", v.version, next)
				}
			}
		}
		if structured != v.structured || total < 50 {
			t.Errorf("%s: structured %v, %d in all", v.version, structured, total)
		}
	}
}

// Faults reach account information too, in the framework's words.
func TestFaultsOfAccountInformation(t *testing.T) {
	c := newClient(t, "aurora", at(&clock{at: morning}))
	id := c.consents(asking(all()))
	for _, f := range []struct {
		dials  string
		status int
		broken int
	}{{`{"limit":1}`, 429, 0}, {`{"fail_before":1}`, 500, 0}, {`{"fail_after":1}`, 500, 0}, {`{"garbage":1}`, 200, 1}, {`{"wrong_schema":1}`, 200, 1}, {`{"latency_ms":1}`, 200, 0}} {
		send(t, c.b, http.MethodPut, "aurora", "/_dials", "", f.dials, nil)
		c.b.Broken(f.broken)
		if status, header := c.do(http.MethodGet, "/accounts", nil, nil, "Consent-ID", id, "PSU-IP-Address", "192.0.2.7"); status != f.status || status == 429 && header.Get("Retry-After") != "1" {
			t.Errorf("%s: status %d", f.dials, status)
		}
	}
	send(t, c.b, http.MethodPut, "aurora", "/_dials", "", `{"skew_seconds":86400}`, nil)
	_, header := c.do(http.MethodGet, "/accounts", nil, nil, "Consent-ID", id, "PSU-IP-Address", "192.0.2.7")
	if date, err := http.ParseTime(header.Get("Date")); err != nil || !date.Equal(morning.AddDate(0, 0, 1)) {
		t.Errorf("the bank's date is %s", header.Get("Date"))
	}
	send(t, c.b, http.MethodPut, "aurora", "/_dials", "", `{"history_days":90}`, nil)
	list := "/accounts/" + resource(ibans["aurora"][0]) + "/transactions?bookingStatus=booked&dateFrom=2025-06-01"
	if status, _ := c.do(http.MethodGet, list, nil, nil, "Consent-ID", id); status != http.StatusOK {
		t.Errorf("in the first hour: status %d", status)
	}
}

// Balances are what the account opened with, and all that is booked.
func TestBalancesAddUp(t *testing.T) {
	for _, bank := range Banks() {
		people, err := settle(invented(bank.Bank, morning))
		if err != nil {
			t.Fatal(err)
		}
		again, _ := settle(invented(bank.Bank, morning))
		for i, p := range people {
			for j, account := range p.Accounts {
				sum := account.OpeningCents
				for k, tx := range account.Transactions {
					if tx.Status == "booked" {
						sum += tx.AmountCents
					}
					if tx.balance != sum || tx != again[i].Accounts[j].Transactions[k] {
						t.Fatalf("%s %s: %+v", bank.Bank, account.IBAN, tx)
					}
				}
				if len(account.Transactions) < 12 {
					t.Errorf("%s has %d transactions", account.IBAN, len(account.Transactions))
				}
			}
		}
	}
}
