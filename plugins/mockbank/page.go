package mockbank

import (
	"html/template"
	"net/http"
	"strings"
)

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"percent": percent, "join": func(s []string) string {
	if len(s) == 0 {
		return "nothing"
	}
	return strings.Join(s, ", ")
}, "euros": func(cents int64) int64 { return cents / 100 }}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Mock banks</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
th,td{border-bottom:1px solid #ccc;padding:.4rem .6rem;text-align:left}code{background:#f2f2f2;padding:0 .2rem}</style></head><body>
<h1>Mock banks</h1>
<p>These banks decide by the rules below, on what was submitted and on nothing else.</p>
<table><thead><tr><th>Bank</th><th>Path</th><th>Token</th><th>Highest LTV</th><th>Highest instalment / income</th><th>Highest amount</th><th>Term</th><th>Asks for</th><th>Takes only complete files</th><th>Rate</th><th>Offer holds</th></tr></thead><tbody>
{{range .Banks}}<tr><td>{{.Name}}</td><td><code>/{{.Bank}}</code></td><td><code>demo-{{.Bank}}</code></td><td>{{percent .MaxLTVBPS}}</td><td>{{percent .MaxDTIBPS}}</td><td>{{euros .MaxAmountCents}} €</td><td>{{.MinTermMonths}}–{{.MaxTermMonths}} months</td><td>{{join .Asks}}</td><td>{{if .Complete}}yes{{else}}no{{end}}</td><td>{{percent .RateBPS}}</td><td>{{.OfferDays}} days</td></tr>
{{end}}</tbody></table>
<h2>In what order</h2>
<ol><li>A bank that takes only complete files bounces one without a party or without a property.</li>
<li>It acknowledges the file. If it asks for documents it waits for all of them; the bytes must be those that <code>Content-Digest</code> names.</li>
<li>It rejects, with the first reason that applies: <code>other</code> (amount or term outside the table), <code>documents</code> (a digest that is no SHA-256),
<code>property</code> (one without a value), <code>credit_history</code> (monthly debts above the income of a party), <code>income</code> (instalment / income above the table), <code>ltv</code> (LTV above the table).</li>
<li>Otherwise: income approved, property checks, approved, offer. The rate is the table's, and one basis point more for each further 1 % of LTV above 50 %.</li><li>Where it rejects for income or LTV, a smaller loan may pass. An application with <code>accepts_counter_offer</code> is made a counter-offer in place of the rejection:
the largest loan, in whole thousands of euros from 10,000, that keeps both ratios. It waits for a yes or no as long as an offer holds; without one it is rejected.</li></ol>
<h2>APIs</h2>
<table><thead><tr><th>API</th><th>Below</th><th>Contract</th><th>Client is known by</th></tr></thead><tbody>
<tr><td>Mortgage portal: products, pre-check, submission (at once, or 202 and a command to poll), steps, logbook, messages, missing documents, counter-offer, withdrawal</td><td><code>/{bank}</code></td><td><a href="/openapi.yaml">our own</a></td><td>the bank's token</td></tr>
<tr><td>The same applications as Europace's lenders see them</td><td><code>/{bank}/v2/antraege</code></td><td>Europace Anträge 2.97</td><td>the bank's token</td></tr>
<tr><td>Account information (PSD2)</td><td><code>/{bank}/psd2/v1</code></td><td>Berlin Group NextGenPSD2, 1.3.6 to 1.3.11</td><td>the bank's token, or a client certificate (QWAC) where the bank listens with TLS</td></tr>
<tr><td>Credit bureau: a report costs 2.40 € and comes after a look or more</td><td><code>/bureau</code></td><td><a href="/openapi.yaml">our own</a></td><td><code>demo-bureau</code></td></tr>
</tbody></table>
<p>A token goes into <code>Authorization: Bearer …</code>. A POST that changes something needs an <code>Idempotency-Key</code>; with the Berlin Group that is <code>X-Request-ID</code>.</p>
<h2>Accounts</h2>
<table><thead><tr><th>Bank</th><th>Version</th><th>People confirm</th><th>Consents</th><th>Their consents, to revoke</th></tr></thead><tbody>
{{range .Banks}}<tr><td>{{.Name}}</td><td>{{.Version}}</td><td>{{if eq .SCA "redirect"}}on the bank's page{{else}}in an app, after two looks{{end}}</td><td>{{if .ConsentSet}}one for the list, one for each account{{else}}one{{end}}</td><td><a href="/{{.Bank}}/psd2/home">/{{.Bank}}/psd2/home</a></td></tr>
{{end}}</tbody></table>
<p>Each bank has three customers, all invented: <code>ada</code> (an employee who rents), <code>bruno</code> (self-employed, overdrawn now and then) and <code>carla</code> (a pensioner who saves). Their id is the PSU-ID; the page asks
who you are. While the person is away (no <code>PSU-IP-Address</code>) each resource is read four times a day, then 429. A consent lasts 180 days at most. A new one replaces the one that was, except where a bank has consent sets.</p>
<h2>Callbacks</h2>
<p>Who gives <code>Callback-URL</code> at a submission or order, or <code>TPP-Notification-URI</code> with a consent, is told that something happened. Callbacks are signed as Standard Webhooks are (<code>webhook-id</code>,
<code>webhook-timestamp</code>, <code>webhook-signature: v1,…</code>, HMAC-SHA256). The secrets: {{range .Secrets}}{{.Bank}} <code>{{.Secret}}</code> {{end}}</p>
<h2>Dials</h2>
<p><code>PUT /_dials</code> sets the faults of everybody, <code>PUT /{bank}/_dials</code> and <code>PUT /bureau/_dials</code> those of one; no token. What is not in the body is off. Counters are used up by that many requests.</p>
<table><thead><tr><th>Dial</th><th>What it does</th></tr></thead><tbody>
{{range .Dials}}<tr><td><code>{{index . 0}}</code></td><td>{{index . 1}}</td></tr>
{{end}}</tbody></table>
</body></html>
`))

// dialWords explains the dials.
var dialWords = [][2]string{
	{"only", "The faults below are for requests of this HTTP method; empty: of any."},
	{"latency_ms", "Every answer waits as long."},
	{"fail_before", "500, and nothing was done."},
	{"limit", "429 with Retry-After: 1, and nothing was done."},
	{"fail_after", "500, although it was done."},
	{"truncate", "It was done, but the answer breaks off."},
	{"garbage", "It was done, but the answer is a web page."},
	{"wrong_schema", "It was done, but the answer's JSON is wrapped in what no contract knows."},
	{"hang", "It was done, but there is no answer until the client goes away."},
	{"forget_keys", "true: what comes again with the same Idempotency-Key is done again."},
	{"command_polls", "Submissions are answered 202, and take this many looks at their command; so do reports of the bureau."},
	{"counter_offers", "true: every submission counts as one that welcomes a counter-offer."},
	{"skew_seconds", "The clock is ahead by this, or behind: the Date of answers, dates of steps and consents, timestamps of callbacks."},
	{"duplicate_callbacks", "This many callbacks come twice, under one id."},
	{"sca", "redirect or decoupled: how people confirm, whatever the client prefers."},
	{"sca_polls", "A decoupled confirmation is there after this many looks; 0: two."},
	{"sca_refuse", "This many decoupled confirmations are refused by the person."},
	{"explicit_start", "true: clients start the confirmation themselves, after the consent."},
	{"version", "The version of the Berlin Group's contract, 1.3.6 to 1.3.11."},
	{"consent_set", "true: one consent for each account; false: one for all."},
	{"require_certificate", "true: account information is for clients with a certificate (QWAC) of the test authority."},
	{"require_seal", "true: every request for account information must be signed with a certificate (QSEAL) of the test authority."},
	{"page_size", "Transactions on a page; 0: 50."},
	{"history_days", "Transactions further back only while the person is there, or within an hour of their consent; 0: no bound."},
}

func page(w http.ResponseWriter, _ *http.Request) {
	type secret struct{ Bank, Secret string }
	secrets := []secret{}
	for _, bank := range append(Banks(), Rules{Bank: bureauName}) {
		secrets = append(secrets, secret{bank.Bank, CallbackSecret(bank.Bank)})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, map[string]any{"Banks": Banks(), "Secrets": secrets, "Dials": dialWords}) // whoever went away needs no page
}
