package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/ident"
)

// directory is a network's own directory.
func (s *site) directory(t *testing.T, network ident.NetworkID, cookie string, roles ...string) (by *caller, path string) {
	t.Helper()
	admin := &caller{t: t, site: s, cookie: cookie}
	made := admin.do("POST", "/networks/"+network.String()+"/scim-tokens", map[string]any{"name": "directory", "roles": roles}).want(201)
	return &caller{t: t, site: s, key: made.str("secret")}, "/networks/" + network.String() + "/scim-tokens/" + made.str("id")
}

func (c *caller) scim(method, path string, body any, headers ...string) answer {
	c.t.Helper()
	a := c.root(method, "/scim/v2"+path, body, append([]string{"Content-Type: application/scim+json"}, headers...)...)
	if a.Status != 204 && a.Status != 304 && a.Header.Get("Content-Type") != "application/scim+json" {
		c.t.Errorf("%s is answered as %s", a.what, a.Header.Get("Content-Type"))
	}
	return a
}

// scimRefused fails unless the error has the form of RFC 7644.
func scimRefused(a answer, status int, kind string) {
	a.t.Helper()
	if got, _ := a.body["scimType"].(string); a.Status != status || got != kind || a.body["status"] != fmt.Sprint(status) || !strings.Contains(fmt.Sprint(a.body["schemas"]), ":Error") {
		a.t.Errorf("%s: %d %s, want %d %s", a.what, a.Status, a.raw, status, kind)
	}
}

func resources(a answer) (out []map[string]any) {
	a.t.Helper()
	a.want(200)
	for _, r := range a.body["Resources"].([]any) {
		out = append(out, r.(map[string]any))
	}
	return out
}

func patches(operations ...map[string]any) map[string]any {
	return map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": operations}
}

func person7643(userName, external string) map[string]any {
	return map[string]any{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": userName, "externalId": external, "title": "not kept",
		"name": map[string]any{"givenName": "Barbara", "familyName": "Jensen"}, "emails": []map[string]any{{"value": userName, "type": "work"}}}
}

