package api_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/webhooks"
	"github.com/pratica-crm/pratica/core/workflow"
)

// post is a request to a route, and the same one with another body.
type post struct {
	by          *caller
	path        string
	body, other map[string]any
	headers     []string
}

// elsewhere are the POSTs whose first answer takes a connector, which this site has none of.
var elsewhere = map[string]string{
	"POST /connections":                "the settings are checked by the connector",
	"POST /bank-consents/{id}/reads":   "only a bank makes a consent valid; core/consents counts what a read leaves",
	"POST /operations/{id}/retry":      "only a connector's failure leaves an operation to repeat",
	"POST /submissions/{id}/answers":   "only a lender's question leaves something to answer",
	"POST /submissions/{id}/documents": "only a lender that has the file takes more",
}

// TestRepeatedPosts: under the same Idempotency-Key the same body is answered the same and has one effect; another body is refused.
func TestRepeatedPosts(t *testing.T) {
	s := newSite(t)
	posts := s.posts(t)
	left := map[string]bool{}
	for _, r := range api.Table(s.deps) {
		route := r.Method + " " + strings.TrimPrefix(r.Path, "/api/v1")
		if r.Method != http.MethodPost {
			continue
		}
		left[route] = true
		if r.Keyless() != "" || elsewhere[route] != "" {
			continue
		}
		t.Run(route, func(t *testing.T) {
			make := posts[route]
			if make == nil {
				t.Fatal("a POST that is not repeated here: add its request, or a reason to keyless")
			}
			s.repeat(t, make())
		})
	}
	for route := range posts {
		if !left[route] {
			t.Errorf("%s is no route", route)
		}
	}
}

var keys int

// repeat sends a request twice under one key, then another one under it.
func (s *site) repeat(t *testing.T, p post) {
	t.Helper()
	keys++
	headers := append(p.headers, fmt.Sprintf("Idempotency-Key: repeat-%d", keys))
	first := p.by.do("POST", p.path, p.body, headers...)
	if first.Status >= 300 {
		t.Fatalf("%d: %s", first.Status, first.raw)
	}
	trail := s.trail(t)
	second := p.by.do("POST", p.path, p.body, headers...)
	want := first.raw
	if secret, ok := first.body["secret"].(string); ok { // a key's secret is shown once
		want = bytes.Replace(want, []byte(secret), nil, 1)
	}
	if second.Status != first.Status || !bytes.Equal(second.raw, want) {
		t.Errorf("first %d %s\nsecond %d %s", first.Status, first.raw, second.Status, second.raw)
	}
	if a, b := first.Header.Get("ETag"), second.Header.Get("ETag"); a != b {
		t.Errorf("ETag %s, then %s", a, b)
	}
	if now := s.trail(t); now != trail {
		t.Errorf("the repetition left something behind: %s, before %s", now, trail)
	}
	if p.other == nil {
		return // it has no body
	}
	p.by.do("POST", p.path, p.other, headers...).code(422, "idempotency.other_body")
	if now := s.trail(t); now != trail {
		t.Errorf("the other body left something behind: %s, before %s", now, trail)
	}
}

// trail counts what any change writes.
func (s *site) trail(t *testing.T) string {
	t.Helper()
	n, err := s.Raw(t, "", `select concat_ws(' ', (select count(*) from audit_entries), (select count(*) from network_audit_entries), (select count(*) from confidential_audit_entries), (select count(*) from outbox), (select count(*) from history), (select count(*) from notes))`)
	must(t, err)
	return n
}

