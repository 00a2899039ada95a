package main

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/isolation"
)

// actions: a person without a route's action is refused by its name; when the policy is broken so that anybody may, this very
// question finds it.
func (s *isolated) actions() {
	s.t.Helper()
	s.world.Exec(s.t, `update members set roles = '{outsider}' where tenant_id = $1 and roles = '{read_only}' and status = 'active'`, s.a.agency.ID)
	outsider := s.session("somebody without a role", s.world.Token(s.t, s.a.agency, "read_only"))
	s.a.made["/webhooks"] = s.a.full.do("POST", "/webhooks", hook()).want(201).str("id") // of what A does not have any more nobody is told that they may not
	byAction := map[string][]api.RouteInfo{}
	for _, r := range s.table("GET", "POST", "PATCH", "PUT", "DELETE") {
		if r.Action != "agency.read" {
			byAction[string(r.Action)] = append(byAction[string(r.Action)], r)
		}
	}
	refused := func(r api.RouteInfo) (bool, reply) {
		path, ok := s.fill(r.Path, s.a)
		if !ok {
			path = place.ReplaceAllString(path, "1")
		}
		a := outsider.do(r.Method, s.asks(r, path, s.a), s.body(r, s.a, false), "If-Match: \"1\"", "X-File-Name: a.pdf")
		return a.status == 403 && a.body["code"] == "access.denied" && strings.Contains(fmt.Sprint(a.body["detail"]), string(r.Action)), a
	}
	for action, routes := range byAction {
		s.rule(action, "deny") // some actions are everybody's
		var closed []api.RouteInfo
		for _, r := range routes {
			if ok, a := refused(r); ok {
				closed = append(closed, r)
			} else if a.status < 400 {
				s.t.Errorf("%s without %s: %d %.300s", a.what, action, a.status, a.raw)
			}
		}
		if len(closed) == 0 {
			s.t.Logf("%s: its routes ask for something else first: %v", action, routes)
			s.rule(action, "allow")
			continue
		}
		roles := func(list ...string) {
			s.world.Exec(s.t, `update members set roles = $2 where tenant_id = $1 and 'outsider' = any(roles)`, s.a.agency.ID, list)
		}
		s.rule(action, "allow")
		if role := onlyBy[action]; role != "" {
			roles("outsider", role)
		}
		for _, r := range closed {
			key := r.Method + " " + strings.TrimPrefix(r.Path, "/api/v1")
			if still, _ := refused(r); still {
				s.t.Errorf("went unnoticed: %s open to anybody at %s", action, key)
				continue
			}
			s.report.Broke("action open to anybody: " + action + " at " + key)
			s.report.Add(isolation.Pair{Kind: "route", Object: key, Through: "somebody of A without a role", Tried: "without " + action, Other: "403, the permission named", Owner: "passes with it"})
		}
		roles("outsider")
	}
}

// onlyBy are the actions that no rule may give, each with the role that has it.
var onlyBy = map[string]string{"compliance.report": "compliance_officer"}

// rule has the policy of A deny, or allow, somebody without a role an action.
func (s *isolated) rule(action, effect string) {
	s.world.Exec(s.t, `with gone as (delete from policy_rules where tenant_id = $1 and role = 'outsider' and action = $2)
		update agencies set policy_version = policy_version + 1 where id = $1`, s.a.agency.ID, action)
	if onlyBy[action] == "" || effect == "deny" {
		s.world.Exec(s.t, `with ruled as (insert into policy_rules (tenant_id, id, role, action, effect) values ($1, gen_random_uuid(), 'outsider', $2, $3))
			update agencies set policy_version = policy_version + 1 where id = $1`, s.a.agency.ID, action, effect)
	}
}
