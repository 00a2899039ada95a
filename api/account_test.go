package api_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

const secretPhrase = "una frase lunga e segreta"

// newDesk is a site whose accounts live by the real clock, as sessions do.
func newDesk(t *testing.T, revoke func()) *site {
	t.Helper()
	root, err := crypto.OpenRoot(filepath.Join(t.TempDir(), "root.key"), true)
	must(t, err)
	return newSiteWith(t, func(d *api.Deps) {
		d.Revoke = revoke
		d.Accounts = accounts.New(d.Directory, nil, "https://pratica.test", time.Now).Equip(accounts.Parts{Sealer: root})
	})
}

// setCookie is a cookie an answer sets, "" when it sets none or takes it away.
func (a answer) setCookie(name string) string {
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.Name == name {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
				a.t.Errorf("%s: %s is set as %s", a.what, name, c.Raw)
			}
			return c.Value
		}
	}
	return ""
}

// withPassword gives a person a password through a mailed link.
func (s *site) withPassword(t *testing.T, email string) {
	t.Helper()
	u, found, err := s.Directory.User(context.Background(), email)
	must(t, err)
	if !found {
		t.Fatalf("nobody is %s", email)
	}
	token, hash := accounts.NewToken()
	must(t, s.Directory.IssueToken(context.Background(), hash, "reset", u.ID, ident.AgencyID{}, time.Now().Add(time.Hour)))
	(&caller{t: t, site: s}).do("POST", "/auth/password-reset/"+token, map[string]any{"password": secretPhrase}).want(204)
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, at)
	must(t, err)
	return c
}

// TestAccount: what people do with their own account over HTTP, and what is refused to whom.
func TestAccount(t *testing.T) {
	told := 0
	s := newDesk(t, func() { told++ })
	t.Run("two steps", s.twoSteps)
	t.Run("step-up", s.stepsUp)
	t.Run("required", s.secondFactorRequired)
	before := told
	t.Run("sessions", s.endsSessions)
	if told-before < 3 { // another agency chosen, a member's sessions, one's own
		t.Errorf("the other servers heard of %d ends", told-before)
	}
	t.Run("forged", s.forged)
}

// twoSteps: password, then a code; what waits in between is a cookie that opens nothing.
func (s *site) twoSteps(t *testing.T) {
	const email = "broker@a.test"
	s.withPassword(t, email)
	nobody := &caller{t: t, site: s}
	first := nobody.do("POST", "/auth/login", map[string]any{"email": email, "password": secretPhrase}).want(200)
	me := &caller{t: t, site: s, cookie: first.setCookie("pratica_session")}
	enrolled := me.do("POST", "/me/totp", nil).want(200)
	codes := me.do("POST", "/me/totp/confirm", map[string]any{"code": code(t, enrolled.str("secret"), time.Now())}).want(200).body["recovery_codes"].([]any)
	if len(codes) != 10 {
		t.Errorf("%d recovery codes", len(codes))
	}
	held := nobody.do("POST", "/auth/login", map[string]any{"email": email, "password": secretPhrase}).want(200)
	pending := held.setCookie("pratica_pending")
	if string(held.raw) != `{"second_factor":["totp","recovery"]}`+"\n" || held.setCookie("pratica_session") != "" || pending == "" {
		t.Errorf("held back: %s %v", held.raw, held.Header["Set-Cookie"])
	}
	nobody.do("GET", "/me", nil, "Cookie: pratica_session="+pending).code(401, "auth.ended")
	nobody.do("GET", "/me", nil, "Cookie: pratica_pending="+pending).code(401, "auth.required")
	nobody.do("POST", "/auth/second-factor", map[string]any{"code": "000000"}, "Cookie: pratica_pending="+pending).code(401, "auth.factor")
	nobody.do("POST", "/auth/second-factor", map[string]any{"code": "000000", "recovery_code": codes[0]}, "Cookie: pratica_pending="+pending).code(422, "auth.one_proof")
	in := nobody.do("POST", "/auth/second-factor", map[string]any{"recovery_code": codes[0]}, "Cookie: pratica_pending="+pending).want(200)
	if in.body["user"].(map[string]any)["email"] != email || in.setCookie("pratica_session") == "" {
		t.Errorf("in: %s", in.raw)
	}
	me.cookie = in.setCookie("pratica_session")
	f := me.do("GET", "/me/factors", nil).want(200)
	if f.body["totp"] != true || f.body["recovery_codes"] != 9.0 || f.body["password"] != true {
		t.Errorf("factors: %s", f.raw)
	}
	lines := me.do("GET", "/me/sign-ins", nil).want(200).items()
	if len(lines) == 0 || lines[0]["step"] != "second_factor" || lines[0]["method"] != "recovery" || lines[0]["outcome"] != "done" {
		t.Errorf("trail: %v", lines)
	}
	me.do("DELETE", "/me/totp", nil).want(204)
	me.do("DELETE", "/me/totp", nil).code(404, "totp.not_found")
}