// posts makes a fresh request for every route.
func (s *site) posts(t *testing.T) map[string]func() post {
	admin, broker, compliance := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.A, "compliance_officer")
	network := &caller{t: t, site: s, cookie: s.NetworkToken(t)}
	names := 0
	name := func() string { names++; return fmt.Sprintf("Prova%c", 'a'+names) }
	made := func(by *caller, path string, body any) string { return by.do("POST", path, body).want(201).str("id") }
	file := func() string { return "/applications/" + made(broker, "/applications", asked) }
	lender := func() string {
		return made(admin, "/lenders", map[string]any{"key": strings.ToLower(name()), "name": name(), "agreement_from": "2026-01-01"})
	}
	uploaded := func() (path string, tag string) {
		d := broker.do("POST", file()+"/documents", map[string]any{"kind": "mandate"}).want(201)
		path = "/documents/" + d.str("id")
		return path, broker.do("PUT", path+"/content", pdf, d.match()).want(200).match()
	}
	simple := func(by *caller, path string, body, other map[string]any) func() post {
		return func() post { return post{by: by, path: path, body: body, other: other} }
	}
	outside := ident.NewConnection()
	s.Exec(t, `insert into connections (tenant_id, id, connector, name, created_at) values ($1, $2, 'outside', 'Outside', now())`, s.A.ID, outside)
	codes := []string{"RSSMRA85T10A562S", "RSSMRA79B11C566R"}
	borrower := func(more map[string]any) (person string, body map[string]any) { // with what they are asked for, over the connection
		app := file()
		human := map[string]any{"kind": "natural", "first_name": "Ada", "last_name": name()}
		if more["institution_name"] == nil {
			human["tax_code"], codes = codes[0], codes[1:]
		}
		person = made(broker, "/subjects", human)
		broker.do("POST", app+"/parties", map[string]any{"subject_id": person, "role_type": "applicant"}).want(201)
		more["application_id"], more["connection_id"] = strings.TrimPrefix(app, "/applications/"), outside.String()
		return "/subjects/" + person, more
	}
	another := func(body map[string]any, field string, value any) map[string]any {
		other := maps.Clone(body)
		other[field] = value
		return other
	}
	consent := func() (string, map[string]any) {
		return borrower(map[string]any{"institution": "", "institution_name": "Banca", "valid_until": "2027-01-15"})
	}
	smaller := maps.Clone(asked)
	smaller["amount_cents"] = 1_000_00
	return map[string]func() post{
		"POST /subjects/{id}/bank-consents": func() post {
			person, body := consent()
			return post{by: broker, path: person + "/bank-consents", body: body, other: another(body, "valid_until", "2027-01-16")}
		},
		"POST /bank-consents/{id}/events": func() post {
			person, body := consent()
			c := broker.do("POST", person+"/bank-consents", body, "Idempotency-Key: consent").want(201)
			return post{by: broker, path: "/bank-consents/" + c.str("id") + "/events", body: map[string]any{"event": "revoke", "reason": "client"}, other: map[string]any{"event": "revoke", "reason": "other"}, headers: []string{c.match()}}
		},
		"POST /subjects/{id}/verifications": func() post {
			person, body := borrower(map[string]any{"provider": "spid", "level": "low"})
			return post{by: broker, path: person + "/verifications", body: body, other: another(body, "level", "high")}
		},
		"POST /subjects/{id}/credit-reports": func() post {
			person, body := borrower(map[string]any{"purpose": "creditworthiness", "cost_max_cents": 0})
			broker.do("POST", person+"/consents", map[string]any{"purpose": "credit_check", "state": "given", "channel": "phone"}).want(200)
			return post{by: broker, path: person + "/credit-reports", body: body, other: another(body, "cost_max_cents", 1)}
		},
		"POST /networks/{id}/agencies": simple(network, "/networks/"+s.Network.String()+"/agencies",
			map[string]any{"name": "Agenzia Nuova", "admin_email": "capo@nuova.test", "admin_name": "Carla Capo"},
			map[string]any{"name": "Agenzia Altra", "admin_email": "capo@altra.test", "admin_name": "Carla Capo"}),
		"POST /operations/replay": func() post {
			s.Exec(t, `insert into operations (tenant_id, id, connector, method, state, dead_at, dead_reason, next_attempt_at, created_at, updated_at)
				values ($1, $2, 'bankportal', 'SubmitApplication', 'failed', now(), 'exhausted', now(), now(), now())`, s.A.ID, ident.NewOperation())
			return post{by: admin, path: "/operations/replay", body: map[string]any{"connector": "bankportal"}, other: map[string]any{"reason": "exhausted"}}
		},
		"POST /members": simple(admin, "/members", map[string]any{"email": "uno@a.test", "name": "Uno", "roles": []string{"broker"}},
			map[string]any{"email": "due@a.test", "name": "Due", "roles": []string{"broker"}}),
		"POST /members/{id}/accept": func() post {
			return post{by: admin, path: "/members/" + s.offer(t, name()) + "/accept", body: offering("broker"), other: offering("read_only")}
		},
		"POST /members/{id}/decline": func() post { return post{by: admin, path: "/members/" + s.offer(t, name()) + "/decline"} },
		"POST /api-keys":             simple(admin, "/api-keys", map[string]any{"name": "one", "roles": []string{"broker"}}, map[string]any{"name": "two", "roles": []string{"broker"}}),
		"POST /roles": simple(admin, "/roles", map[string]any{"key": "junior", "title": map[string]any{"it": "Apprendista", "en": "Junior"}, "parent": "broker", "rules": []any{}},
			map[string]any{"key": "junior", "title": map[string]any{"it": "Apprendista", "en": "Junior"}, "rules": []any{}}),
		"POST /subjects": simple(broker, "/subjects", person("Rossi", 2_600_00), person("Bianchi", 2_600_00)),
		"POST /suspicion-reports": func() post {
			who := made(broker, "/subjects", person("Viola", 2_600_00))
			return simple(compliance, "/suspicion-reports", map[string]any{"subject_id": who, "reason": "cash"}, map[string]any{"subject_id": who, "reason": "more cash"})()
		},
		"POST /subjects/{id}/risk": func() post {
			path := "/subjects/" + made(broker, "/subjects", person("Neri", 2_600_00))
			return post{compliance, path + "/risk", map[string]any{"risk_profile": "low"}, map[string]any{"risk_profile": "high"}, []string{compliance.do("GET", path, nil).want(200).match()}}
		},
		"POST /properties":   simple(broker, "/properties", flat("Via Sparano 1", 200_000_00), flat("Via Sparano 2", 200_000_00)),
		"POST /lenders":      simple(admin, "/lenders", map[string]any{"key": "aurora", "name": "Aurora", "agreement_from": "2026-01-01"}, map[string]any{"key": "borea", "name": "Borea", "agreement_from": "2026-01-01"}),
		"POST /applications": simple(broker, "/applications", asked, smaller),
		"POST /products": func() post {
			body := func(name string) map[string]any {
				return map[string]any{"lender_id": "", "name": name, "product_kind": "mortgage", "rate_kind": "fixed", "nominal_rate_bps": 300, "min_amount_cents": 1, "max_amount_cents": 2, "max_term_months": 300}
			}
			one, two, id := body("Uno"), body("Due"), lender()
			one["lender_id"], two["lender_id"] = id, id
			return post{by: admin, path: "/products", body: one, other: two}
		},
		"POST /applications/{id}/parties": func() post {
			id := made(broker, "/subjects", person("Gialli", 2_600_00))
			return post{by: broker, path: file() + "/parties", body: map[string]any{"subject_id": id, "role_type": "applicant"}, other: map[string]any{"subject_id": id, "role_type": "guarantor"}}
		},
		"POST /applications/{id}/properties": func() post {
			id := made(broker, "/properties", flat("Via Sparano 3", 200_000_00))
			return post{by: broker, path: file() + "/properties", body: map[string]any{"property_id": id, "purpose": "purchased"}, other: map[string]any{"property_id": id, "purpose": "annex"}}
		},
		"POST /applications/{id}/events": func() post {
			path := file()
			id := made(broker, "/subjects", person("Verdi", 2_600_00))
			broker.do("POST", path+"/parties", map[string]any{"subject_id": id, "role_type": "applicant"}).want(201)
			return post{broker, path + "/events", map[string]any{"event": "withdraw", "payload": map[string]any{"reason_code": "other"}}, map[string]any{"event": "withdraw", "payload": map[string]any{"reason_code": "client"}}, []string{broker.do("GET", path, nil).want(200).match()}}
		},
		"POST /applications/{id}/waivers": func() post {
			s.breaks(t, "application")
			path := file()
			return post{compliance, path + "/waivers", waiver("one"), waiver("two"), []string{compliance.do("GET", path, nil).want(200).match()}}
		},
		"POST /submissions/{id}/waivers": func() post {
			s.breaks(t, "submission")
			path := "/submissions/" + broker.do("POST", file()+"/submissions", map[string]any{"lender_id": lender()}, "Idempotency-Key: "+name()).want(201).str("id")
			return post{compliance, path + "/waivers", waiver("one"), waiver("two"), []string{compliance.do("GET", path, nil).want(200).match()}}
		},
		"POST /applications/{id}/notes": func() post {
			return post{by: broker, path: file() + "/notes", body: map[string]any{"text": "one"}, other: map[string]any{"text": "two"}}
		},
		"POST /applications/{id}/tasks": func() post {
			return post{by: broker, path: file() + "/tasks", body: map[string]any{"title": "one"}, other: map[string]any{"title": "two"}}
		},
		"POST /applications/{id}/documents": func() post {
			return post{by: broker, path: file() + "/documents", body: map[string]any{"kind": "mandate"}, other: map[string]any{"kind": "other"}}
		},
		"POST /documents/{id}/accept": func() post {
			path, tag := uploaded()
			return post{broker, path + "/accept", map[string]any{}, map[string]any{"issued_on": "2026-11-01"}, []string{tag}}
		},
		"POST /documents/{id}/reject": func() post {
			path, tag := uploaded()
			return post{broker, path + "/reject", map[string]any{"reason": "one"}, map[string]any{"reason": "two"}, []string{tag}}
		},
		"POST /applications/{id}/submissions": func() post {
			return post{by: broker, path: file() + "/submissions", body: map[string]any{"lender_id": lender()}, other: map[string]any{"lender_id": lender()}}
		},
		"POST /submissions/{id}/events": func() post {
			path := "/submissions/" + broker.do("POST", file()+"/submissions", map[string]any{"lender_id": lender()}, "Idempotency-Key: "+name()).want(201).str("id")
			return post{broker, path + "/events", map[string]any{"event": "withdraw"}, map[string]any{"event": "submit"}, []string{broker.do("GET", path, nil).want(200).match()}}
		},
		"POST /networks/{id}/support-requests": func() post {
			ask := func(reason string) map[string]any {
				return map[string]any{"agency_id": s.B.ID.String(), "reason": reason, "hours": 1}
			}
			return post{by: network, path: "/networks/" + s.Network.String() + "/support-requests", body: ask("a file that does not move"), other: ask("a file that moves too fast")}
		},
		"POST /support-requests/{id}/approve": func() post { return post{by: admin, path: s.askedFor(network) + "/approve"} },
		"POST /support-requests/{id}/decline": func() post { return post{by: admin, path: s.askedFor(network) + "/decline"} },
		"POST /support-requests/{id}/revoke": func() post {
			path := s.askedFor(network)
			admin.do("POST", path+"/approve", nil).want(200)
			return post{by: admin, path: path + "/revoke"}
		},
		"POST /networks/{id}/scim-tokens": simple(network, "/networks/"+s.Network.String()+"/scim-tokens", map[string]any{"name": "one", "roles": []string{"broker"}}, map[string]any{"name": "two", "roles": []string{"broker"}}),
		"POST /networks/{id}/workflows": func() post {
			p := s.template(admin, "/workflows")
			p.by, p.path = network, "/networks/"+s.Network.String()+"/workflows"
			return p
		},
		"POST /workflows/{key}/upgrade": func() post { return post{by: admin, path: "/workflows/" + s.inherited(admin, network) + "/upgrade"} },
		"POST /workflows":               func() post { return s.template(admin, "/workflows") },
		"POST /workflows/{key}/publish": func() post {
			p := s.template(admin, "/workflows/application/publish")
			p.body["in_flight"], p.other["in_flight"] = "stay", "stay"
			return p
		},
		"POST /workflows/{key}/versions/{version}/certify": func() post {
			draft := s.template(admin, "/workflows")
			v := admin.do("POST", draft.path, draft.body).want(201)
			return post{by: admin, path: fmt.Sprintf("/workflows/%s/versions/%v/certify", v.str("key"), v.body["version"])}
		},
		"POST /workflows/{key}/versions/{version}/retire": func() post {
			v := s.published(admin)
			return post{by: admin, path: fmt.Sprintf("/workflows/%s/versions/%v/retire", v.str("key"), v.body["version"])}
		},
		"POST /workflows/{key}/migrate": func() post { return s.migration(admin) },
		"POST /workflows/{key}/divergence": func() post {
			p := s.migration(admin)
			return post{by: admin, path: strings.Replace(p.path, "/migrate", "/divergence", 1), body: map[string]any{"version": p.body["to_version"], "since": "2026-10-01"}, other: map[string]any{"version": p.body["to_version"], "since": "2026-09-01"}}
		},
		"POST /consent-texts": simple(compliance, "/consent-texts", map[string]any{"purpose": "marketing", "it": "Acconsento a tutto quanto.", "en": "I agree to all of it."},
			map[string]any{"purpose": "marketing", "it": "Acconsento a quasi tutto.", "en": "I agree to most of it."}),
		"POST /subjects/{id}/consents": func() post {
			path := "/subjects/" + made(broker, "/subjects", person("Uno", 2_600_00)) + "/consents"
			return post{by: broker, path: path, body: map[string]any{"purpose": "marketing", "state": "given", "channel": "paper"}, other: map[string]any{"purpose": "insurance", "state": "given", "channel": "paper"}}
		},
		"POST /subjects/{id}/exports": func() post {
			path := "/subjects/" + made(broker, "/subjects", person("Due", 2_600_00)) + "/exports"
			return post{by: compliance, path: path, body: map[string]any{"locale": "it"}, other: map[string]any{"locale": "en"}}
		},
		"POST /subjects/{id}/erasure": func() post {
			path := "/subjects/" + made(broker, "/subjects", person("Tre", 2_600_00)) + "/erasure"
			return post{by: compliance, path: path, body: map[string]any{"reason": "objection"}, other: map[string]any{"reason": "unlawful"}}
		},
		"POST /subjects/{id}/erasure/lift": func() post {
			path := s.locked(t, broker, compliance)
			return post{by: compliance, path: path + "/erasure/lift", body: map[string]any{"reason": "came_back"}, other: map[string]any{"reason": "mistake"}}
		},
		"POST /subjects/{id}/portal-access": func() post { return post{by: broker, path: "/subjects/" + s.applicant(t, s.A).id + "/portal-access"} },
		"POST /privacy/requests/{id}/refuse": func() post {
			asked := s.applicant(t, s.A).do("POST", "/portal/requests", map[string]any{"kind": "access"}).want(201).str("id")
			return post{by: compliance, path: "/privacy/requests/" + asked + "/refuse", body: map[string]any{"reason": "identity"}, other: map[string]any{"reason": "excessive"}}
		},
		"POST /portal/consents": func() post {
			a := s.applicant(t, s.A)
			return post{&a.caller, "/portal/consents", map[string]any{"purpose": "marketing", "state": "given"}, map[string]any{"purpose": "insurance", "state": "given"}, a.headers()}
		},
		"POST /portal/requests": func() post {
			a := s.applicant(t, s.A)
			return post{&a.caller, "/portal/requests", map[string]any{"kind": "access"}, map[string]any{"kind": "erasure"}, a.headers()}
		},
		"POST /webhooks": simple(admin, "/webhooks", hook("one"), hook("two")),
		"POST /webhooks/{id}/rotate-secret": func() post {
			return post{by: admin, path: "/webhooks/" + made(admin, "/webhooks", hook("three")) + "/rotate-secret"}
		},
		"POST /webhooks/{id}/test": func() post {
			return post{by: admin, path: "/webhooks/" + made(admin, "/webhooks", hook("four")) + "/test"}
		},
		"POST /webhooks/{id}/deliveries/{eventId}/replay": func() post {
			path := "/webhooks/" + made(admin, "/webhooks", hook("five"))
			return post{by: admin, path: path + "/deliveries/" + admin.do("POST", path+"/test", nil).want(200).str("id") + "/replay"}
		},
		"POST /webhooks/{id}/replay": func() post {
			return post{by: admin, path: "/webhooks/" + made(admin, "/webhooks", hook("six")) + "/replay", body: map[string]any{"since": "2026-11-01T00:00:00Z"}, other: map[string]any{"since": "2026-11-02T00:00:00Z"}}
		},
		"POST /agency/keys/rotate": func() post { return post{by: admin, path: "/agency/keys/rotate"} },
		"POST /jobs/{id}/cancel": func() post {
			p := s.migration(admin)
			return post{by: admin, path: "/jobs/" + admin.do("POST", p.path, p.body).want(202).str("id") + "/cancel"}
		},
		"POST /jobs/{id}/undo": func() post {
			p := s.migration(admin)
			delete(p.body, "dry_run")
			path := "/jobs/" + admin.do("POST", p.path, p.body).want(202).str("id")
			admin.do("POST", path+"/cancel", nil).want(200)
			return post{by: admin, path: path + "/undo"}
		},
	}
}

