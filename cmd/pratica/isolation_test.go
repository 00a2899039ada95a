package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/isolation"
	"github.com/pratica-crm/pratica/core/redact"
)

// TestIsolation puts the product together as cmd does, on a real Redis, lets agencies A and B work in it, and asks over HTTP, in
// Redis, in the live updates and in the log what one can learn of the other. Routes come from the route table, their bodies from the
// OpenAPI document: a new one is asked without anybody writing a case.
func TestIsolation(t *testing.T) {
	s := isolate(t)
	s.routes()
	s.references()
	s.lists()
	s.networks()
	s.directories()
	s.portals()
	s.doors()
	s.jobs()
	s.lockedAway()
	s.heard()
	s.redisHolds()
	s.supported()
	s.logged()
	s.measured()
	s.actions()
	s.everyRoute()
	if t.Failed() {
		return
	}
	line, err := s.report.Save(filepath.Join("..", "..", "bin"), "interface")
	must(t, err)
	t.Log(line)
}

// isolated is the product with two agencies at work in it.
type isolated struct {
	t         testing.TB
	world     *coretest.World
	elsewhere *coretest.World
	app       *app
	base      string
	api       document
	a, b      *side
	monitor   *monitor
	log       *lockedBuffer
	report    isolation.Report
	asked     map[string]bool // routes that were asked about what they name
	third     *person         // an admin of agency C, of network M
	token     string          // of N's directory
}

// bank is a connector host that knows one connector and reaches nobody.
type bank struct{ absent }

func (bank) Available(context.Context) ([]connectors.Connector, error) {
	return []connectors.Connector{{Name: "berlingroup", Publisher: connectors.BuiltIn, Capabilities: []string{"open_banking"}, ConfigSchema: json.RawMessage(`{"type":"object"}`)}}, nil
}

// side is one agency: somebody with every role, a broker, a machine, and what they have made.
type side struct {
	agency            *coretest.Agency
	word              string // stands in the names of what they made
	full, broker, key *person
	support           *person           // of the network, under a grant of the agency
	made              map[string]string // collection -> id of one in it: "/applications" -> "app_…"
	fields            map[string]string // field -> id: "subject_id" -> "sub_…"
	ids               map[string]bool
	noun              string            // a key of its own, of a role and a template
	links             map[string]string // route -> link of it: "/d/{token}" -> "/d/…"
	guest             *person           // of its people, in the portal
	heard             func() string
}

func isolate(t *testing.T) *isolated {
	t.Helper()
	w := coretest.New(t)
	redis := coretest.StartRedis(t)
	s := &isolated{t: t, world: w, monitor: monitors(t, redis.URL()), log: &lockedBuffer{}, asked: map[string]bool{}}
	other, third := w.Elsewhere(t)
	s.elsewhere = other
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	t.Cleanup(func() { slog.SetDefault(before) })
	cfg := Config{DatabaseURL: redact.Secret(w.URL("pratica_app")), DatabaseDirectoryURL: redact.Secret(w.URL("pratica_directory")), DatabaseNetworkURL: redact.Secret(w.URL("pratica_network")), DatabaseOperatorURL: redact.Secret(w.URL("pratica_operator")),
		RedisURL: redact.Secret(redis.URL()), BlobDir: filepath.Join(t.TempDir(), "documents"), KeyFile: filepath.Join(t.TempDir(), "root.key"), PublicURL: "http://isolation.test", WebhookTargets: deaf,
		RateAgency: "100000:100000", RateCredential: "100000:100000", RateAddress: "100000:100000"} // so high that they count, and stop nobody
	_, err := crypto.OpenRoot(cfg.KeyFile, true)
	must(t, err)
	_, err = audit.OpenKey(cfg.auditKey(), true)
	must(t, err)
	a, err := openAt(t.Context(), cfg, time.Now, bank{})
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	s.app = a
	handler, beside := a.handler(ctx)
	server := httptest.NewServer(handler)
	s.base = server.URL
	var running sync.WaitGroup
	running.Go(func() { _ = beside(ctx) })
	running.Go(func() { _ = a.work(ctx) })
	t.Cleanup(func() { stop(); server.CloseClientConnections(); server.Close(); running.Wait(); a.close() })

	var read document
	must(t, json.Unmarshal(stranger(t, s.base, "anybody").do("GET", "/api/openapi.json", nil).want(200).raw, &read))
	s.api = read
	s.third = s.session("admin of C", w.Token(t, third, "agency_admin"))
	s.a, s.b = s.side(w.A, "Zqalfa"), s.side(w.B, "Zqbeta")
	s.bases()
	for _, one := range []*side{s.a, s.b} {
		one.heard = (&story{t: t}).listens(one.broker)
	}
	for _, one := range []*side{s.a, s.b} {
		s.works(one)
		s.names(one)
		s.guests(one)
		s.letsIn(one)
		s.learns(one)
	}
	return s
}