// TestScim is a directory at work: people come, are given roles, and are out at once when they leave.
func TestScim(t *testing.T) {
	s := newSite(t)
	scimIsolation(t, s)
	network := s.NetworkToken(t)
	d, tokenPath := s.directory(t, s.Network, network, "broker", "agency_admin")
	group := func(role string) string { return "/Groups/" + s.A.ID.String() + "." + role }
	s.accepts(t, true) // TestOffers is about who has not

	for _, path := range []string{"/ServiceProviderConfig", "/ResourceTypes", "/Schemas"} {
		d.scim("GET", path, nil).want(200)
	}
	// Whom it sees: the people of the network's two agencies, and of the network.
	all := resources(d.scim("GET", "/Users?count=200", nil))
	if len(all) != 13 {
		t.Errorf("%d people: %v", len(all), all)
	}
	page := d.scim("GET", "/Users?startIndex=3&count=2", nil).want(200)
	if rows := resources(page); len(rows) != 2 || rows[0]["id"] != all[2]["id"] || page.body["totalResults"] != 13.0 || page.body["startIndex"] != 3.0 {
		t.Errorf("a page: %s", page.raw)
	}
	broker := resources(d.scim("GET", `/Users?filter=userName+eq+%22BROKER@a.test%22`, nil))
	if len(broker) != 1 || !strings.Contains(fmt.Sprint(broker[0]["groups"]), s.A.ID.String()+".broker") {
		t.Fatalf("by userName: %v", broker)
	}
	groups := resources(d.scim("GET", "/Groups", nil))
	if len(groups) != 4 { // two agencies, two roles the token may give
		t.Errorf("%d groups: %v", len(groups), groups)
	}
	if bare := d.scim("GET", "/Groups?excludedAttributes=members", nil); strings.Contains(string(bare.raw), "usr_") {
		t.Errorf("with excludedAttributes: %s", bare.raw)
	}
	if one := resources(d.scim("GET", `/Groups?filter=displayName+eq+%22Agenzia+a+/+broker%22`, nil)); len(one) != 1 || len(one[0]["members"].([]any)) != 2 {
		t.Errorf("by displayName: %v", one)
	}

	// Somebody comes.
	made := d.scim("POST", "/Users", person7643("bjensen@a.test", "701984")).want(201)
	id := made.str("id")
	if made.Header.Get("Location") != "https://pratica.test/scim/v2/Users/"+id || made.Header.Get("ETag") != `W/"1"` || made.body["name"].(map[string]any)["formatted"] != "Barbara Jensen" || made.body["active"] != true {
		t.Errorf("made %s %v", made.raw, made.Header)
	}
	scimRefused(d.scim("POST", "/Users", person7643("bjensen@a.test", "x")), 409, "uniqueness")
	scimRefused(d.scim("POST", "/Users", person7643("other@a.test", "701984")), 409, "uniqueness")
	if one := resources(d.scim("GET", `/Users?filter=externalId+eq+%22701984%22`, nil)); len(one) != 1 || one[0]["id"] != id {
		t.Errorf("by externalId: %v", one)
	}
	if n, _ := s.Raw(t, "", `select count(*)::text from members where email = 'bjensen@a.test'`); n != "0" {
		t.Error("a member before any group")
	}
	d.scim("PATCH", group("broker"), patches(map[string]any{"op": "add", "path": "members", "value": []map[string]any{{"value": id}}})).want(200)
	if state, _ := s.Raw(t, "", `select status || roles::text from members where tenant_id = $1 and email = 'bjensen@a.test'`, s.A.ID); state != "invited{broker}" {
		t.Errorf("after the group: %s", state)
	}
	if mail, _ := s.Raw(t, "", `select count(*)::text from outbox where topic = 'mail' and payload::text like '%bjensen@a.test%'`); mail != "1" {
		t.Errorf("%s invitations", mail)
	}
	if got := d.scim("GET", "/Users/"+id, nil).want(200); !strings.Contains(string(got.raw), s.A.ID.String()+".broker") {
		t.Errorf("their groups: %s", got.raw)
	}

	// What is kept of them changes, under the version that was seen.
	tag := `If-Match: W/"1"`
	changed := d.scim("PATCH", "/Users/"+id, patches(map[string]any{"op": "Replace", "path": "name.familyName", "value": "Rossi"}, map[string]any{"op": "add", "value": map[string]any{"externalId": "new", "nickName": "not kept"}}), tag).want(200)
	if changed.body["displayName"] != "Barbara Rossi" || changed.body["externalId"] != "new" || changed.Header.Get("ETag") != `W/"2"` {
		t.Errorf("changed: %s", changed.raw)
	}
	scimRefused(d.scim("PATCH", "/Users/"+id, patches(map[string]any{"op": "replace", "path": "active", "value": false}), tag), 412, "")
	d.scim("GET", "/Users/"+id, nil, `If-None-Match: W/"2"`).want(304)
	replaced := d.scim("PUT", "/Users/"+id, person7643("bjensen@a.test", "701984"), `If-Match: W/"2"`).want(200)
	if replaced.body["displayName"] != "Barbara Jensen" || replaced.body["externalId"] != "701984" {
		t.Errorf("replaced: %s", replaced.raw)
	}
	for name, c := range map[string]struct {
		method, path string
		body         any
		status       int
		kind         string
	}{
		"another userName":        {"PUT", "/Users/" + id, person7643("boss@a.test", ""), 400, "mutability"},
		"another e-mail":          {"PATCH", "/Users/" + id, patches(map[string]any{"op": "replace", "path": `emails[type eq "work"].value`, "value": "boss@a.test"}), 400, "mutability"},
		"groups of a user":        {"PATCH", "/Users/" + id, patches(map[string]any{"op": "add", "path": "groups", "value": []any{}}), 400, "mutability"},
		"no such attribute":       {"PATCH", "/Users/" + id, patches(map[string]any{"op": "add", "path": "shoeSize", "value": 43}), 400, "invalidPath"},
		"no path at all":          {"PATCH", "/Users/" + id, patches(map[string]any{"op": "add", "path": "a[", "value": 1}), 400, "invalidPath"},
		"another op":              {"PATCH", "/Users/" + id, patches(map[string]any{"op": "move", "path": "active"}), 400, "invalidSyntax"},
		"a removal of nothing":    {"PATCH", "/Users/" + id, patches(map[string]any{"op": "remove"}), 400, "noTarget"},
		"maybe active":            {"PATCH", "/Users/" + id, patches(map[string]any{"op": "replace", "path": "active", "value": "maybe"}), 400, "invalidValue"},
		"no schema":               {"PATCH", "/Users/" + id, map[string]any{"Operations": []any{}}, 400, "invalidSyntax"},
		"no JSON":                 {"PATCH", "/Users/" + id, "{", 400, "invalidSyntax"},
		"no e-mail":               {"POST", "/Users", person7643("bjensen", ""), 400, "invalidValue"},
		"a NUL":                   {"POST", "/Users", `{"userName": "a\u0000@a.test"}`, 400, "invalidSyntax"},
		"another filter":          {"GET", "/Users?filter=userName+sw+%22b%22", nil, 400, "invalidFilter"},
		"half a filter":           {"GET", "/Users?filter=userName+eq", nil, 400, "invalidFilter"},
		"nobody":                  {"GET", "/Users/" + ident.NewUser().String(), nil, 404, ""},
		"no id":                   {"GET", "/Users/2819c223", nil, 404, ""},
		"a role beyond the token": {"PATCH", group("compliance_officer"), patches(map[string]any{"op": "add", "path": "members", "value": []map[string]any{{"value": id}}}), 404, ""},
		"a role of nobody's":      {"GET", group("system"), nil, 404, ""},
		"a stranger in a group":   {"PATCH", group("broker"), patches(map[string]any{"op": "add", "path": "members", "value": []map[string]any{{"value": ident.NewUser().String()}}}), 400, "invalidValue"},
		"another group's name":    {"PUT", group("broker"), map[string]any{"displayName": "Bosses", "members": []any{}}, 400, "mutability"},
	} {
		t.Run(name, func(t *testing.T) {
			by := *d
			by.t = t
			scimRefused(by.scim(c.method, c.path, c.body), c.status, c.kind)
		})
	}

	// Roles are given and taken; the last admin stays.
	brokers := d.scim("GET", group("broker"), nil).want(200)
	d.scim("PATCH", group("agency_admin"), patches(map[string]any{"op": "add", "value": map[string]any{"members": []map[string]any{{"value": broker[0]["id"]}}}})).want(200)
	s.as(t, s.A, "broker").do("GET", "/api-keys", nil).want(200)
	d.scim("PATCH", group("agency_admin"), patches(map[string]any{"op": "remove", "path": fmt.Sprintf(`members[value eq "%s"]`, broker[0]["id"])})).want(200)
	s.as(t, s.A, "broker").do("GET", "/api-keys", nil).code(403, "access.denied")
	scimRefused(d.scim("PUT", group("agency_admin"), map[string]any{"members": []any{}}), 409, "")
	scimRefused(d.scim("PATCH", group("broker"), patches(map[string]any{"op": "remove", "path": "members"}), `If-Match: W/"x"`), 412, "")
	if same := d.scim("GET", group("broker"), nil); same.Header.Get("ETag") != brokers.Header.Get("ETag") {
		t.Error("the group's tag changed by nothing")
	}

	// Somebody leaves: out at once, also with what this server remembers, and taken up again as they were.
	session := s.as(t, s.A, "broker")
	session.do("GET", "/applications", nil).want(200)
	at := "/Users/" + broker[0]["id"].(string)
	d.scim("PATCH", at, patches(map[string]any{"op": "replace", "path": "active", "value": "False"})).want(200)
	session.do("GET", "/applications", nil).code(401, "auth.ended")
	if got := d.scim("GET", group("broker"), nil); strings.Contains(string(got.raw), broker[0]["id"].(string)) {
		t.Error("still in the group")
	}
	scimRefused(d.scim("PATCH", group("broker"), patches(map[string]any{"op": "add", "path": "members", "value": []map[string]any{{"value": broker[0]["id"]}}})), 400, "invalidValue")
	d.scim("PATCH", at, patches(map[string]any{"op": "replace", "value": map[string]any{"active": true}})).want(200)
	s.as(t, s.A, "broker").do("GET", "/applications", nil).want(200)
	d.scim("DELETE", at, nil).want(204)
	scimRefused(d.scim("GET", at, nil), 404, "")
	scimRefused(d.scim("DELETE", at, nil), 404, "")
	if found := resources(d.scim("GET", `/Users?filter=userName+eq+%22broker@a.test%22`, nil)); len(found) != 0 {
		t.Errorf("removed, and found: %v", found)
	}
	if back := d.scim("POST", "/Users", person7643("broker@a.test", "1")).want(201); back.str("id") != broker[0]["id"] {
		t.Errorf("another person came back: %s", back.raw)
	}
	// Who acts for the network does no more.
	founder := resources(d.scim("GET", `/Users?filter=userName+eq+%22rete@example.test%22`, nil))[0]["id"].(string)
	boss := &caller{t: t, site: s, cookie: network}
	boss.do("GET", "/networks/"+s.Network.String()+"/agencies", nil).want(200)
	d.scim("PATCH", "/Users/"+founder, patches(map[string]any{"op": "replace", "path": "active", "value": false})).want(200)
	boss.do("GET", "/networks/"+s.Network.String()+"/agencies", nil).want(404)
	if me := boss.do("GET", "/me", nil).want(200); len(me.body["networks"].([]any)) != 0 {
		t.Errorf("disabled, and told of the network: %s", me.raw)
	}
	d.scim("PATCH", "/Users/"+founder, patches(map[string]any{"op": "replace", "path": "active", "value": true})).want(200)

	// Both trails have it; the token ends at once.
	inside := string(s.as(t, s.A, "agency_admin").do("GET", "/audit?limit=200", nil).want(200).raw)
	outside := s.networkTrail(t)
	for _, want := range []string{"member.changed_by_network"} {
		if !strings.Contains(inside, want) {
			t.Errorf("not in the agency's trail: %s", want)
		}
	}
	for _, want := range []string{"directory.token_created", "directory.user_created", "directory.group_changed", "directory.user_disabled", "directory.user_enabled", "directory.user_removed"} {
		if !strings.Contains(outside, want) {
			t.Errorf("not in the network's trail: %s", want)
		}
	}
	if strings.Contains(inside+outside, "bjensen") {
		t.Error("an e-mail is in a trail")
	}
	boss.do("DELETE", tokenPath, nil).want(204)
	boss.do("DELETE", tokenPath, nil).want(404)
	scimRefused(d.scim("GET", "/Users", nil), 401, "")
}