// stepsUp: a session alone is not enough for what is dangerous; a machine's roles are.
func (s *site) stepsUp(t *testing.T) {
	const email = "agency_admin@a.test"
	s.withPassword(t, email)
	nobody := &caller{t: t, site: s}
	me := &caller{t: t, site: s, cookie: nobody.do("POST", "/auth/login", map[string]any{"email": email, "password": secretPhrase}).want(200).setCookie("pratica_session")}
	invited := func(n string) map[string]any {
		return map[string]any{"email": n + "@a.test", "name": n, "roles": []string{"broker"}}
	}
	me.do("POST", "/members", invited("uno")).want(201)
	key := me.do("POST", "/api-keys", map[string]any{"name": "macchina", "roles": []string{"agency_admin"}}).want(201).str("secret")
	s.Exec(t, `update sessions set verified_at = now() - interval '11 minutes'`)
	me.do("POST", "/auth/agency", map[string]any{"agency_id": s.A.ID}).want(200) // nobody remembers the proof
	me.do("GET", "/members", nil).want(200)
	me.do("POST", "/members", invited("due")).code(403, "auth.step_up")
	me.do("DELETE", "/me/totp", nil).code(403, "auth.step_up")
	me.do("PUT", "/agency/second-factor", map[string]any{"required": false}, `If-Match: "1"`).code(403, "auth.step_up")
	me.do("POST", "/me/totp", nil).code(403, "auth.step_up")
	me.do("POST", "/api-keys", map[string]any{"name": "x", "roles": []string{"broker"}}).code(403, "auth.step_up")
	s.as(t, s.B, "read_only").do("POST", "/members", invited("due")).code(403, "access.denied")
	machine := &caller{t: t, site: s, key: key}
	machine.do("POST", "/members", invited("tre")).want(201)
	machine.do("GET", "/me/sessions", nil).code(403, "auth.person")
	machine.do("POST", "/auth/verify", map[string]any{"password": secretPhrase}).code(403, "auth.person")

	me.do("POST", "/auth/verify", map[string]any{"password": "wrong"}).code(403, "auth.proof")
	renewed := me.do("POST", "/auth/verify", map[string]any{"password": secretPhrase}).want(204)
	old := *me
	me.cookie = renewed.setCookie("pratica_session")
	old.do("GET", "/me", nil).code(401, "auth.ended")
	me.do("POST", "/members", invited("quattro")).want(201)
}

// secondFactorRequired: an agency that asks for one lets its people do nothing before, and everything after.
func (s *site) secondFactorRequired(t *testing.T) {
	admin, office := s.as(t, s.B, "agency_admin"), s.as(t, s.B, "back_office")
	agency := admin.do("GET", "/agency", nil).want(200)
	office.do("PUT", "/agency/second-factor", map[string]any{"required": true}, agency.match()).code(403, "access.denied")
	admin.do("PUT", "/agency/second-factor", map[string]any{"required": true}).code(428, "version.required")
	agency = admin.do("PUT", "/agency/second-factor", map[string]any{"required": true}, agency.match()).want(200)
	admin.do("PUT", "/agency/second-factor", map[string]any{"required": true}, `If-Match: "1"`).code(403, "auth.second_factor_required")
	for _, path := range []string{"/applications", "/agency", "/members", "/api/v1/stream"} {
		office.do("GET", path, nil).code(403, "auth.second_factor_required")
	}
	s.as(t, s.A, "back_office").do("GET", "/applications", nil).want(200)
	if me := office.do("GET", "/me", nil).want(200); me.body["must_enrol"] != true {
		t.Errorf("me: %s", me.raw)
	}
	secret := office.do("POST", "/me/totp", nil).want(200).str("secret")
	office.do("GET", "/applications", nil).code(403, "auth.second_factor_required") // not confirmed
	office.do("POST", "/me/totp/confirm", map[string]any{"code": "12345"}).code(422, "auth.code")
	office.do("POST", "/me/totp/confirm", map[string]any{"code": code(t, secret, time.Now())}).want(200)
	office.do("GET", "/applications", nil).want(200)
	office.do("DELETE", "/me/totp", nil).want(204)
	office.do("GET", "/applications", nil).code(403, "auth.second_factor_required")
	s.Exec(t, `update agencies set require_second_factor = false`)
	if agency.body["require_second_factor"] != true {
		t.Errorf("%s", agency.raw)
	}
}

