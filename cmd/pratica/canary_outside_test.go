package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// outside: a person lets their accounts be read, at the bank itself, and figures are drawn from them; a bureau reports on them; they are
// asked to prove who they are.
func (c *caged) outside() {
	c.t.Helper()
	who, app := "/subjects/"+c.subjects["Rossi"], c.broker.do("POST", "/applications", c.asked()).want(201).str("id")
	c.broker.do("POST", "/applications/"+app+"/parties", object{"subject_id": c.subjects["Rossi"], "role_type": "applicant"}).want(201)
	connect := func(connector string, config object) string {
		return c.story.admin.do("POST", "/connections", object{"connector": connector, "lender_id": "", "name": c.bird("mailed name of a connection"), "config": config}).want(201).str("id")
	}
	c.reads(who, object{"application_id": app, "connection_id": connect("berlingroup", object{"url": c.bank.URL + "/aurora/psd2", "token": "demo-aurora"}),
		"institution": "", "institution_name": c.bird("name of an institution"), "valid_until": day(90)})

	c.story.admin.do("PUT", "/budget", object{"monthly_cents": 100_00}, c.story.admin.do("GET", "/budget", nil).want(200).match()).want(200)
	c.compliance.do("POST", "/consent-texts", object{"purpose": "credit_check", "it": c.bird("text of an enquiry") + " e altre parole ancora", "en": c.bird("text of an enquiry in English") + " and some words more"}).want(201)
	c.broker.do("POST", who+"/consents", object{"purpose": "credit_check", "state": "given", "channel": "paper"}).want(200)
	c.broker.do("POST", who+"/credit-reports", object{"application_id": app, "connection_id": connect("bureau", object{"url": c.bank.URL + "/bureau", "token": c.plant("token of a bureau", "demo-bureau")}),
		"purpose": "creditworthiness", "cost_max_cents": 100_00}).want(201)
	eventually(c.t, "the credit report", func() bool {
		return c.broker.do("GET", who+"/credit-reports", nil).want(200).items()[0]["state"] == "ready"
	})

	proof := object{"application_id": app, "provider": "spid", "level": "low", // nobody answers as an identity provider there
		"connection_id": connect("identity", object{"spid": c.bank.URL + "/spid", "client_id": c.bird("client id at a federation"), "key": c.signingKey()})}
	asked := c.broker.do("POST", who+"/verifications", proof).want(201)
	c.plant("mailed link to a verification", last(asked.str("link")))
}

// signingKey is a fresh one, in PEM; its lines are planted one by one.
func (c *caged) signingKey() string {
	c.t.Helper()
	made, err := rsa.GenerateKey(rand.Reader, 2048)
	must(c.t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(made)
	must(c.t, err)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
	for _, line := range strings.Split(text, "\n")[2:20] { // between what all such keys begin and end with
		c.plant("key for a federation", line)
	}
	return text
}

// reads: the person follows their link to the bank, agrees there, and comes back.
func (c *caged) reads(who string, order object) {
	c.t.Helper()
	link, _ := c.broker.do("POST", who+"/bank-consents", order).want(201).body["link"].(object)
	person := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	shown := func(resp *http.Response, err error) (*http.Response, string) {
		must(c.t, err)
		text, err := io.ReadAll(resp.Body)
		must(c.t, err)
		must(c.t, resp.Body.Close())
		return resp, string(text)
	}
	token := c.plant("mailed link to a consent", last(link["url"].(string)))
	if begun, text := shown(person.PostForm(c.program.url+"/callbacks/"+token, nil)); begun.StatusCode != http.StatusSeeOther {
		c.t.Fatalf("whoever begins is answered %s: %.300s", begun.Status, text)
	}
	var page string
	eventually(c.t, "the way to the bank", func() bool {
		at, text := shown(person.Get(c.program.url + "/callbacks/" + token))
		page = text
		return strings.Contains(page, "/sca/") && strings.HasPrefix(at.Header.Get("Refresh"), "0; url="+c.bank.URL)
	})
	to := html.UnescapeString(first(c, `href="([^"]+/sca/[^"]+)"`, page))
	c.plant("confirmation at a bank", last(to))
	_, page = shown(person.Get(to))
	for _, iban := range regexp.MustCompile(`<code>([^<]+)</code>`).FindAllStringSubmatch(page, -1) {
		c.plant("IBAN at a bank", iban[1])
	}
	back, _ := shown(person.PostForm(to, url.Values{"answer": {"yes"}, "person": {first(c, `name="person" value="([^"]+)"`, page)}}))
	at, err := back.Location()
	must(c.t, err)
	c.plant("way back from a bank", last(at.Path))
	home, text := shown(person.Get(c.program.url + at.Path + "?code=" + c.bird("code of a bank")))
	if home.StatusCode != http.StatusSeeOther || last(home.Header.Get("Location")) != token {
		c.t.Fatalf("whoever comes back is answered %s: %.300s", home.Status, text)
	}
	if again, text := shown(person.Get(c.program.url + at.Path)); again.StatusCode != http.StatusNotFound || len(c.found(text)) > 0 {
		c.t.Errorf("the way back, once more: %s: %.300s", again.Status, text)
	}
	var flow reply
	eventually(c.t, "the figures", func() bool {
		flow = c.compliance.do("GET", who+"/cash-flow", nil).want(200)
		figures, _ := flow.body["figures"].([]any)
		return len(figures) > 0
	})
	behind, _ := flow.body["transactions"].([]any)
	if got := c.found(string(flow.raw)); len(got) == 0 || len(behind) == 0 {
		c.t.Errorf("the figures come without the accounts and transactions behind them: %.300s", flow.raw)
	}
}

// last is the secret at the end of an address.
func last(address string) string { return address[strings.LastIndex(address, "/")+1:] }

// first is what a page has in a place.
func first(c *caged, place, page string) string {
	c.t.Helper()
	found := regexp.MustCompile(place).FindStringSubmatch(page)
	if found == nil {
		c.t.Fatalf("no %s on the page: %.500s", place, page)
	}
	return found[1]
}
