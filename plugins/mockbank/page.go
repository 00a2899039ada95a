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
<li>Otherwise: income approved, property checks, approved, offer. The rate is the table's, and one basis point more for each further 1 % of LTV above 50 %.</li></ol>
</body></html>
`))

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = pageTemplate.Execute(w, map[string]any{"Banks": Banks()}) // whoever went away needs no page
}
