package api_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestNetworkCannotDisarmAnAgency: while somebody of the network looks into an agency, the network takes nothing from it by which it
// sees that and ends it, nor what the law asks of it; and each change it does make is in the agency's own trail, and needs a proof.
func TestNetworkCannotDisarmAnAgency(t *testing.T) {
	s := newSite(t)
	elsewhere, _ := s.Elsewhere(t)
	network := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	admin, broker, adminB := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.B, "agency_admin")
	path := s.askedFor(network)
	admin.do("POST", path+"/approve", nil).want(200)
	supporter := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	supporter.do("POST", "/auth/agency", enter(s.A.ID)).want(200)

	bounds := "/networks/" + s.Network.String() + "/policy-bounds"
	set := func(items ...m) answer {
		t.Helper()
		return network.do("PUT", bounds, m{"items": append([]m{}, items...)}, network.do("GET", bounds, nil).want(200).match())
	}
	blind := []string{"agency.read", "audit.read", "support.read", "support.approve", "compliance.report", "privacy.erase", "members.directory", "consents.write", "portal.invite", "audit.seal", "jobs.run", "networks.read"}
	offered := fmt.Sprint(network.do("GET", bounds, nil).want(200).body["actions"])
	for _, kind := range []string{"forbidden", "reserved"} {
		items := []m{{"action": "tasks.write", "kind": "reserved"}}
		for _, action := range blind {
			items = append(items, m{"action": action, "kind": kind})
		}
		refused := string(set(items...).code(422, "bounds.invalid").raw)
		for i, action := range blind {
			if !strings.Contains(refused, `"`+action+" ") || !strings.Contains(refused, fmt.Sprintf(`"/items/%d/action"`, i+1)) {
				t.Errorf("%s %s is not refused by name: %s", kind, action, refused)
			}
			if regexp.MustCompile(`\b` + regexp.QuoteMeta(action)).MatchString(offered) { // bank_consents.write is another one
				t.Errorf("%s is offered", action)
			}
		}
		if strings.Contains(refused, `"/items/0/action"`) {
			t.Errorf("what may be laid down is refused too: %s", refused)
		}
	}

	// What was laid down before it was refused binds nobody, is not shown, and keeps nobody from changing the rest.
	for _, action := range blind {
		s.Exec(t, `insert into network_policy_bounds (network_id, action, kind, created_at) values ($1, $2, 'forbidden', now())`, s.Network, action)
	}
	if me := fmt.Sprint(broker.do("GET", "/me", nil).want(200).body["support"]); !strings.Contains(me, "Rita Rete") {
		t.Errorf("the agency has no banner: %s", me)
	}
	admin.do("GET", "/support-requests", nil).want(200)
	if got := admin.do("GET", "/policy/explain?as=agency_admin@a.test&do=audit.read", nil).want(200); got.body["allowed"] != true || len(got.body["bounds"].([]any)) > 0 {
		t.Errorf("explained as %s", got.raw)
	}
	if items := network.do("GET", bounds, nil).want(200).items(); len(items) != 0 {
		t.Errorf("shown as laid down: %v", items)
	}

	// A change is in the trail of every agency of the network, and of no other's.
	set(m{"action": "tasks.write", "kind": "reserved"}, m{"action": "search.read", "kind": "forbidden"}).want(200)
	set(m{"action": "tasks.write", "kind": "forbidden"}).want(200)
	if left, err := s.Raw(t, "", `select string_agg(action, ' ') from network_policy_bounds where network_id = $1`, s.Network); err != nil || left != "tasks.write" {
		t.Errorf("kept: %s, %v", left, err)
	}
	set(m{"action": "tasks.write", "kind": "forbidden"}).want(200) // changes nothing
	for who, c := range map[string]*caller{"A": admin, "B": adminB} {
		trail := string(c.do("GET", "/audit?limit=200", nil).want(200).raw)
		for _, want := range []string{`"reserved":"tasks.write"`, `"forbidden":"search.read"`, `"forbidden":"tasks.write"`, `"lifted":"search.read"`} {
			if !strings.Contains(trail, want) {
				t.Errorf("not in the trail of %s: %s: %s", who, want, trail)
			}
		}
		if n := strings.Count(trail, "network.bounds_changed"); n != 2 {
			t.Errorf("%s was told %d times of two changes", who, n)
		}
	}
	if n, err := s.Raw(t, "", `select count(*) from audit_entries e join agencies a on a.id = e.tenant_id where e.action = 'network.bounds_changed' and a.network_id = $1`, elsewhere.Network); err != nil || n != "0" {
		t.Errorf("another network's agencies were told %s times, %v", n, err)
	}
	if outside := s.networkTrail(t); strings.Count(outside, "network.bounds_changed") != 2 {
		t.Errorf("the network's trail: %s", outside)
	}

	// The agency ends the access, on the very next request.
	supporter.do("GET", "/applications", nil).want(200)
	admin.do("POST", path+"/revoke", nil).want(200)
	supporter.do("GET", "/applications", nil).code(404, "agency.not_found")

	// A session left open lays nothing down.
	tag := network.do("GET", bounds, nil).want(200).match()
	stale := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	s.Exec(t, `update sessions set verified_at = now() - interval '1 hour'`)
	stale.do("PUT", bounds, m{"items": []m{}}, tag).code(403, "auth.step_up")
}
