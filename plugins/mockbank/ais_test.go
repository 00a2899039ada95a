package mockbank

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

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
