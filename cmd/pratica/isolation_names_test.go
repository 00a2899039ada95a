package main

import (
	"strings"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/isolation"
)

// base is the key of a template that network N publishes.
const base = "onlybase"

// bases: what the network publishes is there for all its agencies, and for those of no other network.
func (s *isolated) bases() {
	s.t.Helper()
	network := s.session("network N", s.world.NetworkToken(s.t))
	own := s.a.full.do("GET", "/workflows/mortgage/versions", nil).want(200).items()[0]["source"].(string)
	at := "/networks/" + s.world.Network.String()
	network.do("POST", at+"/workflows", object{"source": strings.Replace(own, "key: mortgage", "key: "+base, 1)}).want(201)
	s.token = network.do("POST", at+"/scim-tokens", object{"name": "spare", "roles": []string{"broker"}}).want(201).str("id")
	for _, r := range api.Table(api.Deps{}) {
		if !networks(r) {
			continue
		}
		path := strings.NewReplacer("/api/v1", "", "{key}", base, "{version}", "1").Replace(r.Path)
		got, never := s.third.do(r.Method, path, nil), s.third.do(r.Method, strays(path), nil)
		if got.status != 404 || got.plain() != never.plain() {
			s.t.Errorf("%s: %s\nand one that never was: %s", got.what, got.plain(), never.plain())
		}
		s.b.full.do(r.Method, path, nil).want(200)
		s.asked[name(r)] = true
		s.report.Add(isolation.Pair{Kind: "route", Object: name(r), Through: "agency C of network M", Tried: "what N publishes", Other: "404, as for what never was", Owner: "200, for every agency of N"})
	}
}

// names gives an agency what is called by a key of its own, and what belongs to a person of it.
func (s *isolated) names(one *side) {
	s.t.Helper()
	p := one.full
	overlay := "apiVersion: pratica/v1\nkind: WorkflowOverlay\nmetadata: {key: " + one.noun + ", extends: {key: " + base + ", version: 1}}\noperations: []\n"
	p.do("POST", "/workflows/"+one.noun+"/publish", object{"source": overlay}).want(201)
	usual := p.do("GET", "/workflows/mortgage/versions", nil).want(200).items()[0]["source"].(string)
	p.do("POST", "/workflows/mortgage/publish", object{"source": usual, "in_flight": "stay"}).want(201) // the one that new files begin with
	p.do("POST", "/roles", object{"key": one.noun, "title": object{"it": "Ruolo " + one.word, "en": "Role " + one.word}, "parent": "broker", "rules": []object{}}).want(201)
	asks := "/networks/" + s.world.Network.String() + "/support-requests"
	one.made["/support-requests"] = s.session("network N", s.world.NetworkToken(s.t)).do("POST", asks, object{"agency_id": one.agency.ID.String(), "reason": "una pratica che non avanza", "hours": 1}).want(201).str("id")
	p.do("POST", "/support-requests/"+one.made["/support-requests"]+"/decline", nil).want(200) // one that is open stands in the way of the next

	key := ident.NewPasskey()
	s.world.Exec(s.t, `insert into passkeys (id, user_id, credential_id, name, record) select $1, user_id, sha256($2::text::bytea), $2, '{}' from members where tenant_id = $3 and email like 'agency_admin@%'`, key, one.word, one.agency.ID)
	one.made["/me/passkeys"] = key.String()
	s.session("another browser of "+one.word, s.world.Token(s.t, one.agency, "agency_admin")).do("GET", "/me", nil).want(200)
	for _, i := range p.do("GET", "/me/sessions", nil).want(200).items() {
		if i["current"] != true {
			one.made["/me/sessions"] = i["id"].(string)
		}
	}
}