// session is somebody of an agency, at a browser.
func (s *isolated) session(name, token string) *person {
	p := stranger(s.t, s.base, name)
	u, err := url.Parse(s.base)
	must(s.t, err)
	p.http.Jar.SetCookies(u, []*http.Cookie{{Name: "pratica_session", Value: token}})
	return p
}

func (s *isolated) side(a *coretest.Agency, word string) *side {
	s.world.Exec(s.t, `update members set roles = '{agency_admin,broker,back_office,compliance_officer}' where tenant_id = $1 and roles = '{agency_admin}'`, a.ID)
	one := &side{agency: a, word: word, made: map[string]string{}, fields: map[string]string{}, ids: map[string]bool{a.ID.String(): true}, links: map[string]string{}}
	one.noun = "only" + strings.ToLower(word[2:])
	one.full = s.session("everybody of "+word, s.world.Token(s.t, a, "agency_admin"))
	one.broker = s.session("broker of "+word, s.world.Token(s.t, a, "broker"))
	one.key = stranger(s.t, s.base, "key of "+word)
	one.key.key = one.full.do("POST", "/api-keys", object{"name": word, "roles": []string{"broker"}}).want(201).str("secret")
	return one
}

// works lets an agency make one of everything a request can make without a bank.
func (s *isolated) works(one *side) {
	s.t.Helper()
	p := one.full
	post := func(path string, body any) string {
		s.t.Helper()
		a := p.do("POST", path, body).want(201)
		s.keep(one, a)
		id, _ := a.body["id"].(string)
		one.made[numberless(path)] = id
		return id
	}
	lender := post("/lenders", object{"key": "bank", "name": "Banca " + one.word, "agreement_from": day(-30)})
	product := post("/products", object{"lender_id": lender, "name": "Mutuo " + one.word, "product_kind": "mortgage", "rate_kind": "fixed", "nominal_rate_bps": 350, "min_amount_cents": 1, "max_amount_cents": 500_000_00, "max_term_months": 360})
	subject := post("/subjects", natural(one.word, 2_600_00))
	property := post("/properties", house("Via "+one.word+" 1", 200_000_00))
	app := "/applications/" + post("/applications", (&story{}).asked())
	post(app+"/parties", object{"subject_id": subject, "role_type": "applicant"})
	post(app+"/properties", object{"property_id": property, "purpose": "mortgaged"})
	post(app+"/notes", object{"text": "Nota " + one.word})
	post(app+"/tasks", object{"title": "Compito " + one.word})
	document := post(app+"/documents", object{"kind": "mandate"})
	read := p.do("GET", "/documents/"+document, nil).want(200)
	p.do("PUT", "/documents/"+document+"/content", paper, read.match(), "Content-Type: application/pdf", "X-File-Name: "+one.word+".pdf").want(200)
	one.links["/d/{token}"] = one.broker.do("POST", "/documents/"+document+"/link", object{}).want(200).str("url")
	post(app+"/submissions", object{"lender_id": lender, "product_id": product})
	post("/members", object{"email": strings.ToLower(one.word) + "@invited.test", "name": one.word, "roles": []string{"read_only"}})
	s.world.Exec(s.t, `insert into member_offers (tenant_id, id, user_id, name, email, roles, offered_at) select tenant_id, id, user_id, name, email, '{broker}', now() from members where tenant_id = $1 and status = 'invited'`, one.agency.ID)
	post("/api-keys", object{"name": "spare " + one.word, "roles": []string{"read_only"}})
	post("/suspicion-reports", object{"subject_id": subject, "reason": "contanti"})
	hook := post("/webhooks", hook())
	one.made["/webhooks/{id}/deliveries"] = p.do("POST", "/webhooks/"+hook+"/test", nil).want(200).str("id")
	// What a bank or long work would have made.
	tenant, connection, operation, job := one.agency.ID, ident.NewConnection(), ident.NewOperation(), ident.NewJob()
	s.world.Exec(s.t, `insert into connections (tenant_id, id, connector, name, created_at) values ($1, $2, 'berlingroup', $3, now())`, tenant, connection, one.word)
	s.world.Exec(s.t, `insert into operations (tenant_id, id, connector, method, payload, next_attempt_at, created_at, updated_at) values ($1, $2, 'bankportal', 'SubmitApplication', null, now() + interval '1 day', now(), now())`, tenant, operation)
	s.world.Exec(s.t, `insert into operations (tenant_id, id, connector, method, payload, next_attempt_at, created_at, updated_at) values ($1, $2, 'bankportal', 'SubmitApplication', null, now(), now(), now())`, tenant, ident.NewOperation()) // due: it goes over Redis
	s.world.Exec(s.t, `insert into jobs (tenant_id, id, kind, request, about, created_by, created_at, turn_at) values ($1, $2, 'held', '{}', '{}', 'system', now(), now())`, tenant, job)
	post("/subjects/"+subject+"/bank-consents", object{"application_id": strings.TrimPrefix(app, "/applications/"), "connection_id": connection.String(), "institution": "", "institution_name": "Banca " + one.word, "valid_until": day(90)})
	one.made["/connections"], one.made["/operations"], one.made["/jobs"] = connection.String(), operation.String(), job.String()
}

