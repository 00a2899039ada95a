package main

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/isolation"
)

// directories sends to every SCIM route: the directory of network M with what is N's, people and machines of N's agencies, and nobody.
func (s *isolated) directories() {
	s.t.Helper()
	open := func(name, network, cookie string) *person {
		p := stranger(s.t, s.base, name)
		p.key = s.session(name, cookie).do("POST", "/networks/"+network+"/scim-tokens", object{"name": "directory", "roles": []string{"broker"}}).want(201).str("secret")
		return p
	}
	ours := open("directory of N", s.world.Network.String(), s.world.NetworkToken(s.t))
	theirs := open("directory of M", s.elsewhere.Network.String(), s.elsewhere.NetworkToken(s.t))
	const kind, patch = "Content-Type: application/scim+json", "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	somebody := func(mail string) object {
		return object{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:User"}, "userName": mail, "name": object{"givenName": "Dora", "familyName": s.a.word}}
	}
	made := ours.do("POST", "/scim/v2/Users", somebody("dora@"+strings.ToLower(s.a.word)+".test"), kind).want(201).str("id")
	s.a.ids[made] = true
	group := "/scim/v2/Groups/" + s.a.agency.ID.String() + ".broker"
	bodies := map[string]any{
		"POST /scim/v2/Users":        somebody("dino@" + strings.ToLower(s.a.word) + ".test"),
		"PUT /scim/v2/Users/{id}":    somebody("dora@" + strings.ToLower(s.a.word) + ".test"),
		"PATCH /scim/v2/Users/{id}":  object{"schemas": []string{patch}, "Operations": []object{{"op": "replace", "path": "active", "value": true}}},
		"PUT /scim/v2/Groups/{id}":   object{"members": ours.do("GET", group, nil).want(200).body["members"]},
		"PATCH /scim/v2/Groups/{id}": object{"schemas": []string{patch}, "Operations": []object{{"op": "remove", "path": fmt.Sprintf(`members[value eq "%s"]`, made)}}},
	}
	for _, r := range api.Table(api.Deps{}) {
		if r.For != api.Directories {
			continue
		}
		key, path := name(r), strings.Replace(r.Path, "/scim/v2/Groups/{id}", group, 1)
		path = strings.Replace(path, "{id}", made, 1)
		body := bodies[key]
		stranger(s.t, s.base, "nobody").do(r.Method, path, body, kind).want(401)
		for _, other := range []*person{s.a.full, s.b.full, s.a.key, s.b.key, s.a.support} {
			if got := other.do(r.Method, path, body, kind); got.status != 403 {
				s.t.Errorf("%s: %d, want 403: %.300s", got.what, got.status, got.raw)
			}
		}
		other, want := "nothing of N", 200
		if strings.Contains(r.Path, "{id}") {
			got, never := theirs.do(r.Method, path, body, kind), theirs.do(r.Method, strays(path), body, kind)
			if got.status != 404 || got.plain() != never.plain() {
				s.t.Errorf("%s: %s\nand one that never was: %s", got.what, got.plain(), never.plain())
			}
			other = "404, as for an id that never was"
		} else if r.Method == "GET" {
			got := theirs.do("GET", path+"?count=200", nil).want(200)
			for _, one := range []*side{s.a, s.b} {
				if told := one.belongs(got.plain()); told != "" {
					s.t.Errorf("%s tells %s", got.what, told)
				}
			}
		}
		switch r.Method {
		case "POST":
			want = 201
		case "DELETE":
			want = 204
		}
		twin := ours.do(r.Method, path, body, kind).want(want)
		s.asked[key] = true
		s.report.Add(isolation.Pair{Kind: "route", Object: key, Through: "directory of network M; people and machines of A and B; nobody", Tried: "what is N's", Other: other + "; 403; 401", Owner: fmt.Sprint(twin.status)})
	}
}