// endsSessions: a person ends their own; an admin ends a member's in this agency, and only there.
func (s *site) endsSessions(t *testing.T) {
	s.Exec(t, `insert into members (tenant_id, id, user_id, name, email, roles) select $1, gen_random_uuid(), user_id, name, email, roles from members where tenant_id = $2 and email = 'compliance_officer@a.test'`, s.B.ID, s.A.ID)
	here, too, away := s.as(t, s.A, "compliance_officer"), s.as(t, s.A, "compliance_officer"), s.as(t, s.A, "compliance_officer")
	away.do("POST", "/auth/agency", map[string]any{"agency_id": s.B.ID}).want(200)
	var ids []string
	for _, i := range here.do("GET", "/me/sessions", nil).want(200).items() {
		if i["current"] != true {
			ids = append(ids, i["id"].(string))
		}
	}
	if len(ids) < 2 {
		t.Fatalf("other sessions: %v", ids)
	}
	s.as(t, s.B, "broker").do("DELETE", "/me/sessions/"+ids[0], nil).code(404, "session.not_found")

	admin, member := s.as(t, s.A, "agency_admin"), ""
	for _, m := range admin.do("GET", "/members", nil).want(200).items() {
		if m["email"] == "compliance_officer@a.test" {
			member = m["id"].(string)
		}
	}
	s.as(t, s.B, "agency_admin").do("DELETE", "/members/"+member+"/sessions", nil).want(404)
	s.as(t, s.A, "broker").do("DELETE", "/members/"+member+"/sessions", nil).code(403, "access.denied")
	here.do("GET", "/me", nil).want(200)
	admin.do("DELETE", "/members/"+member+"/sessions", nil).want(204)
	here.do("GET", "/me", nil).code(401, "auth.ended") // at once
	too.do("GET", "/me", nil).code(401, "auth.ended")
	away.do("GET", "/me", nil).want(200)

	more := s.as(t, s.A, "compliance_officer")
	more.do("DELETE", "/me/sessions", nil).want(204)
	away.do("GET", "/me", nil).code(401, "auth.ended")
	more.do("GET", "/me", nil).want(200)
}

// forged: what nobody handed out is 401, and says no more.
func (s *site) forged(t *testing.T) {
	nobody := &caller{t: t, site: s}
	for _, cookie := range []string{"", "x", strings.Repeat("a", 4000), "%00", `"; drop`} {
		if a := nobody.do("POST", "/auth/second-factor", map[string]any{"code": "123456"}, "Cookie: pratica_pending="+cookie); a.body["code"] != "auth.pending" || a.Status != 401 {
			t.Errorf("pending %.20q: %d %s", cookie, a.Status, a.raw)
		}
	}
	nobody.do("POST", "/auth/second-factor", map[string]any{}).code(422, "auth.one_proof")
	nobody.do("POST", "/auth/passkey", map[string]any{"passkey": map[string]any{"id": "x"}}).code(401, "auth.passkey")
	nobody.do("POST", "/auth/passkey", map[string]any{"passkey": nil}).want(401)
	nobody.do("POST", "/auth/passkey", `{"passkey": `).want(400)
	nobody.do("POST", "/auth/passkey", map[string]any{"passkey": map[string]any{}, "more": 1}).want(422)
	nobody.do("POST", "/auth/login", map[string]any{"token": "forged"}).code(401, "auth.link")
	nobody.do("POST", "/auth/verify", map[string]any{"password": "x"}).code(401, "auth.required")
	known := nobody.do("POST", "/auth/login", map[string]any{"email": "broker@a.test", "password": "wrong"}).code(401, "auth.wrong")
	unknown := nobody.do("POST", "/auth/login", map[string]any{"email": "nobody@a.test", "password": "wrong"}).code(401, "auth.wrong")
	if known.body["detail"] != unknown.body["detail"] || len(known.raw) != len(unknown.raw) {
		t.Errorf("%s\n%s", known.raw, unknown.raw)
	}
	options := nobody.do("POST", "/auth/passkey/options", nil).want(200)
	if p, _ := options.body["publicKey"].(map[string]any); p["rpId"] != "pratica.test" || p["userVerification"] != "required" || p["allowCredentials"] != nil {
		t.Errorf("asked: %s", options.raw)
	}
}
