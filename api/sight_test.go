package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
)

type m = map[string]any

// dossier is a file of somebody with all that hangs on one.
type dossier struct{ app, subject, property, document, ofSubject, task string }

func (c *caller) dossier(name string, cents int) dossier {
	c.t.Helper()
	made := func(path string, body m) string { return c.do("POST", path, body).want(201).str("id") }
	body := m{}
	for k, v := range asked {
		body[k] = v
	}
	body["amount_cents"], body["title"] = cents, name
	d := dossier{app: made("/applications", body), subject: made("/subjects", person(name, 2_600_00)), property: made("/properties", flat("Via "+name+" 1", 200_000_00))}
	made("/applications/"+d.app+"/parties", m{"subject_id": d.subject, "role_type": "applicant"})
	made("/applications/"+d.app+"/properties", m{"property_id": d.property, "purpose": "mortgaged"})
	d.document = made("/applications/"+d.app+"/documents", m{"kind": "mandate"})
	d.ofSubject = made("/applications/"+d.app+"/documents", m{"kind": "identity", "subject_id": d.subject})
	d.task = made("/applications/"+d.app+"/tasks", m{"title": "Chiamare " + name})
	return d
}

// rules sets the agency's rules for a role of the platform.
func (c *caller) rules(role string, rules ...m) {
	c.t.Helper()
	if rules == nil {
		rules = []m{}
	}
	c.do("PUT", "/roles/"+role, m{"rules": rules}, c.roleTag(role)).want(200)
}

func (c *caller) roleTag(key string) string {
	c.t.Helper()
	for _, r := range c.do("GET", "/roles", nil).want(200).items() {
		if r["key"] == key {
			return "If-Match: \"" + jsonNumber(r["version"]) + "\""
		}
	}
	return "If-Match: \"1\""
}

var ownOnly = m{"action": "applications.read", "effect": "deny", "when": m{"unless": true, "own": true}}

