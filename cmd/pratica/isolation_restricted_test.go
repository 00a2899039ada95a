package main

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/isolation"
)

// lockedAway: a person who is restricted (GDPR Art. 18), and the file that was theirs alone, are in no answer to anybody of the agency but
// for who has the right to them, nor to anybody of another.
func (s *isolated) lockedAway() {
	s.t.Helper()
	const word = "Zqgamma"
	p := s.a.full
	who := p.do("POST", "/subjects", natural(word, 2_000_00)).want(201).str("id")
	app := p.do("POST", "/applications", (&story{}).asked()).want(201).str("id")
	at := "/applications/" + app
	p.do("POST", at+"/parties", object{"subject_id": who, "role_type": "applicant"}).want(201)
	p.do("POST", at+"/notes", object{"text": "Nota " + word}).want(201)
	p.do("POST", at+"/tasks", object{"title": "Compito " + word}).want(201)
	paperwork := p.do("POST", at+"/documents", object{"kind": "mandate"}).want(201)
	p.do("PUT", "/documents/"+paperwork.str("id")+"/content", paper, paperwork.match(), "Content-Type: application/pdf", "X-File-Name: "+word+".pdf").want(200)
	p.do("POST", "/subjects/"+who+"/consents", object{"purpose": "marketing", "state": "given", "channel": "paper"}).want(200)
	p.send(at, "withdraw", object{"reason_code": "client"}).want(200)

	// shown is where somebody finds them: by their ids, in every list, and by a search.
	shown := func(by *person) map[string]bool {
		out := map[string]bool{}
		for _, r := range s.table("GET") {
			paths := []string{}
			if !strings.Contains(r.Path, "{") {
				path := strings.TrimPrefix(r.Path, "/api/v1")
				paths = append(paths, s.asks(r, path, s.a), path+"?q="+word)
			} else if strings.Contains(r.Path, "/applications/{id}") || strings.Contains(r.Path, "/subjects/{id}") || strings.Contains(r.Path, "/documents/{id}") {
				path := strings.NewReplacer("/api/v1", "", "/applications/{id}", at, "/subjects/{id}", "/subjects/"+who, "/documents/{id}", "/documents/"+paperwork.str("id")).Replace(r.Path)
				paths = append(paths, s.asks(r, path, s.a))
			}
			for _, path := range paths {
				a := by.do("GET", path, nil)
				text := strings.ReplaceAll(string(a.raw), path, "")
				if a.status < 400 && (strings.Contains(text, word) || strings.Contains(text, who) || strings.Contains(text, app) || strings.Contains(text, paperwork.str("id"))) {
					out[name(r)] = true
				}
			}
		}
		return out
	}
	before := shown(s.a.broker)
	p.do("POST", "/subjects/"+who+"/erasure", object{"reason": "objection"}).want(200)
	if state := p.do("GET", "/subjects/"+who+"/erasure", nil).want(200).str("state"); state != "restricted" {
		s.t.Errorf("the person is not restricted but %s", state)
	}
	for _, by := range []*person{s.a.broker, s.a.key, s.a.support, s.b.full} {
		for route := range shown(by) {
			s.t.Errorf("%s: %s still shows who is locked away", by.name, route)
		}
	}
	officer := shown(p)
	for route := range officer {
		if rightful[route] == "" {
			s.t.Errorf("%s shows who is locked away to compliance, and nothing says why", route)
		}
	}
	if len(before) < 15 || !officer["GET /privacy/restricted"] {
		s.t.Errorf("%d routes showed the person before, and to compliance %v", len(before), officer)
	}
	for route := range before {
		s.report.Add(isolation.Pair{Kind: "route", Object: route, Through: "broker, machine and supporter of A, everybody of B", Tried: "a person who is restricted, and their file", Other: "nothing", Owner: "shown before; now to who may see the restricted"})
	}
	s.report.Note("people who are restricted", fmt.Sprintf("%d routes showed the person to the agency before, none after; to compliance %d", len(before), len(officer)))
}

// rightful are the routes that show restricted people to compliance, each with the reason.
var rightful = map[string]string{
	"GET /privacy/restricted":                "lists them, with the day until which the law keeps them",
	"GET /subjects/{id}/erasure":             "where the erasure stands",
	"GET /audit":                             "that something was done is not taken back; by id, without a name",
	"GET /audit/export":                      "the same, to be verified elsewhere",
	"GET /audit/proof":                       "the same, with its place in the chain",
	"GET /subjects/{id}/erasure/certificate": "says by id what was locked away, and until when",
}
