package main

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/isolation"
)

// doors are the routes before an agency is chosen that name one, or somebody of one: they answer strangers as if neither were there.
func (s *isolated) doors() {
	s.t.Helper()
	nobody, never := stranger(s.t, s.base, "nobody"), "nobody@never.test"
	known := "broker@a.test"
	in := func(by *person, one string) reply { return by.do("POST", "/auth/agency", object{"agency_id": one}) }
	reset := func(mail string) reply {
		return nobody.do("POST", "/auth/password-reset", object{"email": mail})
	}
	start := func(one string) reply { return nobody.do("GET", "/auth/oidc/"+one+"/start", nil) }
	a := s.a.agency.ID.String()
	ours, theirs := s.session("broker of A", s.world.Token(s.t, s.a.agency, "broker")), s.session("broker of B", s.world.Token(s.t, s.b.agency, "broker"))
	for route, q := range map[string]struct{ theirs, stray, ours reply }{
		"POST /auth/agency":             {in(theirs, a), in(theirs, stray(a)), in(ours, a).want(200)},
		"POST /auth/password-reset":     {reset(known), reset(never), reset(known).want(204)},
		"GET /auth/oidc/{agency}/start": {start(a), start(stray(a)), start(a)}, // A has no provider: whether one has is what the route is for
	} {
		if q.theirs.plain() != q.stray.plain() {
			s.t.Errorf("%s tells that A, or somebody of it, is there:\n%s\nand of what never was:\n%s", route, q.theirs.plain(), q.stray.plain())
		}
		if told := s.a.belongs(q.theirs.plain(), a); told != "" {
			s.t.Errorf("%s tells %s", route, told)
		}
		s.asked[route] = true
		s.report.Add(isolation.Pair{Kind: "route", Object: route, Through: "strangers", Tried: "A, or somebody of it", Other: fmt.Sprintf("%d, as for what never was", q.theirs.status), Owner: fmt.Sprint(q.ours.status)})
	}
	links := func(mail string) string {
		n, err := s.world.Raw(s.t, "", `select count(*)::text from tokens t join users u on u.id = t.user_id where t.purpose = 'reset' and u.email = $1`, mail)
		must(s.t, err)
		return n
	}
	eventually(s.t, "a link for somebody who is there", func() bool { return links(known) != "0" })
	if links(never) != "0" || strings.Contains(s.log.String(), known) {
		s.t.Errorf("%s links for nobody, or an address in the log", links(never))
	}
}