// learns reads all that the agency may read, and keeps the ids in it: they are what the other one must never be shown.
func (s *isolated) learns(one *side) {
	s.t.Helper()
	for _, id := range one.made {
		one.ids[id] = true
	}
	for _, r := range s.table("GET") {
		if path, ok := s.fill(r.Path, one); ok {
			s.keep(one, one.full.do("GET", s.asks(r, path, one), nil))
		}
	}
}

var (
	typedID = regexp.MustCompile(`\b[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}\b`)
	ownKey  = regexp.MustCompile(`\bonly(?:alfa|beta|base|nobody)\b`)
	field   = regexp.MustCompile(`"(\w+)": ?"([a-z]{3}_[0-9a-hjkmnp-tv-z]{26})"`)
)

// keep remembers the ids an answer holds.
func (s *isolated) keep(one *side, a reply) {
	for _, id := range typedID.FindAllString(string(a.raw), -1) {
		one.ids[id] = true
	}
	for _, m := range field.FindAllStringSubmatch(string(a.raw), -1) {
		if one.fields[m[1]] == "" {
			one.fields[m[1]] = m[2]
		}
	}
}

// numberless is a collection's path without the ids in it.
func numberless(path string) string { return typedID.ReplaceAllString(path, "{id}") }

// stray is an id of the same noun that never was.
func stray(id string) string { return id[:4] + ident.NewApplication().String()[4:] }

// strays replaces every id and key in a text, and a link's token.
func strays(text string) string {
	if at := strings.LastIndex(text, "/") + 1; strings.HasPrefix(text, "/d/") || strings.Contains(text, "/open/") {
		return text[:at] + strings.Repeat("A", len(text)-at)
	}
	return ownKey.ReplaceAllString(typedID.ReplaceAllStringFunc(text, stray), "onlynobody")
}

// strays replaces the ids in a text that are the agency's.
func (one *side) strays(text string) string {
	return typedID.ReplaceAllStringFunc(text, func(id string) string {
		if one.ids[id] {
			return stray(id)
		}
		return id
	})
}

// belongs reports what of an agency stands in a text, but for what was sent.
func (one *side) belongs(text string, sent ...string) string {
	for _, s := range sent {
		for _, id := range append(typedID.FindAllString(s, -1), ownKey.FindAllString(s, -1)...) {
			text = strings.ReplaceAll(text, id, "")
		}
	}
	for _, word := range []string{one.word, one.noun} {
		if strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			return word
		}
	}
	for _, id := range typedID.FindAllString(text, -1) {
		if one.ids[id] {
			return id
		}
	}
	return ""
}

var (
	perRequest = regexp.MustCompile(`"trace_id":"[^"]*"`)
	perAnswer  = map[string]bool{"Date": true, "X-Request-Id": true, "Ratelimit-Remaining": true, "Ratelimit-Reset": true, "Ratelimit": true}
)

// plain is everything of an answer that could tell something: status, headers and body, without the ids that were sent.
func (a reply) plain() string {
	var b bytes.Buffer
	h := a.header.Clone()
	for name := range perAnswer {
		h.Del(name)
	}
	must(a.t, h.Write(&b))
	return http.StatusText(a.status) + "\n" + ownKey.ReplaceAllString(typedID.ReplaceAllString(b.String()+perRequest.ReplaceAllString(string(a.raw), ""), "…"), "…")
}

// lockedBuffer takes the log of several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
