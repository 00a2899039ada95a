package api_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/tenants"
)

// idp is a real provider on this machine, whose id tokens a test may bend.
type idp struct {
	*mockoidc.MockOIDC
	t    *testing.T
	bend func(claims jwt.MapClaims) // nil: as they are
	sign func(claims jwt.MapClaims) string
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	m, err := mockoidc.NewServer(nil)
	must(t, err)
	p := &idp{MockOIDC: m, t: t}
	must(t, m.AddMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != mockoidc.TokenEndpoint || p.bend == nil && p.sign == nil {
				next.ServeHTTP(w, r)
				return
			}
			seen := httptest.NewRecorder()
			next.ServeHTTP(seen, r)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(seen.Code)
			_, _ = w.Write(p.bent(seen.Body.Bytes()))
		})
	}))
	at, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, m.Start(at, nil))
	t.Cleanup(func() { _ = m.Shutdown() })
	return p
}

// bent replaces the id token of an answer.
func (p *idp) bent(body []byte) []byte {
	var answer map[string]any
	if json.Unmarshal(body, &answer) != nil || answer["id_token"] == nil {
		return body
	}
	claims := jwt.MapClaims{}
	_, _, err := jwt.NewParser().ParseUnverified(answer["id_token"].(string), claims)
	must(p.t, err)
	if p.bend != nil {
		p.bend(claims)
	}
	if p.sign != nil {
		answer["id_token"] = p.sign(claims)
	} else if answer["id_token"], err = p.Keypair.SignJWT(claims); err != nil {
		p.t.Fatal(err)
	}
	raw, err := json.Marshal(answer)
	must(p.t, err)
	return raw
}

// signed signs with a key of one's own, under the id of the provider's.
func (p *idp) signed(method jwt.SigningMethod, key any) func(jwt.MapClaims) string {
	return func(claims jwt.MapClaims) string {
		token := jwt.NewWithClaims(method, claims)
		token.Header["kid"], _ = p.Keypair.KeyID()
		raw, err := token.SignedString(key)
		must(p.t, err)
		return raw
	}
}

// somebody is who the provider signs in next.
func (p *idp) somebody(subject, email string) {
	p.QueueUser(&mockoidc.MockUser{Subject: subject, Email: email, EmailVerified: true})
}

func (p *idp) config(more map[string]any) map[string]any {
	out := map[string]any{"issuer": p.Issuer(), "client_id": p.ClientID, "client_secret": p.ClientSecret, "domains": []string{"a.test"}}
	for k, v := range more {
		out[k] = v
	}
	return out
}

const providerPath = "/agency/identity-provider"

func (c *caller) provides(body map[string]any) answer {
	c.t.Helper()
	return c.do("PUT", providerPath, body, c.do("GET", providerPath, nil).want(200).match())
}

// browser goes by hand through a sign-in.
type browser struct {
	*caller
	cookies map[string]string
	to      string // the address the provider sent it to
}

func (s *site) browser(t *testing.T) *browser {
	return &browser{caller: &caller{t: t, site: s}, cookies: map[string]string{}, to: "/api/v1/auth/oidc/" + s.A.ID.String() + "/callback"}
}

// get does not follow where it is sent.
func (b *browser) get(address string, headers ...string) (*http.Response, string) {
	b.t.Helper()
	r, err := http.NewRequest("GET", address, nil)
	must(b.t, err)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	client := &http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	must(b.t, err)
	defer func() { _ = resp.Body.Close() }()
	var body bytes.Buffer
	_, _ = body.ReadFrom(resp.Body)
	for _, c := range resp.Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return resp, body.String()
}

// starts begins a sign-in and gives where the provider is, with all it is told.
func (b *browser) starts(a *coretest.Agency) *url.URL {
	b.t.Helper()
	resp, body := b.get(b.site.server.URL + "/api/v1/auth/oidc/" + a.ID.String() + "/start")
	if resp.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("start: %d %s", resp.StatusCode, body)
	}
	to, err := resp.Location()
	must(b.t, err)
	return to
}

