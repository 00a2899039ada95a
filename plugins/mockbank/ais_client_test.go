package mockbank

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

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
