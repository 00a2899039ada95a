package api_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/tenants"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// attack is a request with something forged, ended, used up or another agency's, and what it comes to. counted is the reason under
// which pratica_refused_total grows. audited is the code of the entry that an agency's trail gains; what nobody in particular sends has
// no trail to stand in, and is counted only.
type attack struct {
	what    string
	do      func() answer
	status  int
	code    string // "": not refused, and harmless
	counted string
	audited string // "": no agency is known
}

// TestRefused is the table of attacks on what identifies a request, a repetition, a version or a place in a list: the right status, the
// counter, the trail where an agency is known, and nothing of what was sent anywhere. There are no webhooks: no route takes calls from
// outside but those of the interface itself. Providers' answers are TestOIDCRefusals', guessed passwords TestGuessing's (tenants/accounts).
func TestRefused(t *testing.T) {
	s := newSite(t)
	deps := s.deps
	deps.Metrics = api.NewMetrics()
	s.server = httptest.NewServer(api.New(deps))
	t.Cleanup(s.server.Close)
	log := listen(t)
	a := &attacks{site: s, t: t, admin: s.as(t, s.A, "agency_admin"), broker: s.as(t, s.A, "broker"), other: s.as(t, s.B, "broker")}
	for _, attack := range a.table(t) {
		s.Clock.Advance(tenants.RefusalEvery) // no server writes the same sooner
		counted, written := a.counted(t, deps.Metrics, attack.counted), a.written(t, attack.audited)
		log.Reset()
		got := attack.do()
		code, _ := got.body["code"].(string)
		if of, is := got.body["error"].(string); is {
			code = "oauth." + of
		}
		if got.Status != attack.status || code != attack.code {
			t.Errorf("%s: %d %s, want %d %s: %.300s", attack.what, got.Status, code, attack.status, attack.code, got.raw)
		}
		if attack.counted != "" && a.counted(t, deps.Metrics, attack.counted) == counted {
			t.Errorf("%s: not counted as %s", attack.what, attack.counted)
		}
		if now := a.written(t, attack.audited); (now != written) != (attack.audited != "") {
			t.Errorf("%s: the trails have %s, before %s", attack.what, now, written)
		}
		if logged := strings.Contains(log.String(), `"msg":"refused"`) && strings.Contains(log.String(), `"code":"`+attack.code+`"`); logged != ((attack.status == 401 || attack.status == 403) && attack.code != "auth.required") {
			t.Errorf("%s: in the log: %v: %s", attack.what, logged, log.String())
		}
		if bytes.Contains(got.raw, []byte("forged")) || strings.Contains(log.String(), "forged") || strings.Contains(log.String(), redact.Hidden) {
			t.Errorf("%s: what was sent is repeated: %s %s", attack.what, got.raw, log.String())
		}
	}
	if told, _ := s.Raw(t, "", `select count(*)::text from audit_entries where action = 'access.refused' and (detail::text like '%forged%' or ref = '' or not detail ? 'route')`); told != "0" {
		t.Errorf("%s entries repeat what was sent, or do not say who and where", told)
	}
	forgedCursors(t, s)
}

type attacks struct {
	*site
	t                    *testing.T
	admin, broker, other *caller
}

func (a *attacks) counted(t *testing.T, m *api.Metrics, reason string) string {
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return regexp.MustCompile(`pratica_refused_total\{reason="` + regexp.QuoteMeta(reason) + `"\} (\S+)`).FindString(w.Body.String())
}

// written says how many refusals stand in the trails: of one code, or all.
func (a *attacks) written(t *testing.T, code string) string {
	t.Helper()
	n, err := a.Raw(t, "", `select count(*)::text from audit_entries where action = 'access.refused' and $1 in ('', detail->>'code')`, code)
	must(t, err)
	return n
}

