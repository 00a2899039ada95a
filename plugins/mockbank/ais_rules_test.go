package mockbank

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

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

// A booking of many payments says so, and names them, from 1.3.9.
func TestBatches(t *testing.T) {
	c := newClient(t, "aurora", at(&clock{at: morning}))
	out := c.asks(asking(all()))
	c.clicks(out.Links["scaRedirect"].Href, url.Values{"person": {"bruno"}, "answer": {"yes"}})
	for version, want := range map[string]int{"1.3.8": 0, "1.3.9": 3} {
		send(t, c.b, http.MethodPut, "aurora", "/_dials", "", `{"version":"`+version+`","page_size":1000}`, nil)
		var page report
		c.do(http.MethodGet, "/accounts/"+resource(ibans["aurora"][2])+"/transactions?bookingStatus=booked&dateFrom=2025-06-01", nil, &page, "Consent-ID", out.ConsentID)
		parts := -1
		for _, e := range page.Transactions.Booked {
			if e["creditorName"] == "AGENZIA DELLE ENTRATE" {
				details, _ := e["entryDetails"].([]any)
				parts = len(details)
			}
		}
		if parts != want {
			t.Errorf("%s: %d payments in a batch", version, parts)
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
