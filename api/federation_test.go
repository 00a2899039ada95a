package api_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// exchanges sends a form to POST /oauth/token.
func (c *caller) exchanges(form url.Values, headers ...string) answer {
	c.t.Helper()
	return c.root("POST", "/oauth/token", form.Encode(), append([]string{"Content-Type: application/x-www-form-urlencoded"}, headers...)...)
}

// root is do for an address outside of the interface's base.
func (c *caller) root(method, path string, body any, headers ...string) answer {
	c.t.Helper()
	return c.do(method, c.site.server.URL+path, body, headers...)
}

func refused(a answer, status int, code string) {
	a.t.Helper()
	if a.Status != status || a.body["error"] != code || a.Header.Get("Cache-Control") != "no-store" {
		a.t.Errorf("%s: %d %s, want %d %s", a.what, a.Status, a.raw, status, code)
	}
}

// TestClientCredentials: a client's id and secret buy a token for what it may, or less; the secret opens nothing, the token what it says,
// and both end with the client, at once.
func TestClientCredentials(t *testing.T) {
	s := newSite(t)
	narrowedKeys(t, s)
	admin, nobody := s.as(t, s.A, "agency_admin"), &caller{t: t, site: s}
	made := func(body map[string]any) (id, secret string) {
		t.Helper()
		a := admin.do("POST", "/api-keys", body).want(201)
		return a.str("id"), a.str("secret")
	}
	id, secret := made(map[string]any{"name": "erp", "roles": []string{"broker", "read_only"}, "client": true})
	form := func(more ...string) url.Values {
		f := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
		for i := 0; i < len(more); i += 2 {
			f.Set(more[i], more[i+1])
		}
		return f
	}
	basic := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
	bought := func(a answer) *caller {
		t.Helper()
		a.want(200)
		if a.body["token_type"] != "Bearer" || a.body["expires_in"] != 900.0 || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("not the form of RFC 6749: %s", a.raw)
		}
		return &caller{t: t, site: s, key: a.str("access_token")}
	}

	whole := bought(nobody.exchanges(url.Values{"grant_type": {"client_credentials"}}, basic))
	whole.do("GET", "/applications", nil).want(200)
	whole.do("POST", "/subjects", person("Rossi", 1)).want(201)
	file := s.as(t, s.A, "broker").do("POST", "/applications", asked).want(201).str("id")
	whole.do("GET", "/applications/"+file, nil, "X-Tenant: "+s.B.ID.String()).want(404)
	whole.do("GET", "/api-keys", nil).code(403, "access.denied")
	(&caller{t: t, site: s, key: secret}).do("GET", "/applications", nil).code(401, "auth.client")

	reads := bought(nobody.exchanges(form("scope", "read_only")))
	reads.do("GET", "/applications/"+file, nil).want(200)
	reads.do("POST", "/subjects", person("Bianchi", 1)).code(403, "access.denied")
	one := bought(nobody.exchanges(form("scope", "subjects.read lenders.read")))
	one.do("GET", "/subjects", nil).want(200)
	one.do("GET", "/applications", nil).code(403, "access.denied")
	one.do("GET", "/applications/"+file, nil).code(403, "access.denied")
	one.do("GET", "/agency", nil).want(200)

	mistyped := secret[:20] + "0" + secret[21:]
	if mistyped == secret {
		mistyped = secret[:20] + "1" + secret[21:]
	}
	keyID, keySecret := made(map[string]any{"name": "key", "roles": []string{"broker"}})
	for name, c := range map[string]struct {
		form    url.Values
		headers []string
		status  int
		code    string
	}{
		"no grant":              {url.Values{"client_id": {id}}, nil, 400, "invalid_request"},
		"another grant":         {form("grant_type", "password"), nil, 400, "unsupported_grant_type"},
		"no client":             {url.Values{"grant_type": {"client_credentials"}}, nil, 401, "invalid_client"},
		"another's secret":      {form("client_id", keyID), nil, 401, "invalid_client"},
		"a mistyped secret":     {form("client_secret", mistyped), nil, 401, "invalid_client"},
		"a key's secret":        {form("client_id", keyID, "client_secret", keySecret), nil, 401, "invalid_client"},
		"no such client":        {form("client_id", "key_00000000000000000000000000"), nil, 401, "invalid_client"},
		"twice authenticated":   {form(), []string{basic}, 400, "invalid_request"},
		"a parameter twice":     {url.Values{"grant_type": {"client_credentials", "client_credentials"}, "client_id": {id}, "client_secret": {secret}}, nil, 400, "invalid_request"},
		"no Basic":              {url.Values{"grant_type": {"client_credentials"}}, []string{"Authorization: Basic %%%"}, 400, "invalid_request"},
		"JSON":                  {form(), []string{"Content-Type: application/json"}, 400, "invalid_request"},
		"a NUL":                 {form("scope", "a\x00b"), nil, 400, "invalid_request"},
		"a role it has not":     {form("scope", "agency_admin"), nil, 400, "invalid_scope"},
		"an action it may not":  {form("scope", "api_keys.write"), nil, 400, "invalid_scope"},
		"a role and an action":  {form("scope", "broker subjects.read"), nil, 400, "invalid_scope"},
		"an action of nobody's": {form("scope", "subjects.fly"), nil, 400, "invalid_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			by := &caller{t: t, site: s}
			a := by.exchanges(c.form, c.headers...)
			refused(a, c.status, c.code)
			if strings.Contains(string(a.raw), secret) || strings.Contains(string(a.raw), id) {
				t.Error("the refusal repeats what was sent")
			}
			if challenged := a.Header.Get("WWW-Authenticate") != ""; challenged != (c.status == 401) {
				t.Errorf("WWW-Authenticate: %v", challenged)
			}
		})
	}
	refused(nobody.root("POST", "/oauth/token?"+form().Encode(), "", "Content-Type: application/x-www-form-urlencoded"), 400, "invalid_request")

	// What the client loses its tokens lose; what has ended, has ended at once.
	s.Exec(t, `update api_keys set roles = '{read_only}' where name = 'erp'`)
	whole.do("POST", "/subjects", person("Bianchi", 1)).code(403, "access.denied")
	s.Exec(t, `update access_tokens set expires_at = now() where roles = '{read_only}'`)
	reads.do("GET", "/applications/"+file, nil).want(404) // this server still knows the token; the door does not
	admin.do("DELETE", "/api-keys/"+id, nil).want(204)
	whole.do("GET", "/applications", nil).code(401, "auth.ended")
	one.do("GET", "/subjects", nil).code(401, "auth.ended")
	refused(nobody.exchanges(form()), 401, "invalid_client")
	trail := string(admin.do("GET", "/audit?limit=200", nil).want(200).raw)
	for _, want := range []string{`"api_key.exchanged"`, `"subjects.read lenders.read"`} {
		if !strings.Contains(trail, want) {
			t.Errorf("not in the trail: %s", want)
		}
	}
	if strings.Contains(trail, whole.key) {
		t.Error("a token is in the trail")
	}
	meta := nobody.root("GET", "/.well-known/oauth-authorization-server", nil).want(200)
	if meta.str("issuer") != "https://pratica.test" || meta.str("token_endpoint") != "https://pratica.test/oauth/token" {
		t.Errorf("the metadata say %s", meta.raw)
	}
	if n, err := s.Raw(t, "", `select count(*)::text from access_tokens where encode(token_hash, 'escape') like 'prt_%'`); err != nil || n != "0" {
		t.Errorf("%s tokens are kept as they are, %v", n, err)
	}
}