// published is one more version of the agency's application template, live.
func (s *site) published(by *caller) answer {
	p := s.template(by, "/workflows/application/publish")
	p.body["in_flight"] = "stay"
	return by.do("POST", p.path, p.body).want(201)
}

// migration is a dry run from one version of the agency's application template to the next, every state to itself.
func (s *site) migration(by *caller) post {
	from, to := s.published(by), s.published(by)
	states := map[string]any{}
	m, _ := workflow.Compile([]byte(from.str("source")))
	for _, name := range m.StateNames() {
		if m.State(name).Outcome == "" {
			states[name] = name
		}
	}
	body := func(timers string) map[string]any {
		return map[string]any{"from_version": from.body["version"], "to_version": to.body["version"], "dry_run": true, "plan": map[string]any{"states": states, "timers": timers}}
	}
	return post{by: by, path: "/workflows/" + to.str("key") + "/migrate", body: body("keep"), other: body("restart")}
}

// hook is an address of an agency's own systems that the site's guard knows by name.
func hook(description string) map[string]any {
	return map[string]any{"url": "https://127.0.0.1:8443/in", "description": description, "types": []string{webhooks.ApplicationMoved}}
}

func waiver(reason string) map[string]any {
	return map[string]any{"invariant": "inv_never", "reason": reason}
}