// scimIsolation: a directory sees its network and nothing else, speaks SCIM and nothing else, and nobody else speaks it.
func scimIsolation(t *testing.T, s *site) {
	other, alien := s.Elsewhere(t)
	d, _ := s.directory(t, s.Network, s.NetworkToken(t), "broker")
	theirs, theirToken := s.directory(t, other.Network, other.NetworkToken(t), "broker")
	mine := resources(d.scim("GET", "/Users?count=200", nil))
	for _, u := range resources(theirs.scim("GET", "/Users?count=200", nil)) {
		if strings.Contains(fmt.Sprint(mine), u["id"].(string)) {
			t.Errorf("both networks have %v", u)
		}
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
			body := map[string]any(patches(map[string]any{"op": "replace", "path": "active", "value": false}))
			if method == "PUT" {
				body = person7643(u["userName"].(string), "")
			}
			a, never := d.scim(method, "/Users/"+u["id"].(string), body), d.scim(method, "/Users/"+ident.NewUser().String(), body)
			if scimRefused(a, 404, ""); string(a.raw) != string(never.raw) {
				t.Errorf("%s: not what nobody is answered: %s", a.what, a.raw)
			}
		}
		scimRefused(d.scim("PATCH", "/Groups/"+s.A.ID.String()+".broker", patches(map[string]any{"op": "add", "path": "members", "value": []map[string]any{{"value": u["id"].(string)}}})), 400, "invalidValue")
	}
	for _, method := range []string{"GET", "PUT", "PATCH"} {
		body := map[string]any(patches(map[string]any{"op": "remove", "path": "members"}))
		if method == "PUT" {
			body = map[string]any{"members": []any{}}
		}
		scimRefused(d.scim(method, "/Groups/"+alien.ID.String()+".broker", body), 404, "")
		theirs.scim(method, "/Groups/"+alien.ID.String()+".broker", body).want(200)
	}
	network := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	network.do("DELETE", strings.Replace(theirToken, other.Network.String(), s.Network.String(), 1), nil).want(404)
	network.do("DELETE", theirToken, nil).want(404)
	network.do("POST", "/networks/"+s.Network.String()+"/scim-tokens", map[string]any{"name": "x", "roles": []string{"network_admin"}}).code(422, "member.role")

	key := s.as(t, s.A, "agency_admin").do("POST", "/api-keys", map[string]any{"name": "x", "roles": []string{"agency_admin"}}).want(201).str("secret")
	for name, by := range map[string]*caller{"a member": s.as(t, s.A, "agency_admin"), "the network's admin": network, "a key": {t: t, site: s, key: key}} {
		if a := by.scim("GET", "/Users", nil); a.Status != 403 {
			t.Errorf("%s: %d %s", name, a.Status, a.raw)
		}
	}
	scimRefused((&caller{t: t, site: s}).scim("GET", "/Users", nil), 401, "")
	for _, r := range api.Table(s.deps) {
		if r.For == api.Public || r.For == api.Directories {
			continue
		}
		path := strings.NewReplacer("{id}", s.Network.String(), "/api/v1", "").Replace(r.Path)
		if a := d.do(r.Method, path, "{}", `If-Match: "1"`); a.Status < 400 || a.Status == 500 {
			t.Errorf("a directory: %s: %d %s", a.what, a.Status, a.raw)
		}
	}
}
