package main

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/isolation"
)

// guests lets a person of an agency's files into the portal, with a copy of their data and a request, and erases another one.
func (s *isolated) guests(one *side) {
	s.t.Helper()
	p := one.full
	enter := func(first string) string {
		data := natural(one.word, 1_000_00)
		data["first_name"], data["tax_code"], data["email"] = first, nil, strings.ToLower(first+one.word)+"@people.test"
		return p.do("POST", "/subjects", data).want(201).str("id")
	}
	who := enter("Ospite")
	p.do("POST", "/subjects/"+who+"/portal-access", nil).want(201)
	mail, err := s.world.Raw(s.t, "", `select payload->>'text' from outbox where topic = 'mail' and ref = $1 order by id desc limit 1`, who)
	must(s.t, err)
	_, link, _ := strings.Cut(mail, "/portal#")
	one.guest = stranger(s.t, s.base, "guest of "+one.word)
	one.guest.do("POST", "/portal/session", object{"token": strings.Fields(link)[0]}).want(204)
	p.do("POST", "/applications/"+one.made["/applications"]+"/parties", object{"subject_id": who, "role_type": "guarantor"}).want(201)
	one.made["/portal/bank-consents"] = p.do("POST", "/subjects/"+who+"/bank-consents", object{"application_id": one.made["/applications"], "connection_id": one.made["/connections"], "institution": "", "institution_name": "Banca " + one.word, "valid_until": day(90)}).want(201).str("id")
	one.made["/privacy/requests"] = one.guest.do("POST", "/portal/requests", object{"kind": "erasure"}).want(201).str("id")

	p.do("POST", "/subjects/"+who+"/exports", object{"locale": "it"}).want(202)
	eventually(s.t, "the copy", func() bool {
		e := p.do("GET", "/subjects/"+who+"/exports", nil).want(200).items()[0]
		one.made["/exports"] = e["id"].(string)
		return e["state"] == "ready"
	})
	one.made["/portal/exports"] = one.made["/exports"]
	one.links["/exports/open/{token}"] = strings.TrimPrefix(p.do("POST", "/exports/"+one.made["/exports"]+"/link", object{"format": "json"}).want(200).str("url"), "/api/v1")

	gone := enter("Andato")
	p.do("POST", "/subjects/"+gone+"/erasure", object{"reason": "objection"}).want(200)
	one.links["/subjects/{id}/erasure/certificate"] = "/subjects/" + gone + "/erasure/certificate"
}

// portals sends to every route of the portal: the guest of B with what is A's, nobody, and somebody of the agency; and A's guest where
// members work.
func (s *isolated) portals() {
	s.t.Helper()
	nobody := stranger(s.t, s.base, "nobody")
	bodies := map[string]object{"POST /portal/consents": {"purpose": "marketing", "state": "given"}, "POST /portal/requests": {"kind": "access"}, "POST /portal/exports/{id}/link": {"format": "pdf"}}
	var last api.RouteInfo
	ask := func(r api.RouteInfo) {
		key := name(r)
		var body any
		if whole := bodies[key]; whole != nil {
			body = whole
		}
		if strings.HasSuffix(r.Path, "{token}") { // the last link replaces the one before
			one := s.a.guest.do("POST", "/portal/exports/"+s.a.made["/portal/exports"]+"/link", object{"format": "json"}).want(200).str("url")
			s.a.links["/portal/exports/open/{token}"] = strings.TrimPrefix(one, "/api/v1")
		}
		path, ok := s.fill(r.Path, s.a)
		if !ok {
			s.t.Errorf("nothing is known to stand in %s", key)
			return
		}
		for _, other := range []*person{nobody, s.a.full, s.b.full} {
			other.do(r.Method, path, body).want(401)
		}
		theirs := s.b.guest.do(r.Method, path, body)
		if told := s.a.belongs(theirs.plain(), path); told != "" {
			s.t.Errorf("%s tells %s", theirs.what, told)
		}
		if strings.Contains(r.Path, "{") {
			if never := s.b.guest.do(r.Method, strays(path), body); theirs.status != 404 || theirs.plain() != never.plain() {
				s.t.Errorf("%s: %s\nand one that never was: %s", theirs.what, theirs.plain(), never.plain())
			}
		}
		twin := s.a.guest.do(r.Method, path, body)
		if twin.status < 200 || twin.status > 299 {
			s.t.Errorf("%s: %d, want 2xx: %.300s", twin.what, twin.status, twin.raw)
		}
		s.asked[key] = true
		s.report.Add(isolation.Pair{Kind: "route", Object: key, Through: "a guest of B, nobody, somebody of A and of B", Tried: "the portal of A's guest", Other: fmt.Sprintf("%d with nothing of A, 401, 401, 401", theirs.status), Owner: fmt.Sprint(twin.status)})
	}
	for _, r := range api.Table(api.Deps{}) {
		switch {
		case r.For == api.Applicants && strings.HasSuffix(r.Path, "/logout"):
			last = r
		case r.For == api.Applicants:
			ask(r)
		}
	}
	for _, r := range s.table("GET") { // the cookie of the portal opens nothing of the agency, not even its own
		path, _ := s.fill(r.Path, s.a)
		s.a.guest.do("GET", s.asks(r, path, s.a), nil).want(401)
	}
	ask(last)
	s.a.guest.do("GET", "/portal/me", nil).want(401)
}