// breaks makes A's next files, or submissions, run under a template in which nothing is as it should be.
func (s *site) breaks(t *testing.T, subject string) {
	t.Helper()
	s.Clock.Advance(time.Second)
	s.A.Publish(t, `apiVersion: pratica/v1
kind: Workflow
metadata: {key: never-`+subject+`}
subject: `+subject+`
states: {open: {kind: atomic, initial: true}, closed: {kind: final, outcome: won}}
events: {close: {by: [broker]}}
transitions: [{id: t_close, from: open, on: close, to: closed}]
invariants: [{id: inv_never, in: [open], expr: amount_cents < 1, waive: [compliance_officer]}]
`)
}

// TestWaiverIsRefused: by the role, by the state, and for want of a reason, of the precondition or of the key.
func TestWaiverIsRefused(t *testing.T) {
	s := newSite(t)
	s.breaks(t, "application")
	broker, compliance := s.as(t, s.A, "broker"), s.as(t, s.A, "compliance_officer")
	path := "/applications/" + broker.do("POST", "/applications", asked).want(201).str("id")
	tag := broker.do("GET", path, nil).want(200).match()
	path += "/waivers"
	const key = "Idempotency-Key: w"
	broker.do("POST", path, waiver("one"), tag, key).code(403, "waiver.role")
	compliance.do("POST", path, map[string]any{"invariant": "inv_x", "reason": "one"}, tag, key).code(409, "waiver.wrong_state")
	compliance.do("POST", path, waiver(""), tag, key).want(422)
	compliance.do("POST", path, waiver("  "), tag, key).code(422, "waiver.reason")
	compliance.do("POST", path, waiver("one"), key).code(428, "version.required")
	compliance.do("POST", path, waiver("one"), tag).code(428, "idempotency.required")
	compliance.do("POST", path, waiver("one"), `If-Match: "99"`, key).code(412, "version.stale")
	s.as(t, s.B, "compliance_officer").do("POST", path, waiver("one"), tag, key).want(404)
	compliance.do("POST", path, waiver("one"), tag, key).want(200)
}

