package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/compliance"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/creditreports"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/glance"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/netguard"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/properties"
	"github.com/pratica-crm/pratica/core/reports"
	"github.com/pratica-crm/pratica/core/rotation"
	"github.com/pratica-crm/pratica/core/search"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/verifications"
	"github.com/pratica-crm/pratica/core/webhooks"
	"github.com/pratica-crm/pratica/tenants"
	"github.com/pratica-crm/pratica/tenants/accounts"
	"github.com/pratica-crm/pratica/tenants/templates"
)

// site is the whole interface over a world of its own.
type site struct {
	*coretest.World
	server *httptest.Server
	blobs  string
	deps   api.Deps
}

func newSite(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	store, err := blob.OpenFiles(dir)
	must(t, err)
	s := newSiteOver(t, store)
	s.blobs = dir
	return s
}

// newSiteOver keeps documents in a store.
func newSiteOver(t *testing.T, store blob.Store) *site {
	t.Helper()
	w := coretest.New(t)
	s := &site{World: w}
	files := applications.New(w.DB, instances.NewEngine(), documents.Source{})
	people := accounts.New(w.Directory, nil, "https://pratica.test", w.Clock.Now)
	papers := documents.New(w.DB, files, store)
	links := connectors.New(w.DB, nil, papers)
	sent := submissions.New(w.DB, instances.NewEngine(), files)
	links.Deliver(connectors.Portal(sent))
	sealed, err := instances.SealAll(templates.All()...)
	must(t, err)
	s.deps = api.Deps{DB: w.DB, Directory: w.Directory, Networks: w.Networks, Policy: w.Policy, Accounts: people,
		Tenants: tenants.New(w.DB, w.Networks, people, w.Policy.Roles(), func(tx *tenancy.Tx, _ ident.AgencyID) error {
			for _, source := range sealed {
				instances.Seed(tx, source)
			}
			return nil
		}),
		Subjects: subjects.New(w.DB, files), Properties: properties.New(w.DB, files), Products: products.New(w.DB), Applications: files,
		Documents: papers, Connectors: links, Submissions: sent, Search: search.New(w.DB), Workflows: instances.NewTemplates(w.DB, w.Policy.Roles()), Jobs: jobs.New(w.DB), Reports: reports.New(w.Networks, w.Clock.Now), Rotation: rotation.New(w.DB, w.Keys)}
	s.deps.Federation = tenants.Federate(s.deps.Tenants, w.Directory, w.Operator, "https://pratica.test", true)
	offers := func(context.Context) (map[string]bool, error) {
		return map[string]bool{"outside": true, "bankportal": false}, nil
	}
	s.deps.Consents = consents.New(w.DB, instances.NewEngine(), files, "https://pratica.test", "cashflow", offers)
	s.deps.Glance = glance.New(w.DB, instances.NewEngine())
	s.deps.CreditReports = creditreports.New(w.DB, files, func(context.Context) (map[string]int64, error) { return map[string]int64{"outside": 0}, nil })
	s.deps.Verifications = verifications.New(w.DB, files, "https://pratica.test", offers)
	s.deps.Callbacks = callbacks.New(w.DB, w.Directory, w.Operator, func(context.Context, string) ([]string, error) { return []string{"news"}, nil })
	s.deps.Callbacks.Admit(callbacks.BankConsent, s.deps.Consents)
	signer, err := audit.OpenKey(filepath.Join(t.TempDir(), "audit.key"), true)
	must(t, err)
	s.deps.Audit, s.deps.Compliance = audit.NewKeeper(w.DB, w.Operator, signer), compliance.New(w.DB, compliance.AgencySealer(w.DB))
	s.deps.Privacy = privacy.New(w.DB, instances.NewEngine(), papers, store, "https://pratica.test")
	s.deps.Bases = instances.NewNetworkTemplates(w.Networks, s.deps.Workflows)
	s.deps.Webhooks = webhooks.New(w.DB, &netguard.Guard{Targets: []string{"127.0.0.1:8443"}}, nil, "https://pratica.test")
	s.server = httptest.NewServer(api.New(s.deps))
	t.Cleanup(s.server.Close)
	return s
}

// caller is somebody signed in, or a machine with a key.
type caller struct {
	t      *testing.T
	site   *site
	cookie string
	key    string
}

func (s *site) as(t *testing.T, a *coretest.Agency, role string) *caller {
	return &caller{t: t, site: s, cookie: s.Token(t, a, role)}
}

// answer is what a request came to.
type answer struct {
	t      *testing.T
	what   string
	Status int
	Header http.Header
	raw    []byte
	body   map[string]any
}

// do sends a request. headers are "Name: value".
func (c *caller) do(method, path string, body any, headers ...string) answer {
	c.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
	case string:
		in = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		must(c.t, err)
		in = bytes.NewReader(raw)
	}
	if strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "/d/") && !strings.HasPrefix(path, "/api/") {
		path = "/api/v1" + path
	}
	r, err := http.NewRequest(method, c.site.server.URL+strings.TrimPrefix(path, c.site.server.URL), in)
	must(c.t, err)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "pratica_session", Value: c.cookie})
	}
	if c.key != "" {
		r.Header.Set("Authorization", "Bearer "+c.key)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(r)
	must(c.t, err)
	defer func() { _ = resp.Body.Close() }()
	a := answer{t: c.t, what: method + " " + path, Status: resp.StatusCode, Header: resp.Header}
	a.raw, err = io.ReadAll(resp.Body)
	must(c.t, err)
	if strings.Contains(resp.Header.Get("Content-Type"), "json") && !strings.Contains(resp.Header.Get("Content-Type"), "ndjson") && len(a.raw) > 0 {
		must(c.t, json.Unmarshal(a.raw, &a.body))
	}
	return a
}

// want fails unless the status is as said.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("%s: %d, want %d: %s", a.what, a.Status, status, a.raw)
	}
	return a
}

// code fails unless the problem has the code.
func (a answer) code(status int, code string) answer {
	a.t.Helper()
	a.want(status)
	if a.body["code"] != code {
		a.t.Fatalf("%s: code %v, want %s: %s", a.what, a.body["code"], code, a.raw)
	}
	if ct := a.Header.Get("Content-Type"); ct != "application/problem+json" {
		a.t.Errorf("%s: an error came as %s", a.what, ct)
	}
	return a
}

func (a answer) str(name string) string {
	a.t.Helper()
	v, ok := a.body[name].(string)
	if !ok {
		a.t.Fatalf("%s: no %s in %s", a.what, name, a.raw)
	}
	return v
}

func (a answer) items() []map[string]any {
	a.t.Helper()
	list, ok := a.body["items"].([]any)
	if !ok {
		a.t.Fatalf("%s: no items in %s", a.what, a.raw)
	}
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i] = list[i].(map[string]any)
	}
	return out
}

func (a answer) match() string { return "If-Match: " + a.Header.Get("ETag") }

var sends int

// send sends an event with the version the file has now.
func (c *caller) send(app, event string, payload map[string]any) answer {
	c.t.Helper()
	sends++
	seen := c.do("GET", "/applications/"+app, nil).want(200)
	body := map[string]any{"event": event}
	if payload != nil {
		body["payload"] = payload
	}
	return c.do("POST", "/applications/"+app+"/events", body, seen.match(), fmt.Sprintf("Idempotency-Key: send-%d", sends))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
