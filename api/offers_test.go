package api_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
)

// accepts has A's admin accept the network's directory, or no longer.
func (s *site) accepts(t *testing.T, yes bool) {
	t.Helper()
	admin := s.as(t, s.A, "agency_admin")
	admin.do("PUT", "/agency/directory", map[string]any{"accepted": yes}, admin.do("GET", "/agency", nil).want(200).match()).want(200)
}

// offer makes a person whom the network's directory offers a role in A, and is the member they would be.
func (s *site) offer(t *testing.T, name string) string {
	t.Helper()
	id, user := ident.NewMember(), s.user(t, strings.ToLower(name)+"@offered.test")
	s.Exec(t, `insert into member_offers (tenant_id, id, user_id, name, email, roles, offered_at) values ($1, $2, $3, $4, $5, '{broker}', now())`, s.A.ID, id, user, name, strings.ToLower(name)+"@offered.test")
	return id.String()
}

// offering is the body of accepting what was read.
func offering(names ...string) map[string]any { return map[string]any{"roles": names} }

func (s *site) user(t *testing.T, email string) ident.UserID {
	t.Helper()
	id, err := s.Directory.EnsureUser(context.Background(), email, email, "it")
	must(t, err)
	return id
}

// signedIn is a session of a person who may belong nowhere.
func (s *site) signedIn(t *testing.T, user ident.UserID) *caller {
	t.Helper()
	secret := ident.NewSession().String()
	hash := sha256.Sum256([]byte(secret))
	_, err := s.Directory.OpenSession(context.Background(), hash[:], user, ident.AgencyID{}, time.Now().Add(time.Hour))
	must(t, err)
	return &caller{t: t, site: s, cookie: secret}
}