// inherited is the key of an overlay whose base has a newer version.
func (s *site) inherited(by, network *caller) string {
	base, to := s.template(by, "/workflows").body, "/networks/"+s.Network.String()+"/workflows"
	first := network.do("POST", to, base).want(201)
	overlay := fmt.Sprintf("apiVersion: pratica/v1\nkind: WorkflowOverlay\nmetadata: {key: ours, extends: {key: %s, version: %v}}\noperations: []\n", first.str("key"), first.body["version"])
	by.do("POST", "/workflows/ours/publish", map[string]any{"source": overlay, "in_flight": "stay"}).want(201)
	network.do("POST", to, base).want(201)
	return "ours"
}

// template sends the agency's own template, and the same text with a line more.
func (s *site) template(by *caller, path string) post {
	for _, v := range by.do("GET", "/workflows", nil).want(200).items() {
		if v["subject"] == "application" {
			key := v["key"].(string)
			source := by.do("GET", "/workflows/"+key+"/versions", nil).want(200).items()[0]["source"].(string)
			return post{by: by, path: strings.Replace(path, "/application/", "/"+key+"/", 1), body: map[string]any{"source": source}, other: map[string]any{"source": source + "\n# another\n"}}
		}
	}
	by.t.Fatal("no template")
	return post{}
}