// signsIn begins, and lets the provider answer: what the browser brings back.
func (b *browser) signsIn(a *coretest.Agency) url.Values {
	b.t.Helper()
	resp, body := b.get(b.starts(a).String())
	back, err := resp.Location()
	if err != nil {
		b.t.Fatalf("the provider: %d %s", resp.StatusCode, body)
	}
	b.to = back.Path
	return back.Query()
}

func (b *browser) back(in url.Values, headers ...string) (int, string) {
	b.t.Helper()
	resp, body := b.get(b.site.server.URL+b.to+"?"+in.Encode(), headers...)
	b.cookie = b.cookies["pratica_session"]
	return resp.StatusCode, body
}

// TestOIDC is a whole sign-in against a real provider, and what the session opens: the agency, and nothing else of the person's.
func TestOIDC(t *testing.T) {
	s := newSite(t)
	s.Clock.Advance(time.Since(s.Clock.Now())) // sessions end by the database's clock
	p := newIDP(t)
	admin, adminB := s.as(t, s.A, "agency_admin"), s.as(t, s.B, "agency_admin")
	s.as(t, s.A, "broker").do("GET", providerPath, nil).code(403, "access.denied")
	s.as(t, s.A, "broker").do("PUT", providerPath, p.config(nil), `If-Match: "1"`).code(403, "access.denied")
	for name, c := range map[string]struct {
		more   map[string]any
		status int
		code   string
	}{
		"plain http":      {map[string]any{"issuer": "http://login.example.com"}, 422, "identity_provider.issuer"},
		"a query":         {map[string]any{"issuer": "https://login.example.com/?x=1"}, 422, "identity_provider.issuer"},
		"a private one":   {map[string]any{"issuer": "https://10.0.0.1"}, 422, "identity_provider.issuer"},
		"the metadata":    {map[string]any{"issuer": "https://169.254.169.254"}, 422, "identity_provider.issuer"},
		"not its name":    {map[string]any{"issuer": strings.TrimSuffix(p.Issuer(), "/oidc") + "/oidc/"}, 422, "identity_provider.issuer"},
		"nobody there":    {map[string]any{"issuer": "http://127.0.0.1:1"}, 503, "oidc.unavailable"},
		"no domain":       {map[string]any{"domains": []string{"@a.test"}}, 422, "identity_provider.domain"},
		"no secret":       {map[string]any{"client_secret": ""}, 422, "identity_provider.secret"},
		"no such role":    {map[string]any{"first_role": "captain"}, 422, "member.role"},
		"a map, no claim": {map[string]any{"role_map": map[string]string{"x": "broker"}}, 422, "identity_provider.role_map"},
		"untried":         {map[string]any{"exclusive": true}, 409, "identity_provider.untried"},
	} {
		t.Run(name, func(t *testing.T) {
			by := *admin
			by.t = t
			by.provides(p.config(c.more)).code(c.status, c.code)
		})
	}
	resp, _ := s.browser(t).get(s.server.URL + "/api/v1/auth/oidc/" + s.A.ID.String() + "/start")
	if resp.StatusCode != 404 {
		t.Errorf("without a provider: %d", resp.StatusCode)
	}
	set := admin.provides(p.config(nil)).want(200)
	if strings.Contains(string(set.raw), p.ClientSecret) || strings.Contains(string(admin.do("GET", providerPath, nil).raw), p.ClientSecret) {
		t.Error("the secret is read back")
	}
	if n, err := s.Raw(t, "", `select count(*)::text from identity_providers where position($1::bytea in client_secret) > 0`, []byte(p.ClientSecret)); err != nil || n != "0" {
		t.Errorf("the secret lies in clear in %s rows, %v", n, err)
	}
	admin.do("PUT", providerPath, p.config(nil), `If-Match: "1"`).code(412, "version.stale")
	if other := adminB.do("GET", providerPath, nil).want(200); other.body["configured"] != false || other.str("issuer") != "" {
		t.Errorf("B is shown %s", other.raw)
	}

	// A member signs in, the broker of A. They also have a place in B.
	s.Exec(t, `insert into members (tenant_id, id, user_id, name, email, roles) select $1, gen_random_uuid(), user_id, name, email, '{broker}' from members where email = 'broker@a.test'`, s.B.ID)
	b := s.browser(t)
	p.somebody("subject-1", "Broker@a.test")
	to := b.starts(s.A)
	if q := to.Query(); q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("nonce") == "" || q.Get("state") == "" || strings.Contains(to.String(), p.ClientSecret) {
		t.Errorf("the provider is told %s", to)
	}
	back, _ := b.get(to.String())
	answer, err := back.Location()
	must(t, err)
	if status, body := b.back(answer.Query()); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, body)
	}
	me := b.do("GET", "/me", nil).want(200)
	if len(me.body["agencies"].([]any)) != 1 || me.body["agency"].(map[string]any)["id"] != s.A.ID.String() {
		t.Errorf("the session shows %s", me.raw)
	}
	b.do("GET", "/applications", nil).want(200)
	b.do("POST", "/auth/agency", enter(s.B.ID)).code(404, "agency.not_found")
	b.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	for _, r := range api.Table(s.deps) {
		if r.For == api.Person || r.For == api.Networks {
			path := strings.NewReplacer("{id}", s.Network.String(), "{tokenId}", "x", "{agencyId}", s.A.ID.String(), "{key}", "mortgage", "{version}", "1", "/api/v1", "").Replace(r.Path)
			if a := b.do(r.Method, path, "{}", `If-Match: "1"`); a.Status < 400 || a.Status == 500 {
				t.Errorf("%s: %d %s", a.what, a.Status, a.raw)
			}
		}
	}
	b.do("POST", "/auth/verify", map[string]any{"password": "x"}).code(403, "auth.bound")
	s.Exec(t, `insert into network_members (network_id, user_id, roles) select $1, user_id, '{network_admin}' from members where tenant_id = $2 and email = 'broker@a.test'`, s.Network, s.A.ID)
	b.do("GET", "/networks/"+s.Network.String()+"/agencies", nil).want(404)
	if a := b.do("GET", "/networks", nil).want(200); len(a.items()) != 0 {
		t.Errorf("the session shows the network %s", a.raw)
	}

	// The account is known by its subject from then on; an e-mail is no way to somebody else's place, nor to another agency.
	p.somebody("subject-1", "new-name@a.test")
	again := s.browser(t)
	if status, body := again.back(again.signsIn(s.A)); status != http.StatusSeeOther {
		t.Fatalf("by the subject: %d %s", status, body)
	}
	if a := again.do("GET", "/me", nil).want(200); a.body["user"].(map[string]any)["id"] != me.body["user"].(map[string]any)["id"] {
		t.Error("another person")
	}
	s.Exec(t, `update members set status = 'disabled' where tenant_id = $1 and email = 'broker@a.test'`, s.A.ID)
	b.do("GET", "/applications", nil).want(404)
	p.somebody("subject-1", "broker@a.test")
	if status, body := again.back(again.signsIn(s.A)); status != 403 || !strings.Contains(body, "oidc.member") {
		t.Errorf("disabled: %d %s", status, body)
	}

	// Who is no member becomes one where newcomers are let in, by the provider only.
	admin.provides(p.config(map[string]any{"client_secret": "", "role_claim": "groups", "role_map": map[string]string{"brokers": "read_only"}})).want(200)
	p.somebody("subject-2", "broker@b.test") // somebody of B's
	admin.provides(p.config(map[string]any{"client_secret": "", "domains": []string{"a.test", "b.test"}, "role_claim": "groups", "role_map": map[string]string{"brokers": "read_only"}})).want(200)
	newcomer := s.browser(t)
	p.bend = func(c jwt.MapClaims) { c["groups"] = []string{"brokers", "others"} }
	if status, body := newcomer.back(newcomer.signsIn(s.A)); status != http.StatusSeeOther {
		t.Fatalf("a newcomer: %d %s", status, body)
	}
	if a := newcomer.do("GET", "/me", nil).want(200); fmt.Sprint(a.body["roles"]) != "[read_only]" {
		t.Errorf("a newcomer is %s", a.raw)
	}
	elsewhere := s.as(t, s.B, "broker")
	if a := elsewhere.do("GET", "/me", nil).want(200); len(a.body["agencies"].([]any)) != 1 {
		t.Errorf("B's person, by password, is shown %s", a.raw)
	}
	elsewhere.do("POST", "/auth/agency", enter(s.A.ID)).want(404)

	// The only way in, once somebody has come by it: sessions by password are over, and find the provider.
	p.somebody("subject-3", "agency_admin@a.test")
	boss := s.browser(t)
	if status, body := boss.back(boss.signsIn(s.A)); status != http.StatusSeeOther {
		t.Fatalf("the admin: %d %s", status, body)
	}
	s.Exec(t, `update sessions set method = 'password' where method = 'link'`)
	admin.do("GET", "/applications", nil).want(200)
	boss.provides(p.config(map[string]any{"client_secret": "", "exclusive": true})).want(200)
	admin.do("GET", "/applications", nil).code(401, "auth.no_agency")
	admin.do("POST", "/auth/agency", enter(s.A.ID)).code(403, "auth.provider_only")
	elsewhere.do("GET", "/applications", nil).want(200)
	boss.do("GET", "/applications", nil).want(200)
	boss.do("DELETE", providerPath, nil, boss.do("GET", providerPath, nil).match()).want(204)
	admin.do("POST", "/auth/agency", enter(s.A.ID)).want(200)

	trail := string(admin.do("GET", "/audit?limit=200", nil).want(200).raw)
	for _, want := range []string{"identity_provider.changed", "identity_provider.removed", `"sign_in.provider"`, "member.joined_by_provider", "sign_in.provider_refused"} {
		if !strings.Contains(trail, want) {
			t.Errorf("not in the trail: %s", want)
		}
	}
}