// narrowedKeys: a key does what its roles and its actions both allow, gives nobody roles, and shows when it was used; what cannot be
// a key is refused by its form.
func narrowedKeys(t *testing.T, s *site) {
	admin := s.as(t, s.A, "agency_admin")
	admin.do("POST", "/api-keys", map[string]any{"name": "x", "roles": []string{"broker"}, "actions": []string{"subjects.fly"}}).code(422, "key.action")
	made := admin.do("POST", "/api-keys", map[string]any{"name": "narrow", "roles": []string{"agency_admin"}, "actions": []string{"subjects.read", "members.write", "api_keys.write", "roles.write"}}).want(201)
	key := &caller{t: t, site: s, key: made.str("secret")}
	key.do("GET", "/subjects", nil).want(200)
	key.do("GET", "/agency", nil).want(200)
	key.do("POST", "/subjects", person("Rossi", 1)).code(403, "access.denied")
	key.do("GET", "/members", nil).code(403, "access.denied")
	key.do("POST", "/api-keys", map[string]any{"name": "wider", "roles": []string{"broker"}}).code(403, "role.beyond")
	key.do("POST", "/members", map[string]any{"email": "x@a.test", "name": "X", "roles": []string{"broker"}}).code(403, "role.beyond")
	for _, k := range admin.do("GET", "/api-keys", nil).want(200).items() {
		if k["name"] == "narrow" && (k["last_used_at"] == nil || fmt.Sprint(k["actions"]) != "[subjects.read members.write api_keys.write roles.write]") {
			t.Errorf("the list shows %v", k)
		}
	}
	s.Exec(t, `alter function directory_key(bytea) rename to directory_key_gone`) // nobody is to be asked
	for name, secret := range map[string]string{"mistyped": key.key[:30] + "~" + key.key[31:], "short": key.key[:40], "a word": "sesame", "empty": ""} {
		if a := (&caller{t: t, site: s}).do("GET", "/subjects", nil, "Authorization: Bearer "+secret); a.Status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, a.Status, a.raw)
		}
	}
	s.Exec(t, `alter function directory_key_gone(bytea) rename to directory_key`)
}