// TestSight: a broker narrowed to files of their own finds nothing of others', by whatever way, counts nothing of them, and links to
// nothing of them; what may be done is held against the file; the others see what they saw.
func TestSight(t *testing.T) {
	s := newSite(t)
	admin, ada, bea := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.A, "second_broker")
	mine, hers := ada.dossier("Miei", 90_000_00), bea.dossier("Altrui", 180_000_00)
	lender := admin.do("POST", "/lenders", m{"key": "aurora", "name": "Aurora", "agreement_from": "2026-01-01"}).want(201).str("id")
	sent := bea.do("POST", "/applications/"+hers.app+"/submissions", m{"lender_id": lender}, "Idempotency-Key: sight").want(201).str("id")
	ofB := s.as(t, s.B, "broker").dossier("Lontani", 90_000_00)

	paths := func(d dossier) []string {
		out := []string{"/subjects/" + d.subject, "/subjects/" + d.subject + "/applications", "/properties/" + d.property, "/documents/" + d.document, "/documents/" + d.ofSubject}
		for _, part := range []string{"", "/graph", "/parties", "/properties", "/events", "/facts", "/ratios", "/schedule", "/history", "/replay", "/checklist", "/notes", "/tasks", "/documents", "/submissions"} {
			out = append(out, "/applications/"+d.app+part)
		}
		return out
	}
	ada.do("GET", "/applications/"+hers.app, nil).want(200) // before
	admin.rules("broker", ownOnly)
	for _, path := range append(paths(hers), "/submissions/"+sent) {
		ada.do("GET", path, nil).want(404)
		bea.do("GET", path, nil).want(200)
	}
	admin.do("GET", "/applications/"+hers.app, nil).want(200)
	ada.do("GET", "/applications/"+mine.app, nil).want(200)
	for _, c := range []struct {
		path         string
		ada, bea, by string
	}{
		{"/applications", mine.app, hers.app, "id"}, {"/subjects", mine.subject, hers.subject, "id"}, {"/properties", mine.property, hers.property, "id"},
		{"/tasks", mine.task, hers.task, "id"}, {"/applications?q=Altrui", "", hers.app, "id"}, {"/search?q=Altrui", "", hers.subject, "id"}, {"/search?q=Via", mine.property, hers.property, "id"},
	} {
		list := string(ada.do("GET", c.path, nil).want(200).raw)
		if strings.Contains(list, c.bea) || !strings.Contains(list, c.ada) {
			t.Errorf("%s: a broker of their own files sees %s", c.path, list)
		}
		if list := string(bea.do("GET", c.path, nil).want(200).raw); !strings.Contains(list, c.bea) {
			t.Errorf("%s: their keeper does not see %s in %s", c.path, c.bea, list)
		}
	}
	if flows := admin.do("GET", "/workflows", nil).want(200).raw; string(ada.do("GET", "/workflows", nil).want(200).raw) == string(flows) {
		t.Errorf("files in flight are counted beyond sight: %s", flows)
	}
	for who, want := range map[*caller]float64{ada: 1, bea: 1, admin: 2} {
		n := 0.0
		for _, col := range who.do("GET", "/applications/board", nil).want(200).body["columns"].([]any) {
			n += col.(m)["count"].(float64)
		}
		if n != want {
			t.Errorf("the board counts %v files, want %v", n, want)
		}
	}

	// Writing: nothing of others', no link to their people, no handing over what one would not see any more.
	ada.do("PATCH", "/applications/"+hers.app, m{"title": "x"}, "If-Match: \"1\"").want(404)
	ada.do("POST", "/applications/"+hers.app+"/notes", m{"text": "x"}).want(404)
	ada.do("PATCH", "/tasks/"+hers.task, m{"state": "done"}, "If-Match: \"1\"").want(404)
	ada.do("POST", "/documents/"+hers.ofSubject+"/reject", m{"reason": "x"}).want(404)
	ada.do("POST", "/applications/"+mine.app+"/parties", m{"subject_id": hers.subject, "role_type": "guarantor"}).want(404)
	ada.do("POST", "/applications/"+mine.app+"/properties", m{"property_id": hers.property, "purpose": "annex"}).want(404)
	owner := bea.do("GET", "/me", nil).want(200).body["user"].(m)["id"]
	tag := func(c *caller, path string) string { return c.do("GET", path, nil).want(200).match() }
	ada.do("PATCH", "/applications/"+mine.app, m{"owner_id": owner}, tag(ada, "/applications/"+mine.app)).code(403, "access.denied")

	// Somebody in files of both: each sees the person, and a change reaches the file beyond the sight of who made it.
	admin.do("POST", "/applications/"+mine.app+"/parties", m{"subject_id": hers.subject, "role_type": "co_applicant"}).want(201)
	before := admin.do("GET", "/applications/"+hers.app, nil).want(200)
	ada.do("PATCH", "/subjects/"+hers.subject, m{"incomes": []m{{"net_monthly_cents": 9_000_00}}}, tag(ada, "/subjects/"+hers.subject)).want(200)
	after := admin.do("GET", "/applications/"+hers.app, nil).want(200)
	if before.body["dti_bps"] == after.body["dti_bps"] || before.body["version"] == after.body["version"] {
		t.Errorf("the other's file did not take the change in: %v %v", before.body["dti_bps"], after.body["dti_bps"])
	}
	ada.do("GET", "/applications/"+hers.app, nil).want(404)

	// Other conditions: what is seen and may not be changed is Forbidden and says what is missing; a wish beyond the ceiling is too.
	admin.rules("broker", ownOnly, m{"action": "applications.write", "effect": "deny", "when": m{"unless": true, "max_amount_cents": 100_000_00}})
	bea.do("GET", "/applications/"+hers.app, nil).want(200)
	denied := bea.do("PATCH", "/applications/"+hers.app, m{"title": "x"}, tag(bea, "/applications/"+hers.app)).code(403, "access.denied")
	if !strings.Contains(denied.str("detail"), "applications.write") || !strings.Contains(denied.str("detail"), "max_amount_cents") || strings.Contains(string(denied.raw), "180000") {
		t.Errorf("a denial names the permission and the condition, not the file's amount: %s", denied.raw)
	}
	ada.do("PATCH", "/applications/"+mine.app, m{"title": "Miei, 2"}, tag(ada, "/applications/"+mine.app)).want(200)
	ada.do("PATCH", "/applications/"+mine.app, m{"amount_cents": 100_000_01}, tag(ada, "/applications/"+mine.app)).code(403, "access.denied")
	ada.do("POST", "/applications", asked).code(403, "access.denied")
	if got := ada.do("GET", "/applications/"+mine.app, nil).want(200).body["amount_cents"]; got != 90_000_00.0 {
		t.Errorf("a refused change left %v", got)
	}

	// A branch: what one may do follows a move at once.
	admin.rules("broker", m{"action": "applications.read", "effect": "deny", "when": m{"unless": true, "branch": true}})
	ada.do("GET", "/applications/"+mine.app, nil).want(404) // nobody is in a branch yet
	move := func(c *caller, branch string) {
		me := c.do("GET", "/me", nil).want(200).body["user"].(m)["id"]
		for _, x := range admin.do("GET", "/members", nil).want(200).items() {
			if x["user_id"] == me {
				admin.do("PATCH", "/members/"+x["id"].(string), m{"branch": branch}, "If-Match: \""+jsonNumber(x["version"])+"\"").want(200)
			}
		}
	}
	move(ada, "bari")
	move(bea, "bari")
	both := ada.dossier("Filiale", 90_000_00) // belongs to its first owner's branch
	bea.do("GET", "/applications/"+both.app, nil).want(200)
	admin.do("PATCH", "/applications/"+hers.app, m{"branch": "bari"}, tag(admin, "/applications/"+hers.app)).want(200)
	ada.do("GET", "/applications/"+hers.app, nil).want(200)
	move(ada, "lecce")
	ada.do("GET", "/applications/"+hers.app, nil).want(404)
	bea.do("GET", "/applications/"+both.app, nil).want(200)

	// An actor's other permissions, and whoever has no rules: as ever.
	admin.rules("broker")
	ada.do("GET", "/applications/"+hers.app, nil).want(200)
	s.as(t, s.B, "broker").do("GET", "/applications/"+ofB.app, nil).want(200)
	ada.do("GET", "/applications/"+ofB.app, nil).want(404)
}

