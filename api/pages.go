package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/fault"
)

var errNoRoute = fault.New(fault.NotFound, "route.not_found", "There is no such address. The interface is described at /api/docs.")

// pages mounts what is not an endpoint: health, live updates, documentation, the workspace.
func (s *server) pages() {
	s.mux.HandleFunc("/livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	s.mux.HandleFunc("/readyz", s.ready)
	s.mux.HandleFunc("/api/v1/stream", s.stream).Methods(http.MethodGet)
	s.mux.HandleFunc("/api/docs", s.docs).Methods(http.MethodGet)
	s.mux.HandleFunc("/problems/{code}", problemPage).Methods(http.MethodGet)
	s.mux.PathPrefix("/scim/").HandlerFunc(func(w http.ResponseWriter, r *http.Request) { refuseScim(w, requestOf(r.Context()), errNoRoute) })
	for _, machines := range []string{"/api/", "/oauth/", "/d/", "/callbacks/", "/.well-known/", "/metrics"} { // nobody's pages
		s.mux.PathPrefix(machines).HandlerFunc(func(w http.ResponseWriter, r *http.Request) { writeProblem(w, errNoRoute, requestOf(r.Context()).id) })
	}
	s.mux.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := &Problem{Type: "/problems/route.method", Title: http.StatusText(http.StatusMethodNotAllowed), Status: http.StatusMethodNotAllowed, Code: "route.method", Detail: "This address does not take that method."}
		writeProblem(w, p, requestOf(r.Context()).id)
	})
	if s.deps.Web != nil {
		s.mux.PathPrefix("/").Handler(s.deps.Web)
	}
}

// ready gates on the database; Redis and connectors are reported, never gating.
func (s *server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	parts := map[string]string{"database": "ok"}
	status := http.StatusOK
	if s.deps.DB.Ping(ctx) != nil {
		parts["database"], status = "away", http.StatusServiceUnavailable
	}
	for name, ask := range s.deps.Health {
		parts[name] = "ok"
		if ask(ctx) != nil {
			parts[name] = "away"
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(parts)
}

// pageStyle is the one sheet of our own pages; their policy names it by its hash.
const pageStyle = `body{font:15px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2b2b}code{font:13px ui-monospace,monospace}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d5dede}@media(prefers-color-scheme:dark){body{background:#131a1a;color:#dce6e6}a{color:#7fd4cc}}`

var pagePolicy = policyOf(pageStyle)

// policyOf lets a page have its one sheet, and nothing else.
func policyOf(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'"
}

var docsPage = template.Must(template.New("docs").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Pratica API</title>
<style>` + pageStyle + `</style>
<h1>Pratica API</h1><p>OpenAPI 3.1: <a href="/api/openapi.json">JSON</a>, <a href="/api/openapi.yaml">YAML</a>. Errors are problem details (RFC 9457) with a stable <code>code</code>.</p>
<table><tr><th>Method</th><th>Path</th><th>What it does</th><th>Permission</th></tr>
{{range .}}<tr><td><code>{{.Method}}</code></td><td><code>{{.Path}}</code></td><td>{{.Summary}}</td><td><code>{{.Action}}</code></td></tr>{{end}}</table></html>`))

// docs is our own page: no script, nothing from elsewhere.
func (s *server) docs(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_ = docsPage.Execute(w, Table(s.deps))
}

var problemDoc = template.Must(template.New("problem").Parse(`<!doctype html><html lang="en"><meta charset="utf-8"><title>{{.}}</title>
<style>` + pageStyle + `</style><h1><code>{{.}}</code></h1>
<p>This is a stable error code of the Pratica API. The <code>detail</code> of the answer says what happened and what to do; <code>errors</code> names wrong fields, <code>blockers</code> what holds a file and who can clear it.</p>
<p>When you ask for help, quote the <code>trace_id</code>.</p><p><a href="/api/docs">All operations</a></p></html>`))

func problemPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_ = problemDoc.Execute(w, mux.Vars(r)["code"])
}
