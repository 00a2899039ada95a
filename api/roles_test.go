package api_test

import (
	"strings"
	"testing"
)

// member of an agency as the list of members has it.
func (c *caller) member(user any) m {
	c.t.Helper()
	for _, x := range c.do("GET", "/members", nil).want(200).items() {
		if x["user_id"] == user {
			return x
		}
	}
	c.t.Fatalf("%v is no member", user)
	return nil
}

func (c *caller) id() any {
	c.t.Helper()
	return c.do("GET", "/me", nil).want(200).body["user"].(m)["id"]
}

// give gives roles to the person behind another caller.
func (c *caller) give(to *caller, roles ...string) answer {
	c.t.Helper()
	x := c.member(to.id())
	return c.do("PATCH", "/members/"+x["id"].(string), m{"roles": roles}, "If-Match: \""+jsonNumber(x["version"])+"\"")
}

// TestRoles: an agency's own role is made, given, acted in, bounded, taken away; nobody grants more than they hold, nobody locks the
// agency out, and each change counts on the very next request.
func TestRoles(t *testing.T) {
	s := newSite(t)
	admin, ada, bea, reader := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.A, "second_broker"), s.as(t, s.A, "read_only")
	network := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	title := func(it string) m { return m{"it": it, "en": it} }
	rule := func(effect, action string) m { return m{"action": action, "effect": effect} }

	// Made and given: the holder acts as what the role stands for, templates included, less what its rules take away.
	made := admin.do("POST", "/roles", m{"key": "junior", "title": title("Apprendista"), "parent": "broker", "rules": []m{rule("deny", "documents.review"), rule("allow", "lenders.write")}}).want(201)
	if perms := string(made.raw); !strings.Contains(perms, `"lenders.write"`) || made.body["own"] != true {
		t.Errorf("made as %s", perms)
	}
	admin.do("POST", "/roles", m{"key": "junior", "title": title("Altro"), "rules": []m{}}).code(409, "role.exists")
	admin.give(ada, "junior").want(200)
	app := ada.do("POST", "/applications", asked).want(201).str("id")
	ada.send(app, "withdraw", m{"reason_code": "client"}).want(200) // by: [broker]
	doc := bea.do("POST", "/applications/"+bea.do("POST", "/applications", asked).want(201).str("id")+"/documents", m{"kind": "mandate"}).want(201).str("id")
	if d := ada.do("POST", "/documents/"+doc+"/reject", m{"reason": "x"}).code(403, "access.denied"); !strings.Contains(d.str("detail"), "documents.review") {
		t.Errorf("the denial does not name the permission: %s", d.raw)
	}
	ada.do("POST", "/lenders", m{"key": "aurora", "name": "Aurora", "agreement_from": "2026-01-01"}).want(201)
	admin.do("DELETE", "/roles/junior", nil, admin.roleTag("junior")).code(409, "role.in_use")

	// What is refused names what is wrong and changes nothing.
	for name, c := range map[string]struct {
		body m
		at   string
	}{
		"an action nobody knows":           {m{"title": title("X"), "rules": []m{rule("allow", "moon.land")}}, "/rules/0/action"},
		"a condition on what is no file":   {m{"title": title("X"), "rules": []m{{"action": "members.write", "effect": "allow", "when": m{"own": true}}}}, "/rules/0/when"},
		"a condition that says nothing":    {m{"title": title("X"), "rules": []m{{"action": "tasks.write", "effect": "deny", "when": m{"unless": true}}}}, "/rules/0/when"},
		"a ceiling below the floor":        {m{"title": title("X"), "rules": []m{{"action": "tasks.write", "effect": "deny", "when": m{"min_amount_cents": 2, "max_amount_cents": 1}}}}, "/rules/0/when/max_amount_cents"},
		"the same rule twice":              {m{"title": title("X"), "rules": []m{rule("deny", "tasks.write"), rule("deny", "tasks.write")}}, "/rules/1"},
		"a circle":                         {m{"title": title("X"), "parent": "junior", "rules": []m{}}, "/parent"},
		"the platform's or network's role": {m{"title": title("X"), "parent": "network_admin", "rules": []m{}}, "/parent"},
	} {
		if a := admin.do("PUT", "/roles/junior", c.body, admin.roleTag("junior")).code(422, "role.invalid"); !strings.Contains(string(a.raw), `"`+c.at+`"`) {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	admin.do("PUT", "/roles/junior", m{"title": title("X"), "rules": []m{}}, "If-Match: \"7\"").want(412)
	s.as(t, s.B, "agency_admin").do("PUT", "/roles/junior", m{"title": title("X"), "rules": []m{}}, "If-Match: \"1\"").want(404)
	if list := string(s.as(t, s.B, "agency_admin").do("GET", "/roles", nil).want(200).raw); strings.Contains(list, "junior") {
		t.Errorf("B sees a role of A: %s", list)
	}

	// Nobody grants more than they hold: not by a rule, not by giving a role, not by taking a denial away.
	if a := admin.do("POST", "/roles", m{"key": "assessor", "title": title("Perito"), "rules": []m{rule("deny", "tasks.write"), rule("allow", "subjects.assess")}}).code(403, "role.beyond"); !strings.Contains(string(a.raw), `"/rules/1/action"`) {
		t.Errorf("the rule that grants too much is not named: %s", a.raw)
	}
	admin.do("POST", "/roles", m{"key": "people", "title": title("Personale"), "rules": []m{rule("allow", "members.write"), rule("allow", "roles.write"), rule("allow", "roles.read")}}).want(201)
	admin.give(bea, "people").want(200)
	bea.give(reader, "agency_admin").code(403, "role.beyond")
	bea.give(reader, "junior").code(403, "role.beyond")
	bea.do("PUT", "/roles/people", m{"title": title("X"), "parent": "agency_admin", "rules": []m{rule("allow", "members.write"), rule("allow", "roles.write")}}, bea.roleTag("people")).code(403, "role.beyond")
	bea.do("PUT", "/roles/read_only", m{"rules": []m{rule("allow", "subjects.write")}}, bea.roleTag("read_only")).code(403, "role.beyond")
	bea.do("PUT", "/roles/junior", m{"title": title("X"), "parent": "broker", "rules": []m{rule("allow", "lenders.write")}}, bea.roleTag("junior")).code(403, "role.beyond")
	bea.do("POST", "/api-keys", m{"name": "k", "roles": []string{"agency_admin"}}).want(403)
	bea.give(ada, "read_only").code(403, "role.beyond") // junior denies documents.review: taking it away would give
	bea.give(reader, "people").want(200)

	// Nobody locks the agency out, by a rule or by taking roles away; one who may still undo is enough.
	admin.give(bea, "broker").want(200)
	admin.give(reader, "read_only").want(200)
	admin.do("PUT", "/roles/agency_admin", m{"rules": []m{rule("deny", "roles.write")}}, admin.roleTag("agency_admin")).code(409, "member.last_admin")
	admin.give(admin, "people").want(200) // is enough to keep the policy
	admin.give(admin, "agency_admin").code(403, "role.beyond")
	s.Exec(t, `update members set roles = '{agency_admin}' where tenant_id = $1 and roles = '{people}'`, s.A.ID)

	// A network's bound is checked when a rule is saved and wins over those there are, at once; so does taking it back.
	bounds := "/networks/" + s.Network.String() + "/policy-bounds"
	set := func(items ...m) answer {
		if items == nil {
			items = []m{}
		}
		return network.do("PUT", bounds, m{"items": items}, network.do("GET", bounds, nil).want(200).match())
	}
	bearer := func(c *caller, want int) { // may junior write lenders?
		t.Helper()
		if got := c.do("POST", "/lenders", m{"key": "aurora", "name": "Aurora", "agreement_from": "2026-01-01"}).Status; got != want {
			t.Errorf("writing a lender: %d, want %d", got, want)
		}
	}
	bearer(ada, 409)
	set(m{"action": "lenders.write", "kind": "reserved"}, m{"action": "search.read", "kind": "forbidden"}).want(200)
	about := map[string]m{}
	for _, a := range admin.do("GET", "/policy/actions", nil).want(200).items() {
		about[a["action"].(string)] = a
	}
	if about["lenders.write"]["bound"] != "reserved" || about["search.read"]["bound"] != "forbidden" || about["tasks.write"]["bound"] != "" || about["tasks.write"]["filed"] != true || about["lenders.write"]["filed"] != false {
		t.Errorf("what rules may be about: %v", about)
	}
	if _, there := about["networks.govern"]; there {
		t.Error("a network's own action is offered to an agency")
	}
	ada.do("GET", "/policy/actions", nil).code(403, "access.denied")
	bearer(ada, 403)
	bearer(admin, 409) // reserved: as the platform has it
	for _, who := range []*caller{ada, admin, s.as(t, s.B, "broker")} {
		if a := who.do("GET", "/search?q=xy", nil).code(403, "access.network_forbids"); !strings.Contains(a.str("detail"), "search.read") || !strings.Contains(a.str("detail"), "network") {
			t.Errorf("who forbids what: %s", a.raw)
		}
	}
	admin.do("PUT", "/roles/read_only", m{"rules": []m{rule("allow", "lenders.write")}}, admin.roleTag("read_only")).code(422, "role.invalid")
	admin.do("PUT", "/roles/read_only", m{"rules": []m{rule("allow", "search.read")}}, admin.roleTag("read_only")).code(422, "role.invalid")
	set(m{"action": "roles.write", "kind": "forbidden"}).code(422, "bounds.invalid")
	set(m{"action": "moon.land", "kind": "forbidden"}).code(422, "bounds.invalid")
	network.do("PUT", bounds, m{"items": []m{}}, "If-Match: \"1\"").want(412)
	set().want(200)
	bearer(ada, 409)
	admin.do("GET", bounds, nil).want(404)

	// Revoked: refused on the very next request. A change of rules too.
	admin.give(ada, "read_only").want(200)
	ada.do("POST", "/applications", asked).code(403, "access.denied")
	admin.rules("read_only", rule("deny", "applications.read"))
	ada.do("GET", "/applications", nil).code(403, "access.denied")
	admin.rules("read_only")
	ada.do("GET", "/applications", nil).want(200)
	admin.do("DELETE", "/roles/junior", nil, admin.roleTag("junior")).want(204)
	admin.do("DELETE", "/roles/junior", nil, "If-Match: \"1\"").want(404)
}

// TestExplain: the answer says which rule decided, by which roles, and against what values; it is the door's own answer.
func TestExplain(t *testing.T) {
	s := newSite(t)
	admin, ada := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker")
	file := func(by *caller) string { return by.do("POST", "/applications", asked).want(201).str("id") }
	mine, hers := file(ada), file(s.as(t, s.A, "second_broker"))
	admin.rules("broker", m{"action": "applications.write", "effect": "deny", "when": m{"unless": true, "own": true}})
	user := ada.id().(string)
	ask := func(do, on string) answer {
		t.Helper()
		return admin.do("GET", "/policy/explain?as="+user+"&do="+do+"&on="+on, nil).want(200)
	}
	decided := func(a answer, verdict, source string) m {
		t.Helper()
		r, _ := a.body["rule"].(m)
		if a.body["verdict"] != verdict || source != "" && (r == nil || !strings.Contains(r["source"].(string), source)) {
			t.Errorf("want %s by %s: %s", verdict, source, a.raw)
		}
		return r
	}
	r := decided(ask("applications.write", mine), "allowed", "policies/applications.csv:")
	if path, _ := r["path"].([]any); len(path) != 2 || path[0] != "broker" || path[1] != "staff" {
		t.Errorf("the path is %v", path)
	}
	no := ask("applications.write", hers)
	r = decided(no, "denied", "-") // an agency's rule: its id
	part := r["parts"].([]any)[0].(m)
	if part["name"] != "own" || part["wanted"] != user || part["found"] == user || part["holds"] != false {
		t.Errorf("held against %v", part)
	}
	for _, want := range []string{"applications.write", "own"} {
		for _, tongue := range []string{"it", "en"} {
			if text := no.body["text"].(m)[tongue].(string); !strings.Contains(text, want) {
				t.Errorf("%s: %q does not say %s", tongue, text, want)
			}
		}
	}
	ada.do("PATCH", "/applications/"+hers, m{"title": "x"}, "If-Match: \"1\"").code(403, "access.denied") // as explained
	decided(ask("members.write", ""), "no_rule", "")
	decided(ask("applications.write", ""), "allowed", "")
	s.Exec(t, `insert into network_policy_bounds (network_id, action, kind, created_at) values ($1, 'tasks.write', 'forbidden', now())`, s.Network)
	decided(ask("tasks.write", mine), "forbidden", "network")
	admin.rules("broker", ownOnly)
	decided(ask("documents.read", hers), "out_of_sight", "-")
	admin.do("GET", "/policy/explain?as=broker@a.test&do=documents.read&on="+hers, nil).want(200)

	// A narrowed key is held to its actions, whatever its roles: as explained, so refused.
	narrow := admin.do("POST", "/api-keys", m{"name": "narrow", "roles": []string{"broker"}, "actions": []string{"subjects.read"}}).want(201)
	key := &caller{t: t, site: s, key: narrow.str("secret")}
	of := func(do string) answer {
		return admin.do("GET", "/policy/explain?as="+narrow.str("id")+"&do="+do, nil).want(200)
	}
	decided(of("lenders.read"), "narrowed", "key")
	key.do("GET", "/lenders", nil).code(403, "access.denied")
	decided(of("subjects.read"), "allowed", "policies/subjects.csv:")
	key.do("GET", "/subjects", nil).want(200)
	decided(of("agency.read"), "allowed", "policies/agency.csv:")
	key.do("GET", "/agency", nil).want(200)

	// What is not the caller's to see is not explained.
	other := file(s.as(t, s.B, "broker"))
	admin.do("GET", "/policy/explain?as="+user+"&do=applications.read&on="+other, nil).want(404)
	admin.do("GET", "/policy/explain?as=broker@b.test&do=applications.read", nil).want(404)
	ada.do("GET", "/policy/explain?as="+user+"&do=applications.read", nil).code(403, "access.denied")
}