// TestStreamSight: whoever sees files of their own only hears of those only, also of what was missed; and a stream ends within a
// heartbeat of the permission.
func TestStreamSight(t *testing.T) {
	s := newSiteWith(t, func(d *api.Deps) { d.News, d.Heartbeat = silence{}, 20*time.Millisecond })
	admin, ada, bea := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.A, "second_broker")
	before := oldID(t, -time.Second)
	bea.do("POST", "/applications", asked).want(201)
	if _, ids := replayed(t, ada.listen(before)); len(ids) != 1 {
		t.Errorf("heard of %d changes of 1", len(ids))
	}
	admin.rules("broker", ownOnly)
	heard := func(c *caller) int { _, ids := replayed(t, c.listen(before)); return len(ids) }
	if mine, hers := heard(ada), heard(bea); hers-mine != 1 {
		t.Errorf("one hears %d changes and the file's keeper %d", mine, hers)
	}
	lines := ada.listen("")
	replayed(t, lines)
	admin.rules("broker", m{"action": "applications.read", "effect": "deny"})
	until := time.After(10 * time.Second)
	for open := true; open; {
		select {
		case _, open = <-lines:
		case <-until:
			t.Fatal("the stream goes on without the permission")
		}
	}
}

// carried is a News that carries what a test tells it.
type carried chan []byte

func (c carried) Listen(ctx context.Context, _ ident.AgencyID, take func([]byte)) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-c:
			take(m)
		}
	}
}

// tell carries the newest change of an agency, as the relay does.
func (c carried) tell(t *testing.T, s *site) {
	t.Helper()
	m, err := s.Raw(t, "", `select json_build_object('id', id, 'change', payload)::text from outbox where tenant_id = $1 and topic = 'changed' order by id desc limit 1`, s.A.ID)
	must(t, err)
	c <- []byte(m)
}

// TestStreamHearsOfRights: with news, a stream narrows and ends at once when rights are taken away, however far its next heartbeat is;
// it does not go on to tell what came after.
func TestStreamHearsOfRights(t *testing.T) {
	news := make(carried)
	s := newSiteWith(t, func(d *api.Deps) { d.News, d.Heartbeat = news, time.Hour })
	admin, ada, bea := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.A, "second_broker")
	lines := ada.listen("")
	next := func() (heard outbox.Change, open bool) {
		t.Helper()
		until := time.After(10 * time.Second)
		for {
			select {
			case line, more := <-lines:
				if !more {
					return heard, false
				}
				if data, is := strings.CutPrefix(line, "data: "); is {
					must(t, json.Unmarshal([]byte(data), &heard))
					return heard, true
				}
			case <-until:
				t.Fatal("nothing is heard")
			}
		}
	}
	hear := func(topic, id string) {
		t.Helper()
		news.tell(t, s)
		if heard, open := next(); heard.Topic != topic || heard.ID != id || !open {
			t.Fatalf("heard of %v (open: %v), want %s %s", heard, open, topic, id)
		}
	}
	file := func(by *caller) string { return by.do("POST", "/applications", asked).want(201).str("id") }
	hear("applications", file(bea))
	admin.rules("broker", ownOnly)
	hear("roles", "broker")
	file(bea) // not theirs: narrowed by the news before it
	news.tell(t, s)
	hear("applications", file(ada))
	admin.rules("broker", m{"action": "applications.read", "effect": "deny"})
	news.tell(t, s)
	if heard, open := next(); open {
		t.Errorf("without the permission it is told of %v", heard)
	}

	// A key's stream ends with the key.
	admin.rules("broker")
	made := admin.do("POST", "/api-keys", map[string]any{"name": "k", "roles": []string{"read_only"}}).want(201)
	lines = (&caller{t: t, site: s, key: made.str("secret")}).listen("")
	hear("applications", file(bea))
	admin.do("DELETE", "/api-keys/"+made.str("id"), nil).want(204)
	news.tell(t, s)
	if heard, open := next(); open {
		t.Errorf("the key has ended, and its stream is told of %v", heard)
	}
}

func jsonNumber(v any) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%f", v.(float64)), "0"), ".")
}
