package api_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// TestQuotas: what would be one too many is refused in its own transaction with the number, the answer of use warns at four fifths,
// only the agency's network sets a quota, and the other agency has none of it.
func TestQuotas(t *testing.T) {
	s := newSite(t)
	network := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	admin, broker, other := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.B, "broker")
	path := fmt.Sprintf("/networks/%s/agencies/%s/quotas", s.Network, s.A.ID)
	set := func(body map[string]any) answer {
		t.Helper()
		return network.do("PUT", path, body, network.do("GET", path, nil).want(200).match())
	}
	for _, file := range []string{"one", "two", "three", "four"} {
		broker.do("POST", "/applications", asked, "Idempotency-Key: "+file).want(201)
	}
	members := len(admin.do("GET", "/members", nil).want(200).items())

	{ // who sets them
		if first := network.do("GET", path, nil).want(200); first.body["files"] != nil || first.Header.Get("ETag") != `"1"` {
			t.Errorf("before anything is set: %s", first.raw)
		}
		network.do("PUT", path, map[string]any{"files": 5}).code(428, "version.required")
		network.do("PUT", path, map[string]any{"files": 5}, `If-Match: "2"`).code(412, "version.stale")
		network.do("PUT", path, map[string]any{"files": -1}, `If-Match: "1"`).want(422)
		network.do("PUT", path, map[string]any{"requests_burst": 5}, `If-Match: "1"`).code(422, "quota.rate")
		set(map[string]any{"files": 5, "members": members}).want(200)
		for _, by := range []*caller{admin, other} {
			by.do("GET", path, nil).want(404)
			by.do("PUT", path, map[string]any{}, `If-Match: "2"`).want(404)
		}
		elsewhere, _ := s.Elsewhere(t)
		stranger := &caller{t: t, site: s, cookie: elsewhere.NetworkToken(t)}
		stranger.do("GET", path, nil).want(404)
		theirs := fmt.Sprintf("/networks/%s/agencies/%s/quotas", elsewhere.Network, s.A.ID) // their own network, our agency
		stranger.do("GET", theirs, nil).code(404, "agency.not_found")
		stranger.do("PUT", theirs, map[string]any{"files": 0}, `If-Match: "1"`).code(404, "agency.not_found")
	}

	{ // files, two at once
		var made, refused atomic.Int32
		var both sync.WaitGroup
		for i := range 4 {
			both.Go(func() {
				switch a := broker.do("POST", "/applications", asked, fmt.Sprintf("Idempotency-Key: race-%d", i)); {
				case a.Status == 201:
					made.Add(1)
				case a.Status == 429 && a.body["code"] == "quota.files":
					refused.Add(1)
				default:
					t.Errorf("%d: %s", a.Status, a.raw)
				}
			})
		}
		both.Wait()
		if made.Load() != 1 || refused.Load() != 3 {
			t.Errorf("%d made and %d refused where one had a place", made.Load(), refused.Load())
		}
		use := broker.do("GET", "/agency/quotas", nil).want(200).body["files"].(map[string]any)
		if use["used"] != 5.0 || use["limit"] != 5.0 || use["near"] != true {
			t.Errorf("use: %v", use)
		}
		if n := len(broker.do("GET", "/applications", nil).want(200).items()); n != 5 {
			t.Errorf("%d files are there", n)
		}
		other.do("POST", "/applications", asked).want(201)
		if use := other.do("GET", "/agency/quotas", nil).want(200).body["files"].(map[string]any); use["used"] != 1.0 || use["limit"] != nil || use["near"] != false {
			t.Errorf("the other agency's use: %v", use)
		}
	}

	{ // members
		invite := map[string]any{"email": "nuova@a.test", "name": "Nuova", "roles": []string{"broker"}}
		refused := admin.do("POST", "/members", invite).code(429, "quota.members")
		if detail := refused.str("detail"); detail != fmt.Sprintf("The agency has all it may have: %d members. Its network can raise the number (PUT /api/v1/networks/{id}/agencies/{agencyId}/quotas).", members) {
			t.Errorf("it says: %s", detail)
		}
		for _, m := range admin.do("GET", "/members", nil).want(200).items() {
			if m["email"] == "read_only@a.test" { // who goes makes a place
				admin.do("DELETE", "/members/"+m["id"].(string), nil, fmt.Sprintf("If-Match: \"%v\"", m["version"])).want(204)
			}
		}
		admin.do("POST", "/members", invite).want(201)
	}

	{ // storage
		set(map[string]any{"storage_bytes": len(pdf) + 10}).want(200)
		app := broker.do("GET", "/applications", nil).want(200).items()[0]["id"].(string)
		upload := func() answer {
			made := broker.do("POST", "/applications/"+app+"/documents", map[string]any{"kind": "other"}).want(201)
			return broker.do("PUT", "/documents/"+made.str("id")+"/content", pdf, made.match())
		}
		first := upload().want(200)
		upload().code(429, "quota.storage")
		broker.do("PUT", "/documents/"+first.str("id")+"/content", append(pdf, "% more\n%%EOF\n"...), first.match()).want(429) // 13 bytes more than it was
		use := broker.do("GET", "/agency/quotas", nil).want(200).body["storage_bytes"].(map[string]any)
		if use["used"] != float64(len(pdf)) || use["near"] != true {
			t.Errorf("use: %v", use)
		}
		set(map[string]any{}).want(200) // no limit any more
		upload().want(200)
	}

	{ // what is counted is what is there
		wrong, err := s.Raw(t, "", `select count(*)::text from agencies a join agency_usage u on u.tenant_id = a.id where u.members <> (select count(*) from members m where m.tenant_id = a.id and m.status <> 'disabled')
			or u.files <> (select count(*) from applications f where f.tenant_id = a.id) or u.storage_bytes <> (select coalesce(sum(size_bytes), 0) from documents d where d.tenant_id = a.id)`)
		must(t, err)
		if wrong != "0" {
			t.Errorf("%s agencies have another use than is counted", wrong)
		}
	}
}