// TestChangesNeedTheVersion: what changes something takes If-Match, or has a reason not to.
func TestChangesNeedTheVersion(t *testing.T) {
	for _, r := range api.Table(api.Deps{}) {
		changes := r.Method == http.MethodPatch || r.Method == http.MethodPut || r.Method == http.MethodDelete
		if changes && r.Match == (r.Unmatched() != "") {
			t.Errorf("%s %s: If-Match %v, reason %q", r.Method, r.Path, r.Match, r.Unmatched())
		}
	}
}

// TestLinksCarryTheVersion: whatever changes a file's people and properties answers the file's own ETag, also without a body.
func TestLinksCarryTheVersion(t *testing.T) {
	s := newSite(t)
	broker := s.as(t, s.A, "broker")
	file := "/applications/" + broker.do("POST", "/applications", asked).want(201).str("id")
	who := broker.do("POST", "/subjects", person("Rossi", 2_600_00)).want(201).str("id")
	what := broker.do("POST", "/properties", flat("Via Sparano 1", 200_000_00)).want(201).str("id")
	current := func(a answer, status int) answer {
		t.Helper()
		a.want(status)
		if now := broker.do("GET", file, nil).want(200).Header.Get("ETag"); a.Header.Get("ETag") != now {
			t.Errorf("%s: ETag %q, the file's is %s", a.what, a.Header.Get("ETag"), now)
		}
		return a
	}
	party := current(broker.do("POST", file+"/parties", map[string]any{"subject_id": who, "role_type": "applicant"}), 201)
	changed := current(broker.do("PATCH", file+"/parties/"+party.str("id"), map[string]any{"share_bps": 5000}, party.match()), 200)
	current(broker.do("DELETE", file+"/parties/"+party.str("id"), nil, changed.match()), 204)
	link := current(broker.do("POST", file+"/properties", map[string]any{"property_id": what, "purpose": "purchased"}), 201)
	changed = current(broker.do("PATCH", file+"/properties/"+link.str("id"), map[string]any{"lien_rank": 1}, link.match()), 200)
	weak := strings.Replace(changed.match(), `"`, `W/"`, 1)
	current(broker.do("DELETE", file+"/properties/"+link.str("id"), nil, weak), 204)

	paper := broker.do("POST", file+"/documents", map[string]any{"kind": "mandate"}).want(201)
	broker.do("PUT", "/documents/"+paper.str("id")+"/content", pdf).code(428, "version.required")
	broker.do("PUT", "/documents/"+paper.str("id")+"/content", pdf, paper.match()).want(200)
}
