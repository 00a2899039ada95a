package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/isolation"
)

// exempt are the routes that this walk does not ask about, each with the reason and the test that does.
var exempt = map[string]struct{ reason, test string }{
	"POST /auth/login":                          {"before anybody is signed in there is no agency; a wrong, ended or used secret opens nothing", "api.TestRefused"},
	"POST /auth/logout":                         {"ends the session that asks, and names nothing", "api.TestRefused"},
	"POST /auth/password-reset/{token}":         {"a secret of 256 bits that was mailed; a wrong one opens nothing", "api.TestRefused"},
	"POST /auth/invitations/{token}":            {"a secret of 256 bits that was mailed; a wrong one opens nothing", "api.TestRefused"},
	"POST /auth/passkey/options":                {"a challenge for whoever asks; names nothing", "api.TestAccount"},
	"POST /auth/passkey":                        {"a signature of the person's own device", "api.TestAccount"},
	"POST /auth/second-factor":                  {"completes the sign-in of the browser that began it", "api.TestAccount"},
	"DELETE /auth/agency":                       {"ends the view of the person who asks; names nothing", "api.TestSupportIsLeft"},
	"POST /auth/verify":                         {"about the person who asks; names nothing", "api.TestAccount"},
	"PATCH /me":                                 {"about the person who asks; names nothing", "api.TestAccount"},
	"POST /me/passkeys/options":                 {"about the person who asks; names nothing", "api.TestAccount"},
	"POST /me/passkeys":                         {"about the person who asks; names nothing", "api.TestAccount"},
	"POST /me/totp":                             {"about the person who asks; names nothing", "api.TestAccount"},
	"POST /me/totp/confirm":                     {"about the person who asks; names nothing", "api.TestAccount"},
	"DELETE /me/totp":                           {"about the person who asks; names nothing", "api.TestAccount"},
	"POST /me/recovery-codes":                   {"about the person who asks; names nothing", "api.TestAccount"},
	"DELETE /me/sessions":                       {"ends the sessions of the person who asks; names nothing", "api.TestAccount"},
	"POST /oauth/token":                         {"a machine's own id and secret; a token acts for the agency of its key alone", "api.TestClientCredentials"},
	"POST /portal/session":                      {"a secret of 256 bits that was mailed; a wrong or used one opens nothing", "api.TestPortalEnds"},
	"GET /auth/oidc/{agency}/callback":          {"an answer counts with the state and the browser it was begun with, at its own agency's address", "api.TestOIDCRefusals"},
	"GET /callbacks/{state}":                    {"a secret of 256 bits for one person and one matter; what does not fit is the same 404", "core/consents.TestConsents"},
	"POST /callbacks/{state}":                   {"the same secret", "core/consents.TestConsents"},
	"POST /callbacks/connectors/{token}/{path}": {"a secret of 256 bits of one connection; what does not fit is the same 404", "core/consents.TestConsents"},
	"GET /connectors/{name}":                    {"a connector is the platform's, and the same to all; what an agency chose of it is its own row", "core/connectors.TestEnablement"},
	"PUT /connectors/{name}/enablement":         {"a connector is the platform's, and the same to all; what an agency chose of it is its own row", "core/connectors.TestEnablement"},
	"POST /portal/link":                         {"the same secret; it tells whoever holds it who mailed it", "api.TestPortalEnds"},
}

// everyRoute fails for a route that nobody has asked about, and for an exemption that is not needed, or whose test is not there.
func (s *isolated) everyRoute() {
	s.t.Helper()
	seen := map[string]bool{}
	for _, p := range s.report.Pairs {
		seen[p.Object] = true
	}
	table := map[string]bool{}
	for _, r := range api.Table(api.Deps{}) {
		key := name(r)
		table[key] = true
		e, is := exempt[key]
		names := strings.Contains(r.Path, "{") || r.Method == "GET"
		switch asked := s.asked[key] || !names && seen[key]; {
		case !asked && !is:
			s.t.Errorf("%s was not asked about, and no reason is given", key)
		case s.asked[key] && is:
			s.t.Errorf("%s was asked about: it needs no exemption", key)
		case is:
			s.report.Exempt = append(s.report.Exempt, isolation.Exempt{Route: key, Reason: e.reason, Test: e.test})
		}
	}
	for key, e := range exempt {
		if !table[key] {
			s.t.Errorf("%s is exempt, and no route", key)
		}
		if !isTest(s, e.test) {
			s.t.Errorf("%s is exempt for the sake of %s, which is no test", key, e.test)
		}
	}
}

// isTest reports whether a test of that name, "package.TestName", is there.
func isTest(s *isolated, name string) bool {
	dir, test, _ := strings.Cut(name, ".")
	files, err := filepath.Glob(filepath.Join("..", "..", dir, "*_test.go"))
	must(s.t, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		must(s.t, err)
		if strings.Contains(string(raw), "\nfunc "+test+"(") {
			return true
		}
	}
	return false
}
