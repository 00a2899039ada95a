package api_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// askedFor closes what A was asked before, and is the path of a fresh request of the network's founder.
func (s *site) askedFor(network *caller) string {
	s.Exec(network.t, `update support_grants set state = case state when 'approved' then 'revoked' else 'expired' end where tenant_id = $1 and state in ('requested', 'approved')`, s.A.ID)
	return "/support-requests/" + network.do("POST", "/networks/"+s.Network.String()+"/support-requests", supportAsk(s.A.ID, 2)).want(201).str("id")
}

func supportAsk(agency ident.AgencyID, hours int) map[string]any {
	return map[string]any{"agency_id": agency.String(), "reason": "a file that does not move on", "hours": hours}
}

func enter(agency ident.AgencyID) map[string]any { return map[string]any{"agency_id": agency.String()} }

// TestSupportAccess is the whole of it: asked for with a reason and an end, approved by the agency, read only, shown, written down, over.
func TestSupportAccess(t *testing.T) {
	s := newSite(t)
	elsewhere, alien := s.Elsewhere(t)
	network := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	admin, broker, adminB := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.B, "agency_admin")
	colleague := s.colleague(t)
	requests := "/networks/" + s.Network.String() + "/support-requests"

	who := broker.do("POST", "/subjects", person("Rossi", 2_617_23)).want(201).str("id")
	file := "/applications/" + broker.do("POST", "/applications", asked).want(201).str("id")
	broker.do("POST", file+"/parties", map[string]any{"subject_id": who, "role_type": "applicant"}).want(201)
	paper := broker.do("POST", file+"/documents", map[string]any{"kind": "mandate"}).want(201).str("id")
	fileB := "/applications/" + s.as(t, s.B, "broker").do("POST", "/applications", asked).want(201).str("id")

	// Each missing piece is refused.
	for name, in := range map[string]map[string]any{
		"no reason":    {"agency_id": s.A.ID.String(), "hours": 2},
		"blank reason": {"agency_id": s.A.ID.String(), "hours": 2, "reason": "              "},
		"no end":       {"agency_id": s.A.ID.String(), "reason": "a file that does not move on"},
		"no time":      supportAsk(s.A.ID, 0),
		"too long":     supportAsk(s.A.ID, 25),
	} {
		if a := network.do("POST", requests, in); a.Status != 422 {
			t.Errorf("%s: %d %s", name, a.Status, a.raw)
		}
	}
	network.do("POST", requests, supportAsk(alien.ID, 2)).code(404, "agency.not_found")
	admin.do("POST", requests, supportAsk(s.A.ID, 2)).want(404)
	s.Exec(t, `update agencies set admin_email = 'titolare@a.test' where id = $1`, s.A.ID)
	request := network.do("POST", requests, supportAsk(s.A.ID, 2)).want(201)
	if mail, err := s.Raw(t, "", `select payload::text from outbox where tenant_id = $1 and topic = 'mail'`, s.A.ID); err != nil || !strings.Contains(mail, "titolare@a.test") || strings.Contains(mail, "move on") {
		t.Errorf("the agency is mailed %s, %v", mail, err)
	}
	path := "/support-requests/" + request.str("id")
	network.do("POST", requests, supportAsk(s.A.ID, 2)).code(409, "support.open")
	other := &caller{t: t, site: s, cookie: elsewhere.NetworkToken(t)}
	other.do("GET", requests, nil).want(404)
	if own := other.do("GET", "/networks/"+elsewhere.Network.String()+"/support-requests", nil).want(200).items(); len(own) != 0 {
		t.Errorf("another network is shown %v", own)
	}
	network.do("POST", "/auth/agency", enter(s.A.ID)).code(404, "agency.not_found")
	broker.do("POST", path+"/approve", nil).code(403, "access.denied")
	broker.do("GET", "/support-requests", nil).code(403, "access.denied")
	for _, verb := range []string{"/approve", "/decline", "/revoke"} {
		adminB.do("POST", path+verb, nil).want(404)
	}
	admin.do("POST", path+"/revoke", nil).code(409, "support.state")
	admin.do("POST", "/support-requests/"+ident.NewSupport().String()+"/approve", nil).code(404, "support.not_found")

	// The agency approves; the person who asked enters, and nobody else.
	if got := admin.do("GET", "/support-requests", nil).want(200).items(); len(got) != 1 || got[0]["who"] != "Rita Rete" || got[0]["state"] != "requested" {
		t.Errorf("the agency is shown %v", got)
	}
	granted := admin.do("POST", path+"/approve", nil).want(200)
	if until, _ := time.Parse(time.RFC3339, granted.str("expires_at")); until.Sub(s.Clock.Now()).Round(time.Minute) != 2*time.Hour {
		t.Errorf("it ends at %s", granted.str("expires_at"))
	}
	admin.do("POST", path+"/approve", nil).code(409, "support.state")
	colleague.do("POST", "/auth/agency", enter(s.A.ID)).code(404, "agency.not_found")
	network.do("POST", "/auth/agency", enter(s.B.ID)).code(404, "agency.not_found")
	network.do("GET", "/agency", nil).code(401, "auth.no_agency")
	me := network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	if fmt.Sprint(me.body["roles"]) != "[support]" || strings.Contains(string(me.raw), "documents.open") || !strings.Contains(string(me.raw), `"networks.read"`) {
		t.Errorf("in the view: %s", me.raw)
	}

	// What it shows, and what it does not.
	for _, page := range []string{"/agency", "/members", "/applications", file, file + "/parties", file + "/documents", file + "/checklist", "/documents/" + paper, "/subjects", "/subjects/" + who, "/search?q=Rossi", "/workflows"} {
		a := network.do("GET", page, nil).want(200)
		if strings.Contains(string(a.raw), "261723") {
			t.Errorf("%s shows an income: %s", page, a.raw)
		}
		if member := broker.do("GET", page, nil).want(200); shape(a) != shape(member) {
			t.Errorf("%s shows %s, a member %s", page, shape(a), shape(member))
		}
	}
	if !strings.Contains(string(broker.do("GET", "/subjects/"+who, nil).raw), "261723") {
		t.Error("the income was not there to be hidden")
	}
	for _, page := range []string{"/audit", "/api-keys", "/jobs", "/support-requests"} {
		network.do("GET", page, nil).code(403, "access.denied")
	}
	if a := network.do("GET", file+"/ratios", nil).code(403, "support.unseen"); strings.Contains(a.str("detail"), "applications.read") {
		t.Errorf("a permission is said to be missing that is there: %s", a.raw)
	}
	network.do("GET", fileB+"/ratios", nil).code(403, "support.unseen") // whatever the file: it was not looked for
	network.do("GET", "/d/anything", nil).code(403, "access.denied")
	network.do("POST", "/documents/"+paper+"/link", map[string]any{}).code(403, "access.read_only")
	network.do("PATCH", "/subjects/"+who, map[string]any{"email": "x@y.test"}, `If-Match: "1"`).code(403, "access.read_only")
	network.do("POST", "/workflows/check", map[string]any{"source": "x"}).code(403, "access.read_only") // its role may, and it changes nothing; but it is no reading
	network.do("GET", fileB, nil).want(404)
	before := s.rows(t)
	for _, r := range api.Table(s.deps) {
		if r.For == api.Members && r.Method != http.MethodGet {
			to := strings.NewReplacer("{id}", strings.TrimPrefix(file, "/applications/"), "{partyId}", "x", "{linkId}", "x", "{key}", "mortgage", "{version}", "1").Replace(strings.TrimPrefix(r.Path, "/api/v1"))
			if a := network.do(r.Method, to, "{}", `If-Match: "1"`, "Idempotency-Key: k"); a.Status < 400 || a.Status == 500 {
				t.Errorf("%s: %d %s", a.what, a.Status, a.raw)
			}
		}
	}
	if after := s.rows(t); after != before {
		t.Errorf("something was written: %s, before %s", after, before)
	}

	// Shown while it lasts, and written down.
	if notice := fmt.Sprint(broker.do("GET", "/me", nil).want(200).body["support"]); !strings.Contains(notice, "Rita Rete") || !strings.Contains(notice, "does not move on") || !strings.Contains(notice, granted.str("expires_at")) {
		t.Errorf("the banner says %s", notice)
	}
	if notice := fmt.Sprint(adminB.do("GET", "/me", nil).want(200).body["support"]); notice != "[]" {
		t.Errorf("another agency is told %s", notice)
	}
	inside := string(admin.do("GET", "/audit?limit=200", nil).want(200).raw)
	for _, want := range []string{"support.requested", "support.approved", "support.entered", `"route":"GET /subjects/{id}"`, `"noun":"` + who, `"route":"PATCH /agency"`} {
		if !strings.Contains(inside, want) {
			t.Errorf("not in the agency's trail: %s", want)
		}
	}
	outside := s.networkTrail(t)
	for _, want := range []string{"support.requested", "support.approved", "support.entered", `GET /subjects/{id}`} {
		if !strings.Contains(outside, want) {
			t.Errorf("not in the network's trail: %s", want)
		}
	}
	if strings.Contains(outside, who) {
		t.Error("the network's trail names a person of the agency's")
	}

	// The agency ends it: on the very next request.
	admin.do("POST", path+"/revoke", nil).want(200)
	network.do("GET", file, nil).want(404)
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(404)
	if notice := fmt.Sprint(broker.do("GET", "/me", nil).want(200).body["support"]); notice != "[]" {
		t.Errorf("after the end the banner says %s", notice)
	}
}