func (a *attacks) table(t *testing.T) []attack {
	// What the attacks begin from. Each is made by the one it belongs to, and works for them.
	me := func(c *caller, headers ...string) func() answer {
		return func() answer { return c.do("GET", "/me", nil, headers...) }
	}
	secret := func(role string) string {
		return a.admin.do("POST", "/api-keys", map[string]any{"name": "k", "roles": []string{role}}, key()).want(201).str("secret")
	}
	good, ended, revoked := &caller{t: t, site: a.site, key: secret("broker")}, &caller{t: t, site: a.site, key: secret("read_only")}, &caller{t: t, site: a.site, key: secret("read_only")}
	for _, k := range []*caller{good, ended, revoked} {
		k.do("GET", "/me", nil).want(200)
	}
	out, over := a.as(t, a.A, "back_office"), a.as(t, a.A, "read_only")
	out.do("GET", "/me", nil).want(200)
	out.do("POST", "/auth/logout", nil).want(204)
	a.Exec(t, `update api_keys set expires_at = now() - interval '1 second' where prefix = $1`, ended.key[:12])
	a.Exec(t, `update api_keys set revoked_at = now() where prefix = $1`, revoked.key[:12])
	a.Exec(t, `update sessions set expires_at = now() - interval '1 second' where token_hash = sha256(convert_to($1, 'UTF8'))`, over.cookie)
	forget(t, a.site)

	app := a.broker.do("POST", "/applications", asked, "Idempotency-Key: mine").want(201)
	a.broker.do("POST", "/applications", asked, key()).want(201)
	path := "/applications/" + app.str("id")
	document := a.broker.do("POST", path+"/documents", map[string]any{"kind": "mandate"}, key()).want(201)
	a.broker.do("PUT", "/documents/"+document.str("id")+"/content", "%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n", document.match(), "X-File-Name: a.pdf").want(200)
	link := func(body any) string {
		return a.broker.do("POST", "/documents/"+document.str("id")+"/link", body, key()).want(200).str("url")
	}
	plain, once, stale := link(nil), link(map[string]any{"once": true}), link(nil)
	a.broker.do("GET", once, nil).want(200)
	a.Exec(t, `update document_links set expires_at = now() - interval '100 years' where token_hash = sha256(convert_to($1, 'UTF8'))`, strings.TrimPrefix(stale, "/d/"))
	open := func(c *caller, url string) func() answer { return func() answer { return c.do("GET", url, nil) } }
	colleague := a.as(t, a.A, "broker")
	page := a.broker.do("GET", "/applications?limit=1", nil).want(200).body["next_cursor"].(string)
	list := func(c *caller, cursor string) func() answer {
		return func() answer { return c.do("GET", "/applications?cursor="+cursor, nil) }
	}
	change := func(headers ...string) func() answer {
		return func() answer { return a.broker.do("PATCH", path, map[string]any{"term_months": 240}, headers...) }
	}
	post := func(c *caller, body any, headers ...string) func() answer {
		return func() answer { return c.do("POST", "/applications", body, headers...) }
	}
	nobody := &caller{t: t, site: a.site}
	guest := a.applicant(t, a.A)
	guest.do("POST", "/portal/logout", nil).want(204)
	client := a.admin.do("POST", "/api-keys", map[string]any{"name": "c", "roles": []string{"broker"}, "client": true}, key()).want(201)
	token := func(id, secret string) func() answer {
		return func() answer {
			return nobody.exchanges(url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}})
		}
	}
	again := func(purpose string) func() answer {
		return func() answer { return a.follow(purpose, a.spent(t, purpose)) }
	}
	return []attack{ // links first: they last five minutes, and the clock goes on with every entry of a trail
		{"a link in another session of the same person", open(colleague, plain), 404, "document.not_found", "link.refused", "link.refused"},
		{"a link in another agency", open(a.other, plain), 404, "document.not_found", "link.refused", "link.refused"},
		{"a link with a key", open(good, plain), 404, "document.not_found", "link.refused", "link.refused"},
		{"a forged link", open(a.broker, "/d/forged"), 404, "document.not_found", "link.refused", "link.refused"},
		{"a link without signing in", open(nobody, plain), 401, "auth.required", "auth.required", ""},
		{"a link that was used up", open(a.broker, once), 404, "document.not_found", "link.refused", "link.refused"},
		{"a link that is over", open(a.broker, stale), 404, "document.not_found", "link.refused", "link.refused"},

		{"no credential", me(nobody), 401, "auth.required", "auth.required", ""},
		{"a forged session", me(&caller{t: t, site: a.site, cookie: "ses_forged"}), 401, "auth.ended", "auth.ended", ""},
		{"a session after logout", me(out), 401, "auth.ended", "auth.ended", "auth.ended"},
		{"a session that is over", me(over), 401, "auth.ended", "auth.ended", "auth.ended"},
		{"a session that names another agency stays in its own", me(a.broker, "X-Tenant: "+a.B.ID.String()), 200, "", "", ""},
		{"a password that is guessed", func() answer {
			return nobody.do("POST", "/auth/login", map[string]any{"email": "broker@a.test", "password": "forged"})
		}, 401, "auth.wrong", "auth.wrong", ""},
		{"a one-time link that is forged", func() answer { return nobody.do("POST", "/auth/login", map[string]any{"token": "forged"}) }, 401, "auth.link", "auth.link", ""},
		{"an invitation that is forged", func() answer {
			return nobody.do("POST", "/auth/invitations/forged", map[string]any{"name": "x", "password": "una frase lunga e segreta"})
		}, 401, "auth.link", "auth.link", ""},
		{"a reset that is forged", func() answer {
			return nobody.do("POST", "/auth/password-reset/forged", map[string]any{"password": "una frase lunga e segreta"})
		}, 401, "auth.link", "auth.link", ""},

		{"a one-time link that was used", again("login"), 401, "auth.link", "auth.link", "auth.link"},
		{"an invitation that was used", again("invite"), 401, "auth.link", "auth.link", "auth.link"},
		{"a reset that was used", again("reset"), 401, "auth.link", "auth.link", "auth.link"},
		{"a portal link that was used", func() answer { return nobody.do("POST", "/portal/session", map[string]any{"token": guest.link}) }, 401, "portal.link", "portal.link", "portal.link"},
		{"a portal link that is forged", func() answer { return nobody.do("POST", "/portal/session", map[string]any{"token": "forged"}) }, 401, "portal.link", "portal.link", ""},
		{"a portal visit that has ended", func() answer { return guest.do("GET", "/portal/me", nil) }, 401, "portal.ended", "portal.ended", "portal.ended"},
		{"no portal visit at all", func() answer { return a.broker.do("GET", "/portal/me", nil) }, 401, "portal.ended", "portal.ended", ""},
		{"a client's secret that is wrong", token(client.str("id"), "forged"), 401, "oauth.invalid_client", "oauth.invalid_client", "oauth.invalid_client"},
		{"a client that there is not", token(ident.NewAPIKey().String(), "forged"), 401, "oauth.invalid_client", "oauth.invalid_client", ""},
		{"a client's secret as a key", me(&caller{t: t, site: a.site, key: client.str("secret")}), 401, "auth.client", "auth.client", "auth.client"},

		{"a forged key", me(&caller{t: t, site: a.site, key: "prk_forged"}), 401, "auth.ended", "auth.ended", ""},
		{"a key with one character changed", me(&caller{t: t, site: a.site, key: good.key[:20] + "0" + good.key[21:] + "0"}), 401, "auth.ended", "auth.ended", ""},
		{"a key that has expired", me(ended), 401, "auth.ended", "auth.ended", "auth.ended"},
		{"a key that was revoked", me(revoked), 401, "auth.ended", "auth.ended", "auth.ended"},
		{"a key that names another agency", me(good, "X-Tenant: "+a.B.ID.String()), 404, "agency.not_found", "agency.not_found", "agency.not_found"},
		{"a key that names no agency there is", me(good, "X-Tenant: forged"), 404, "agency.not_found", "agency.not_found", "agency.not_found"},
		{"a forged key beside a good session", me(a.broker, "Authorization: Bearer forged"), 401, "auth.ended", "auth.ended", ""},
		{"another scheme without a session", me(nobody, "Authorization: Basic Zm9yZ2Vk"), 401, "auth.ended", "auth.ended", ""},
		{"a key where a person is wanted", func() answer { return good.do("GET", "/me/sessions", nil) }, 403, "auth.person", "auth.person", ""},
		{"a key that acts for a network", func() answer { return good.do("GET", "/networks/"+a.Network.String()+"/agencies", nil) }, 404, "network.not_found", "network.not_found", ""},

		{"an idempotency key with another body", post(a.broker, withAmount(asked), "Idempotency-Key: mine"), 422, "idempotency.other_body", "idempotency.other_body", ""},
		{"an idempotency key of another agency does nothing of theirs", post(a.other, asked, "Idempotency-Key: mine"), 201, "", "", ""},
		{"an idempotency key that is too long", post(a.broker, asked, "Idempotency-Key: "+strings.Repeat("x", 201)), 422, "idempotency.too_long", "idempotency.too_long", ""},

		{"a forged cursor", list(a.broker, "forged"), 422, "list.cursor", "list.cursor", "list.cursor"},
		{"a cursor that is no JSON", list(a.broker, encoded("forged")), 422, "list.cursor", "list.cursor", "list.cursor"},
		{"a cursor of another kind", list(a.broker, encoded(`{"a": 1}`)), 422, "list.cursor", "list.cursor", "list.cursor"},
		{"a cursor that says null", list(a.broker, encoded(`null`)), 422, "list.cursor", "list.cursor", "list.cursor"},
		{"a cursor with SQL in it", list(a.broker, encoded(`["2026-01-01T00:00:00Z","'; drop table applications; --"]`)), 422, "list.cursor", "list.cursor", "list.cursor"},
		{"a cursor that is too long", list(a.broker, strings.Repeat("A", 401)), 422, "input.invalid", "input.invalid", ""},
		{"a cursor of another agency leads to one's own", list(a.other, page), 200, "", "", ""},

		{"no version", change(), 428, "version.required", "version.required", ""},
		{"a version that is no number", change("If-Match: \"forged\""), 412, "version.stale", "version.stale", ""},
		{"any version", change("If-Match: *"), 412, "version.stale", "version.stale", ""},
		{"a version below zero", change("If-Match: \"-1\""), 412, "version.stale", "version.stale", ""},
		{"a version that is yet to come", change("If-Match: \"99\""), 412, "version.stale", "version.stale", ""},
		{"a version larger than numbers", change("If-Match: \"99999999999999999999\""), 412, "version.stale", "version.stale", ""},

		{"another site", post(a.broker, asked, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site", key()), 403, "request.cross_origin", "request.cross_origin", ""},
		{"a method in a header stays what it is", func() answer {
			return a.broker.do("GET", path, nil, "X-HTTP-Method-Override: DELETE")
		}, 200, "", "", ""},
		{"a form instead of JSON", func() answer {
			return a.broker.do("POST", "/applications", "purpose=forged", "Content-Type: application/x-www-form-urlencoded", key())
		}, 415, "input.invalid", "input.invalid", ""},
		{"a file of another agency", func() answer { return a.other.do("GET", path, nil) }, 404, "application.not_found", "other", ""},
		{"an id of another noun", func() answer { return a.broker.do("GET", "/subjects/"+app.str("id"), nil) }, 404, "route.not_found", "route.not_found", ""},
		{"what a role may not", func() answer { return a.broker.do("GET", "/audit", nil) }, 403, "access.denied", "access.denied", ""},
	}
}

// spent is a one-time link of somebody of A that was used.
func (a *attacks) spent(t *testing.T, purpose string) string {
	t.Helper()
	user, found, err := a.Directory.User(t.Context(), "back_office@a.test")
	must(t, err)
	link, hash := accounts.NewToken()
	must(t, a.Directory.IssueToken(t.Context(), hash, purpose, user.ID, a.A.ID, time.Now().Add(time.Hour)))
	if _, _, used, err := a.Directory.SpendToken(t.Context(), hash, purpose); err != nil || !used || !found {
		t.Fatalf("the link was no good before: %v %v", used, err)
	}
	return link
}

// follow sends a one-time link to where its purpose is served.
func (a *attacks) follow(purpose, link string) answer {
	c, password := &caller{t: a.t, site: a.site}, "una frase lunga e segreta"
	switch purpose {
	case "login":
		return c.do("POST", "/auth/login", map[string]any{"token": link})
	case "invite":
		return c.do("POST", "/auth/invitations/"+link, map[string]any{"name": "x", "password": password})
	}
	return c.do("POST", "/auth/password-reset/"+link, map[string]any{"password": password})
}

var keyed int

// key is a fresh Idempotency-Key.
func key() string { keyed++; return fmt.Sprintf("Idempotency-Key: refused-%d", keyed) }

func encoded(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func withAmount(body map[string]any) map[string]any {
	out := map[string]any{"amount_cents": 12_345_00}
	for k, v := range body {
		if out[k] == nil {
			out[k] = v
		}
	}
	return out
}

// forget has the server drop the sessions and keys it remembers for a second: somebody ends one of their own.
func forget(t *testing.T, s *site) {
	t.Helper()
	s.as(t, s.B, "back_office").do("POST", "/auth/logout", nil).want(204)
}

// TestRefusalsAreHeldBack: whoever is refused a hundred times within a minute is in the trail once, and the next entry tells how many more
// there were; somebody else's refusal, and another reason, stand beside it. The counter has them all.
func TestRefusalsAreHeldBack(t *testing.T) {
	s := newSite(t)
	deps := s.deps
	deps.Metrics = api.NewMetrics()
	s.server = httptest.NewServer(api.New(deps))
	t.Cleanup(s.server.Close)
	a := &attacks{site: s, t: t, broker: s.as(t, s.A, "broker"), other: s.as(t, s.A, "back_office")}
	forge := func(c *caller) { c.do("GET", "/applications?cursor=forged", nil).code(422, "list.cursor") }
	trail := func() string {
		out, err := s.Raw(t, "", `select string_agg(concat(detail->>'code', ' ', detail->>'more'), ', ' order by at, id) from audit_entries where action = 'access.refused' and tenant_id = $1`, s.A.ID)
		must(t, err)
		return out
	}
	for range 100 {
		forge(a.broker)
	}
	if got := trail(); got != "list.cursor " {
		t.Errorf("after a hundred: %s", got)
	}
	if got := a.counted(t, deps.Metrics, "list.cursor"); !strings.HasSuffix(got, " 100") {
		t.Errorf("counted: %s", got)
	}
	forge(a.other)
	a.broker.do("GET", "/d/forged", nil).want(404)
	s.Clock.Advance(tenants.RefusalEvery)
	forge(a.broker)
	if got := trail(); got != "list.cursor , list.cursor , link.refused , list.cursor 99" {
		t.Errorf("after a minute: %s", got)
	}
}

// forgedCursors: every list takes its cursors only as it made them; whatever else comes is the caller's mistake.
func forgedCursors(t *testing.T, s *site) {
	admin := s.as(t, s.A, "agency_admin")
	ids := s.things(t)
	h := &hostile{ids: ids}
	lists := 0
	for path, methods := range described(t)["paths"].(map[string]any) {
		op, _ := methods.(map[string]any)["get"].(map[string]any)
		for _, p := range list(op["parameters"]) {
			if p.(map[string]any)["name"] != "cursor" {
				continue
			}
			lists++
			at := h.fill(strings.TrimPrefix(path, "/api/v1"))
			for _, cursor := range []string{"%00", "....", encoded(""), encoded("null"), encoded("1e999"), encoded("-1"), encoded(`""`), encoded(`"\u0000"`), encoded(`[]`), encoded(`{}`), encoded(`[null,null]`),
				encoded(`{"at":"9999-99-99","id":"x"}`), encoded(`["\u0000","\u0000"]`), encoded(strings.Repeat("[", 200))} {
				for sort := range 2 {
					url := at + "?cursor=" + cursor
					if sort == 1 && at == "/applications" {
						url += "&sort=-amount_cents"
					}
					if a := admin.do("GET", url, nil); a.Status >= 500 {
						t.Errorf("%s: %d %s", url, a.Status, a.raw)
					}
				}
			}
		}
	}
	if lists < 7 {
		t.Errorf("only %d lists take a cursor", lists)
	}
}

// listen writes the log down as the program does.
func listen(t *testing.T) *logged {
	t.Helper()
	log, before := &logged{}, slog.Default()
	slog.SetDefault(slog.New(redact.Handler(slog.NewJSONHandler(log, nil))))
	t.Cleanup(func() { slog.SetDefault(before) })
	return log
}

type logged struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}
func (l *logged) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.all.String() }
func (l *logged) Reset()         { l.mu.Lock(); defer l.mu.Unlock(); l.all.Reset() }

// TestPanicSaysNothing: a panic is 500 with a trace id; neither the answer nor the log has what it carries.
func TestPanicSaysNothing(t *testing.T) {
	w := coretest.New(t)
	log := listen(t)
	deps := api.Deps{DB: w.DB, Directory: w.Directory, Web: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("Zqcanary of Mario Rossi") })}
	server := httptest.NewServer(api.New(deps))
	defer server.Close()
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get(server.URL + "/")
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode != 500 || !strings.Contains(string(body), "trace_id") || strings.Contains(string(body)+log.String(), "Zqcanary") || !strings.Contains(log.String(), "refused_test.go") {
		t.Errorf("%d %s\nthe log: %s", resp.StatusCode, body, log.String())
	}
}