// TestDirectoryLetsNobodyIn: whatever a network's admin does by SCIM, in whatever order, for themselves or for people of their making,
// nobody who was not in the agency reads a row of it, nobody who was in it may more than before, and none of them can take anything up.
// The twin at the end: by the agency's own decision they can.
func TestDirectoryLetsNobodyIn(t *testing.T) {
	s := newSite(t)
	d, _ := s.directory(t, s.Network, s.NetworkToken(t), s.Policy.Roles()...)
	admin := s.as(t, s.A, "agency_admin")
	file := "/applications/" + s.as(t, s.A, "broker").do("POST", "/applications", asked).want(201).str("id")
	// Whom the agency itself had taken out, and whom it had asked to come as somebody who may little.
	s.Exec(t, `update members set status = 'disabled' where tenant_id = $1 and email = 'second_broker@a.test'`, s.A.ID)
	admin.do("POST", "/members", map[string]any{"email": "invited@a.test", "name": "Ivo", "roles": []string{"read_only"}}).want(201)

	puppet := d.scim("POST", "/Users", person7643("puppet@rete.test", "p")).want(201).str("id")
	find := func(email string) string {
		return resources(d.scim("GET", `/Users?filter=userName+eq+%22`+email+`%22`, nil))[0]["id"].(string)
	}
	founder, disabled, invited, member := find("rete@example.test"), find("second_broker@a.test"), find("invited@a.test"), find("read_only@a.test")
	people := []string{founder, puppet, disabled, invited, member}
	mails := func() string {
		n, err := s.Raw(t, "", `select count(*)::text from outbox where topic = 'mail'`)
		must(t, err)
		return n
	}
	standing := func() string {
		out, err := s.Raw(t, "", `select string_agg(email || case when email = 'invited@a.test' and status = 'disabled' then 'invited' else status end || roles::text, ' ' order by email) from members where tenant_id = $1 and email in ('rete@example.test', 'puppet@rete.test', 'second_broker@a.test', 'invited@a.test', 'read_only@a.test')`, s.A.ID)
		must(t, err)
		return out
	}
	before, mailed := standing(), mails()
	outsiders := map[string]*caller{"the network's admin": {t: t, site: s, cookie: s.NetworkToken(t)}}
	for name, id := range map[string]string{"a puppet": puppet, "who was disabled": disabled} {
		var user ident.UserID
		must(t, user.UnmarshalText([]byte(id)))
		outsiders[name] = s.signedIn(t, user)
	}

	roles := s.Policy.Roles()
	group := func(r *rand.Rand) string { return "/Groups/" + s.A.ID.String() + "." + roles[r.IntN(len(roles))] }
	values := func(ids ...string) (out []map[string]any) {
		for _, id := range ids {
			out = append(out, map[string]any{"value": id})
		}
		return out
	}
	moves := []func(r *rand.Rand, who string) answer{
		func(r *rand.Rand, who string) answer {
			return d.scim("PATCH", group(r), patches(map[string]any{"op": "add", "path": "members", "value": values(who)}))
		},
		func(r *rand.Rand, who string) answer { // everybody who is in it, and one more
			at := group(r)
			all := []map[string]any{{"value": who}}
			for _, m := range d.scim("GET", at, nil).want(200).body["members"].([]any) {
				all = append(all, map[string]any{"value": m.(map[string]any)["value"]})
			}
			return d.scim("PUT", at, map[string]any{"members": all})
		},
		func(r *rand.Rand, who string) answer {
			return d.scim("PATCH", "/Users/"+who, patches(map[string]any{"op": "replace", "path": "active", "value": r.IntN(2) == 0}))
		},
		func(r *rand.Rand, who string) answer {
			if who != puppet {
				return d.scim("PATCH", "/Users/"+who, patches(map[string]any{"op": "replace", "path": "displayName", "value": "Capo"}))
			}
			d.scim("DELETE", "/Users/"+who, nil)
			return d.scim("POST", "/Users", person7643("puppet@rete.test", "p"))
		},
	}
	const seed = 20261126
	r := rand.New(rand.NewPCG(seed, 1))
	given := 0
	for range 60 {
		who := people[r.IntN(len(people))]
		a := moves[r.IntN(len(moves))](r, who)
		if a.Status >= 500 {
			t.Fatalf("seed %d: %s: %d %s", seed, a.what, a.Status, a.raw)
		}
		if who == founder && strings.Contains(a.what, "/Groups/") && a.Status != 409 && a.Status != 400 { // 400: while disabled
			t.Errorf("seed %d: %s for the network's admin: %d %s", seed, a.what, a.Status, a.raw)
		}
		if a.Status == 200 && strings.Contains(a.what, "/Groups/") {
			given++
		}
	}
	for _, id := range people {
		d.scim("PATCH", "/Users/"+id, patches(map[string]any{"op": "replace", "path": "active", "value": true}))
	}
	if given < 10 {
		t.Errorf("only %d gifts were taken: nothing was tried", given)
	}
	if now := standing(); now != before {
		t.Errorf("seed %d: the agency's people are %s, before %s", seed, now, before)
	}
	if now := mails(); now != mailed {
		t.Errorf("%s mails, before %s: a link went out", now, mailed)
	}
	for name, c := range outsiders {
		c.do("POST", "/auth/agency", enter(s.A.ID)).code(404, "agency.not_found")
		if a := c.do("GET", file, nil); a.Status != 401 && a.Status != 404 {
			t.Errorf("%s: %d %s", name, a.Status, a.raw)
		}
	}
	reader := s.as(t, s.A, "read_only") // earlier sessions ended with one of the moves
	reader.do("GET", file, nil).want(200)
	reader.do("GET", "/audit", nil).code(403, "access.denied")

	// The network's admin is refused in words.
	refused := d.scim("PATCH", "/Groups/"+s.A.ID.String()+".broker", patches(map[string]any{"op": "add", "path": "members", "value": values(founder)}))
	if scimRefused(refused, 409, ""); !strings.Contains(string(refused.raw), "support access") {
		t.Errorf("refused as %s", refused.raw)
	}

	// The twin: the agency accepts, and the puppet is invited.
	d.scim("PATCH", "/Groups/"+s.A.ID.String()+".broker", patches(map[string]any{"op": "add", "path": "members", "value": values(puppet)})).want(200)
	waits := func() (path string, body map[string]any) {
		for _, o := range admin.do("GET", "/members/offers", nil).want(200).items() {
			if o["email"] == "puppet@rete.test" {
				path, body = "/members/"+o["id"].(string)+"/accept", map[string]any{"roles": o["roles"]}
			}
		}
		return path, body
	}
	s.as(t, s.A, "broker").do("GET", "/members/offers", nil).code(403, "access.denied")
	path, body := waits()
	s.as(t, s.B, "agency_admin").do("POST", path, body).want(404)
	if m := admin.do("POST", path, body).want(200); m.body["status"] != "invited" {
		t.Errorf("accepted: %s", m.raw)
	}
	if now := mails(); now == mailed {
		t.Error("accepted, and no link went out")
	}
}