// TestSupportEnds: at its instant, with the person's place in the network, and for another session of the same person.
func TestSupportEnds(t *testing.T) {
	s := newSite(t)
	network, admin := &caller{t: t, site: s, cookie: s.NetworkToken(t)}, s.as(t, s.A, "agency_admin")
	opened := func() string {
		path := s.askedFor(network)
		admin.do("POST", path+"/approve", nil).want(200)
		network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
		network.do("GET", "/applications", nil).want(200)
		return path
	}
	opened()
	s.Clock.Advance(2*time.Hour - time.Minute)
	network.do("GET", "/applications", nil).want(200)
	s.Clock.Advance(time.Minute)
	network.do("GET", "/applications", nil).code(404, "agency.not_found")
	network.do("POST", "/auth/agency", enter(s.A.ID)).code(404, "agency.not_found")
	must(t, s.deps.Tenants.EndSupport(t.Context(), s.Operator))
	must(t, s.deps.Tenants.EndSupport(t.Context(), s.Operator)) // once is enough
	if trail := s.networkTrail(t); strings.Count(trail, "support.expired") != 1 {
		t.Errorf("its end is not in the trail once: %s", trail)
	}
	if trail := string(admin.do("GET", "/audit", nil).want(200).raw); strings.Count(trail, "support.expired") != 1 {
		t.Errorf("its end is not in the agency's trail once: %s", trail)
	}

	lapsed := s.askedFor(network)
	s.Clock.Advance(8 * 24 * time.Hour)
	admin.do("POST", lapsed+"/approve", nil).code(409, "support.lapsed")
	declined := s.askedFor(network)
	admin.do("POST", declined+"/decline", nil).want(200)
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(404)

	path := opened()
	second := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	second.do("GET", "/applications", nil).code(401, "auth.no_agency")
	second.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	network.do("GET", "/applications", nil).code(401, "auth.no_agency") // one session at a time
	s.Exec(t, `delete from network_members where network_id = $1`, s.Network)
	second.do("POST", "/auth/agency", enter(s.A.ID)).want(404)
	network.do("POST", "/auth/logout", nil).want(204) // the server forgets whom it knows, as it does by itself after a second
	second.do("GET", "/applications", nil).code(401, "auth.no_agency")
	if got := admin.do("GET", "/support-requests", nil).want(200).items(); got[0]["state"] != "approved" || !strings.HasSuffix(path, got[0]["id"].(string)) {
		t.Errorf("%v", got)
	}
}

