package main

import "strings"

// people adds the requests about what somebody asks of their own data. It leaves a row of A in every table of theirs.
func (s *story) people(out map[string]func() routed) {
	s.t.Helper()
	b, c := s.broker, s.compliance
	enter := func(name string) string {
		id := s.human(name, 1_000_00)
		b.do("PATCH", "/subjects/"+id, object{"email": strings.ToLower(name) + "@story.example"}, b.do("GET", "/subjects/"+id, nil).want(200).match()).want(200)
		return "/subjects/" + id
	}
	one := enter("Ospiti")
	exported := func() string {
		c.do("POST", one+"/exports", object{"locale": "it"}).want(202)
		var id string
		eventually(s.t, "the copy", func() bool {
			e := c.do("GET", one+"/exports", nil).want(200).items()[0]
			id = e["id"].(string)
			return e["state"] == "ready"
		})
		return "/exports/" + id
	}
	get := func(by *person, path string) func() routed {
		return func() routed { return routed{by: by, path: path} }
	}
	out["GET /subjects/{id}/consents"] = get(b, one+"/consents")
	out["POST /subjects/{id}/consents"] = func() routed {
		return routed{by: b, path: one + "/consents", body: object{"purpose": "marketing", "state": "given", "channel": "paper"}}
	}
	out["GET /subjects/{id}/exports"] = get(c, one+"/exports")
	out["POST /subjects/{id}/exports"] = func() routed { return routed{by: c, path: one + "/exports", body: object{"locale": "en"}} }
	out["POST /exports/{id}/link"] = func() routed { return routed{by: c, path: exported() + "/link", body: object{"format": "json"}} }
	out["GET /exports/open/{token}"] = func() routed {
		return routed{by: c, path: strings.TrimPrefix(c.do("POST", exported()+"/link", object{"format": "pdf"}).want(200).str("url"), "/api/v1")}
	}
	out["GET /subjects/{id}/erasure"] = get(c, one+"/erasure")
	out["POST /subjects/{id}/erasure"] = func() routed {
		return routed{by: c, path: enter("Addii") + "/erasure", body: object{"reason": "objection"}}
	}
	out["GET /subjects/{id}/erasure/certificate"] = func() routed {
		path := enter("Andati") + "/erasure"
		c.do("POST", path, object{"reason": "objection"}).want(200)
		return routed{by: c, path: path + "/certificate"}
	}
	out["POST /subjects/{id}/erasure/lift"] = func() routed {
		return routed{by: c, path: s.lockedAway() + "/erasure/lift", body: object{"reason": "came_back"}}
	}
	out["GET /subjects/{id}/portal-access"] = get(b, one+"/portal-access")
	out["POST /subjects/{id}/portal-access"] = func() routed { return routed{by: b, path: one + "/portal-access"} }
	out["POST /privacy/requests/{id}/refuse"] = func() routed {
		return routed{by: c, path: "/privacy/requests/" + s.asks(one) + "/refuse", body: object{"reason": "identity"}}
	}
}

// lockedAway is somebody whose file has ended with a due diligence on paper, and whom an erasure has locked.
func (s *story) lockedAway() string {
	s.t.Helper()
	kept := s.app
	defer func() { s.app = kept }()
	s.app = "/applications/" + s.broker.do("POST", "/applications", s.asked()).want(201).str("id")
	who := s.human("Serrati", 1_000_00)
	s.broker.do("POST", s.app+"/parties", object{"subject_id": who, "role_type": "applicant"}).want(201)
	s.document("due_diligence", who, day(-1))
	read := s.broker.do("GET", s.app, nil).want(200)
	s.broker.do("POST", s.app+"/events", object{"event": "withdraw", "reason": "no", "payload": object{"reason_code": "client"}}, read.match()).want(200)
	s.compliance.do("POST", "/subjects/"+who+"/erasure", object{"reason": "objection"}).want(200)
	return "/subjects/" + who
}

// asks opens the portal for a person by the mailed link and asks for a copy.
func (s *story) asks(who string) string {
	s.t.Helper()
	s.broker.do("POST", who+"/portal-access", nil).want(201)
	text := s.database("postgres").texts(`select payload->>'text' from outbox where topic = 'mail' and ref = $1 order by id desc limit 1`, strings.TrimPrefix(who, "/subjects/"))
	_, link, _ := strings.Cut(text[0], "/portal#")
	guest := stranger(s.t, s.broker.base, "a guest")
	guest.do("POST", "/portal/session", object{"token": strings.Fields(link)[0]}).want(204)
	return guest.do("POST", "/portal/requests", object{"kind": "access"}).want(201).str("id")
}