// TestOffers: what the directory gives waits; accepting gives it, declining does not, and a directory that is accepted as a whole gives
// at once. All of it stands in the agency's trail.
func TestOffers(t *testing.T) {
	s := newSite(t)
	d, _ := s.directory(t, s.Network, s.NetworkToken(t), "broker", "back_office", "agency_admin")
	admin, reader := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "read_only")
	who := resources(d.scim("GET", `/Users?filter=userName+eq+%22read_only@a.test%22`, nil))[0]["id"].(string)
	at := "/Groups/" + s.A.ID.String() + ".agency_admin"
	send := func(op string) answer {
		return d.scim("PATCH", at, patches(map[string]any{"op": op, "path": "members", "value": []map[string]any{{"value": who}}})).want(200)
	}
	offers := func() []map[string]any { return admin.do("GET", "/members/offers", nil).want(200).items() }

	if got := send("add"); !strings.Contains(string(got.raw), who) {
		t.Errorf("the directory is not shown what it has done: %s", got.raw)
	}
	reader.do("GET", "/api-keys", nil).code(403, "access.denied")
	got := offers()
	if len(got) != 1 || fmt.Sprint(got[0]["roles"], got[0]["has"]) != "[agency_admin] [read_only]" {
		t.Fatalf("offered: %v", got)
	}
	path := "/members/" + got[0]["id"].(string)
	reader.do("POST", path+"/accept", offering("agency_admin")).code(403, "access.denied")
	send("remove") // taken back
	if got := offers(); len(got) != 0 {
		t.Errorf("taken back: %v", got)
	}
	admin.do("POST", path+"/accept", offering("agency_admin")).code(409, "offer.decided")
	send("add")
	admin.do("POST", path+"/decline", nil).want(204)
	if got := d.scim("GET", at, nil).want(200); strings.Contains(string(got.raw), who) {
		t.Errorf("declined, and in the group: %s", got.raw)
	}
	send("add")
	admin.do("POST", path+"/accept", offering("broker")).code(409, "offer.changed") // decided on what stood there before
	admin.do("POST", path+"/accept", offering("agency_admin")).want(200)
	reader.do("GET", "/api-keys", nil).want(200)
	send("remove") // taking counts at once
	reader.do("GET", "/api-keys", nil).code(403, "access.denied")

	key := &caller{t: t, site: s, key: admin.do("POST", "/api-keys", map[string]any{"name": "x", "roles": []string{"agency_admin"}}).want(201).str("secret")}
	key.do("PUT", "/agency/directory", map[string]any{"accepted": true}, admin.do("GET", "/agency", nil).match()).code(403, "directory.person")
	admin.do("PUT", "/agency/directory", map[string]any{"accepted": true}).code(428, "version.required")
	if _, err := s.Raw(t, "pratica_network", fmt.Sprintf(`do $$ begin perform set_config('app.network_id', '%s', true); update agencies set accepts_directory = true; end $$`, s.Network.UUID)); err == nil || !strings.Contains(err.Error(), "accepts the directory itself") {
		t.Errorf("the network accepts for the agency: %v", err)
	}
	for what, sql := range map[string]string{ // nor past the service
		"makes a member":    `insert into members (tenant_id, id, user_id, name, email, roles, status) select '%[2]s', gen_random_uuid(), user_id, 'x', 'x', '{agency_admin}', 'active' from network_members limit 1`,
		"invites":           `insert into members (tenant_id, id, user_id, name, email, roles, status) select '%[2]s', gen_random_uuid(), user_id, 'x', 'x', '{agency_admin}', 'invited' from network_members limit 1`,
		"promotes a member": `perform network_set_member(member_id, '{agency_admin}', null) from network_memberships(null, '%[2]s')`,
	} {
		_, err := s.Raw(t, "pratica_network", fmt.Sprintf(`do $$ begin perform set_config('app.network_id', '%[1]s', true), set_config('app.tenant_id', '%[2]s', true); `+sql+`; end $$`, s.Network.UUID, s.A.ID.UUID))
		if err == nil || !strings.Contains(err.Error(), "has not accepted the directory") {
			t.Errorf("the network %s: %v", what, err)
		}
	}
	s.accepts(t, true)
	send("add")
	reader.do("GET", "/api-keys", nil).want(200)
	send("remove")
	s.accepts(t, false)
	send("add")
	reader.do("GET", "/api-keys", nil).code(403, "access.denied")

	trail := string(admin.do("GET", "/audit?limit=200", nil).want(200).raw)
	for _, want := range []string{"member.offered_by_network", "member.offer_accepted", "member.offer_declined", "member.changed_by_network", "agency.directory", `"accepted":"true"`, `"accepted":"false"`} {
		if !strings.Contains(trail, want) {
			t.Errorf("not in the agency's trail: %s", want)
		}
	}
}