// TestSupportIsReadOnlyBelow: the database itself refuses what a support view would write, whoever wrote the code, and keeps a
// grant from being made, stretched or reopened past the agency.
func TestSupportIsReadOnlyBelow(t *testing.T) {
	s := newSite(t)
	network, admin := &caller{t: t, site: s, cookie: s.NetworkToken(t)}, s.as(t, s.A, "agency_admin")
	admin.do("POST", s.askedFor(network)+"/approve", nil).want(200)
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	id, _, err := s.Directory.Session(t.Context(), accounts.Hash(network.cookie))
	must(t, err)
	id, err = s.Directory.Supporting(t.Context(), id)
	must(t, err)
	scope := s.DB.Enter(id.Actor, s.A.ID, "test").For("applications.read")
	write := func(tx *tenancy.Tx) error {
		tx.Exec(`insert into counters (tenant_id, name, value) values ($1, 'support', 1)`, s.A.ID)
		return nil
	}
	for shape, err := range map[string]error{
		"write": s.DB.Write(t.Context(), scope, write),
		"load":  s.DB.Load(t.Context(), scope, tenancy.Value(new(int64), `insert into counters (tenant_id, name, value) values ($1, 'support', 1) returning value`, s.A.ID)),
	} {
		if fault.As(err).Code != "access.read_only" {
			t.Errorf("%s: %v", shape, err)
		}
	}
	must(t, s.DB.Write(t.Context(), s.A.Do("broker", "applications.read"), write)) // the same by a member
	if err := s.DB.Witness(t.Context(), s.A.Do("broker", "applications.read"), write); err == nil {
		t.Error("a member has a witness")
	}
	if err := s.DB.Load(t.Context(), s.DB.Enter(id.Actor, s.B.ID, "test").For("applications.read")); fault.As(err).Kind != fault.NotFound {
		t.Errorf("the grant of one agency in another: %v", err)
	}
	for name, try := range map[string]struct{ role, sql string }{
		"the network approves its own request": {"pratica_network", `insert into support_grants (tenant_id, id, network_id, user_id, name, reason, hours, state, requested_at, expires_at)
			select tenant_id, gen_random_uuid(), network_id, user_id, name, reason, hours, 'approved', now(), now() from support_grants`},
		"the network changes a grant":       {"pratica_network", `update support_grants set state = 'approved'`},
		"the agency's role changes who":     {"pratica_app", `update support_grants set user_id = gen_random_uuid()`},
		"the agency's role moves a session": {"pratica_app", `update support_grants set session_id = gen_random_uuid()`},
		"a grant is stretched":              {"", `update support_grants set expires_at = expires_at + interval '1 minute' returning 1`},
		"a grant is asked for again":        {"", `update support_grants set state = 'requested' returning 1`},
	} {
		if _, err := s.Raw(t, try.role, try.sql); err == nil || strings.Contains(err.Error(), "no rows") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// shape is what a page is about: the noun of its id, or how many there are in its list.
func shape(a answer) string {
	list, _ := a.body["items"].([]any)
	return fmt.Sprint(a.body["id"], a.body["name"], len(list))
}

// colleague is another person of the network, signed in.
func (s *site) colleague(t *testing.T) *caller {
	t.Helper()
	ctx := context.Background()
	user, err := s.Directory.EnsureUser(ctx, "altra@example.test", "Alma Altra", "it")
	must(t, err)
	s.Exec(t, `insert into network_members (network_id, user_id, roles) values ($1, $2, '{network_admin}')`, s.Network, user)
	secret := ident.NewSession().String()
	hash := sha256.Sum256([]byte(secret))
	_, err = s.Directory.OpenSession(ctx, hash[:], user, ident.AgencyID{}, time.Now().Add(time.Hour))
	must(t, err)
	return &caller{t: t, site: s, cookie: secret}
}

func (s *site) networkTrail(t *testing.T) string {
	t.Helper()
	trail, err := s.Raw(t, "", `select string_agg(action || ' ' || detail::text || ' ' || ref, E'\n') from network_audit_entries where network_id = $1`, s.Network)
	must(t, err)
	return trail
}

// rows counts what any change of an agency's leaves, the trail of looking left out.
func (s *site) rows(t *testing.T) string {
	t.Helper()
	n, err := s.Raw(t, "", `select concat_ws(' ', (select count(*) from audit_entries where action <> 'support.request'), (select count(*) from outbox), (select count(*) from history), (select count(*) from idempotency_keys))`)
	must(t, err)
	return n
}

// TestSupportIsLeft: whoever looks leaves early, as often as they like, is written down for it, and comes back under the same grant.
func TestSupportIsLeft(t *testing.T) {
	s := newSite(t)
	network, admin := &caller{t: t, site: s, cookie: s.NetworkToken(t)}, s.as(t, s.A, "agency_admin")
	admin.do("POST", s.askedFor(network)+"/approve", nil).want(200)
	network.do("DELETE", "/auth/agency", nil).want(200) // nothing is open yet
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	network.do("GET", "/applications", nil).want(200)
	for range 2 {
		me := network.do("DELETE", "/auth/agency", nil).want(200)
		if me.body["agency"] != nil || fmt.Sprint(me.body["roles"]) != "[]" || !strings.Contains(string(me.raw), `"networks.read"`) || strings.Contains(string(me.raw), `"applications.read"`) {
			t.Errorf("outside: %s", me.raw)
		}
		network.do("GET", "/applications", nil).code(401, "auth.no_agency")
	}
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	network.do("GET", "/applications", nil).want(200)
	for where, trail := range map[string]string{"agency": string(admin.do("GET", "/audit", nil).want(200).raw), "network": s.networkTrail(t)} {
		if n := strings.Count(trail, "support.left"); n != 1 {
			t.Errorf("the %s's trail has %d times that they left", where, n)
		}
	}
	if me := admin.do("DELETE", "/auth/agency", nil).want(200); me.body["agency"] == nil { // a member is where they were
		t.Errorf("a member: %s", me.raw)
	}
	s.Clock.Advance(3 * time.Hour) // the grant is over, and was not closed yet
	network.do("DELETE", "/auth/agency", nil).want(200)
	network.do("GET", "/applications", nil).code(401, "auth.no_agency")
}

// TestSupportEndsWithTheDirectory: whom the network's directory disables is out of an open view on the very next request, past what a
// server remembers of the session, and enters no other.
func TestSupportEndsWithTheDirectory(t *testing.T) {
	s := newSite(t)
	network, admin := &caller{t: t, site: s, cookie: s.NetworkToken(t)}, s.as(t, s.A, "agency_admin")
	d, _ := s.directory(t, s.Network, network.cookie, "broker")
	founder := resources(d.scim("GET", `/Users?filter=userName+eq+%22rete@example.test%22`, nil))[0]["id"].(string)
	active := func(yes bool) {
		d.scim("PATCH", "/Users/"+founder, patches(map[string]any{"op": "replace", "path": "active", "value": yes})).want(200)
	}
	admin.do("POST", s.askedFor(network)+"/approve", nil).want(200)
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	id, _, err := s.Directory.Session(t.Context(), accounts.Hash(network.cookie))
	must(t, err)
	id, err = s.Directory.Supporting(t.Context(), id)
	must(t, err)
	remembered := s.DB.Enter(id.Actor, s.A.ID, "test").For("applications.read") // by another server, for up to a second
	must(t, s.DB.Load(t.Context(), remembered))
	active(false)
	if err := s.DB.Load(t.Context(), remembered); fault.As(err).Kind != fault.NotFound {
		t.Errorf("a server that remembers the view: %v", err)
	}
	network.do("GET", "/applications", nil).code(401, "auth.no_agency")
	network.do("POST", "/auth/agency", enter(s.A.ID)).code(404, "agency.not_found")
	active(true)
	network.do("POST", "/auth/agency", enter(s.A.ID)).want(200)
	network.do("GET", "/applications", nil).want(200)
}