// TestOIDCRefusals: every answer that is not the one to this browser's own question, now, by this provider, for this agency.
func TestOIDCRefusals(t *testing.T) {
	s := newSite(t)
	s.Clock.Advance(time.Since(s.Clock.Now()))
	s.deps.Metrics = api.NewMetrics()
	s.server.Config.Handler = api.New(s.deps)
	p := newIDP(t)
	admin := s.as(t, s.A, "agency_admin")
	admin.provides(p.config(nil)).want(200)
	s.as(t, s.B, "agency_admin").provides(p.config(map[string]any{"domains": []string{"b.test"}})).want(200)
	stranger, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	spki, err := x509.MarshalPKIXPublicKey(p.Keypair.PublicKey)
	must(t, err)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: spki})
	claim := func(name string, value any) func(*idp) {
		return func(p *idp) { p.bend = func(c jwt.MapClaims) { c[name] = value } }
	}
	signs := func(method jwt.SigningMethod, key any) func(*idp) {
		return func(p *idp) { p.sign = p.signed(method, key) }
	}
	spent := func() string { // a code that another sign-in was begun with
		other := s.browser(t)
		p.somebody("subject-1", "broker@a.test")
		return other.signsIn(s.A).Get("code")
	}
	for _, c := range []struct {
		name   string
		token  func(*idp)
		answer func(*browser, url.Values) // what becomes of the browser and of what it brings back
		status int
		code   string
	}{
		{"expired", claim("exp", time.Now().Add(-time.Minute).Unix()), nil, 401, "oidc.token"},
		{"for another client", claim("aud", "somebody-else"), nil, 401, "oidc.token"},
		{"by another provider", claim("iss", "https://evil.example"), nil, 401, "oidc.token"},
		{"made for another party", claim("azp", "somebody-else"), nil, 401, "oidc.token"},
		{"a replayed nonce", claim("nonce", "of-another-sign-in"), nil, 401, "oidc.token"},
		{"no nonce", claim("nonce", nil), nil, 401, "oidc.token"},
		{"nobody", claim("sub", ""), nil, 401, "oidc.token"},
		{"alg none", signs(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType), nil, 401, "oidc.token"},
		{"HS256 by the public key", signs(jwt.SigningMethodHS256, public), nil, 401, "oidc.token"},
		{"another's key", signs(jwt.SigningMethodRS256, stranger), nil, 401, "oidc.token"},
		{"no token", func(p *idp) { p.sign = func(jwt.MapClaims) string { return "" } }, nil, 401, "oidc.token"},
		{"garbage", func(p *idp) { p.sign = func(jwt.MapClaims) string { return "a.b.c" } }, nil, 401, "oidc.token"},
		{"an unverified e-mail", claim("email_verified", false), nil, 403, "oidc.email"},
		{"nothing about the e-mail", claim("email_verified", nil), nil, 403, "oidc.email"},
		{"no e-mail", claim("email", ""), nil, 403, "oidc.email"},
		{"another domain", claim("email", "broker@evil.example"), nil, 403, "oidc.email"},
		{"a domain behind another", claim("email", "broker@a.test@evil.example"), nil, 403, "oidc.email"},
		{"no member", claim("email", "nobody@a.test"), nil, 403, "oidc.member"},
		{"no state", nil, func(_ *browser, in url.Values) { in.Del("state") }, 401, "oidc.state"},
		{"a forged state", nil, func(_ *browser, in url.Values) { in.Set("state", s.A.ID.String()+".AAAA") }, 401, "oidc.state"},
		{"the state for another agency", nil, func(_ *browser, in url.Values) {
			in.Set("state", strings.Replace(in.Get("state"), s.A.ID.String(), s.B.ID.String(), 1))
		}, 401, "oidc.state"},
		{"at another agency's address", nil, func(b *browser, _ url.Values) { b.to = strings.Replace(b.to, s.A.ID.String(), s.B.ID.String(), 1) }, 401, "oidc.state"},
		{"the state twice", nil, func(_ *browser, in url.Values) { in.Add("state", in.Get("state")) }, 401, "oidc.state"},
		{"no code", nil, func(_ *browser, in url.Values) { in.Del("code") }, 401, "oidc.state"},
		{"a forged code", nil, func(_ *browser, in url.Values) { in.Set("code", "forged") }, 401, "oidc.code"},
		{"another sign-in's code", nil, func(_ *browser, in url.Values) { in.Set("code", spent()) }, 401, "oidc.code"},
		{"another browser", nil, func(b *browser, _ url.Values) { b.cookies = s.begun(t) }, 401, "oidc.state"},
		{"no cookie", nil, func(b *browser, _ url.Values) { b.cookies = map[string]string{} }, 401, "oidc.state"},
		{"too late", nil, func(*browser, url.Values) { s.Exec(t, `update oidc_sign_ins set expires_at = now()`) }, 401, "oidc.state"},
		{"answered before", nil, func(b *browser, in url.Values) {
			kept := b.cookies["pratica_oidc"]
			b.back(url.Values{"state": in["state"], "error": {"access_denied"}})
			b.cookies["pratica_oidc"] = kept
		}, 401, "oidc.state"},
		{"under another configuration", nil, func(*browser, url.Values) { s.Exec(t, `update identity_providers set version = version + 1`) }, 401, "oidc.state"},
		{"mixed up", nil, func(_ *browser, in url.Values) { in.Set("iss", "https://evil.example") }, 401, "oidc.issuer"},
		{"declined", nil, func(_ *browser, in url.Values) { in.Set("error", "access_denied") }, 401, "oidc.declined"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p.bend, p.sign = nil, nil
			b := s.browser(t)
			p.somebody("subject-1", "broker@a.test")
			in := b.signsIn(s.A)
			if c.token != nil {
				c.token(p)
			}
			if c.answer != nil {
				c.answer(b, in)
			}
			s.Clock.Advance(tenants.RefusalEvery) // the same is not written sooner
			before := s.refusals(t)
			status, body := b.back(in)
			if status != c.status || !strings.Contains(body, `"code":"`+c.code+`"`) {
				t.Errorf("%d %s, want %d %s", status, body, c.status, c.code)
			}
			for _, told := range []string{"broker@", "a.test", "subject-1", p.ClientID, p.ClientSecret, p.Issuer(), "evil"} {
				if strings.Contains(body, told) {
					t.Errorf("the refusal tells %s: %s", told, body)
				}
			}
			if b.cookie != "" {
				t.Error("a session was opened")
			}
			if after := s.refusals(t); after == before && in.Get("state") != "" && len(in["state"]) == 1 {
				t.Error("the refusal is in no trail")
			}
		})
	}
	p.bend, p.sign = nil, nil

	// Another account of the provider does not stand for somebody who has one, until an admin has theirs forgotten.
	b := s.browser(t)
	for _, step := range []struct {
		subject string
		status  int
	}{{"subject-1", 303}, {"subject-2", 403}, {"subject-1", 303}} {
		p.somebody(step.subject, "broker@a.test")
		if status, body := b.back(b.signsIn(s.A)); status != step.status {
			t.Errorf("%s: %d %s", step.subject, status, body)
		}
	}
	for _, m := range admin.do("GET", "/members", nil).want(200).items() {
		if m["email"] == "broker@a.test" {
			s.as(t, s.B, "agency_admin").do("DELETE", "/members/"+m["id"].(string)+"/account", nil).want(404)
			admin.do("DELETE", "/members/"+m["id"].(string)+"/account", nil).want(204)
		}
	}
	p.somebody("subject-2", "broker@a.test")
	if status, body := b.back(b.signsIn(s.A)); status != 303 {
		t.Errorf("after it was forgotten: %d %s", status, body)
	}

	// In a browser a refusal is a page, in both languages.
	page := s.browser(t)
	if status, body := page.back(url.Values{"state": {"x"}}, "Accept: text/html"); status != 401 || !strings.Contains(body, "Ricomincia") || !strings.Contains(body, "Begin again") {
		t.Errorf("%d %s", status, body)
	}

	// Down: nobody is signed in, and it is said what else there is. What was discovered is remembered.
	p.somebody("subject-1", "broker@a.test")
	in := b.signsIn(s.A)
	must(t, p.Shutdown())
	if status, body := b.back(in); status != 503 || !strings.Contains(body, "password or passkey") {
		t.Errorf("with the provider down: %d %s", status, body)
	}
	counted := httptest.NewRecorder()
	s.deps.Metrics.Handler().ServeHTTP(counted, httptest.NewRequest("GET", "/", nil))
	for _, code := range []string{"oidc.state", "oidc.token", "oidc.code", "oidc.email", "oidc.issuer"} {
		if !strings.Contains(counted.Body.String(), `pratica_refused_total{reason="`+code+`"}`) {
			t.Errorf("%s is not counted", code)
		}
	}
}

// begun are the cookies of another browser whose sign-in is under way.
func (s *site) begun(t *testing.T) map[string]string {
	other := s.browser(t)
	other.starts(s.A)
	return other.cookies
}

// refusals counts what the trails say of refused sign-ins.
func (s *site) refusals(t *testing.T) string {
	n, err := s.Raw(t, "", `select count(*)::text from audit_entries where action = 'sign_in.provider_refused'`)
	must(t, err)
	return n
}
