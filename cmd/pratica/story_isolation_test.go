package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
)

// staysInside is step 9: every route that names something of A answers B's admin, broker and key 404, while the same
// request by A is 2xx; and raw SQL through the application role shows B nothing of any table in which A has rows. That such
// questions find a broken guard is shown by core/isolation, which asks many more of them of made-up rows.
func (s *story) staysInside() {
	s.t.Helper()
	s.walksEveryRoute()
	a, b := s.agency(s.broker), s.agency(s.brokerB)
	app, admin := s.database("pratica_app"), s.database("postgres")
	tables := admin.texts(`select c.relname from pg_class c join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped
		where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace order by 1`)
	if len(tables) < 20 {
		s.t.Fatalf("only %d tables: %v", len(tables), tables)
	}
	calendar := s.admin.do("GET", "/agency/calendar", nil).want(200)
	s.admin.do("PUT", "/agency/calendar", object{"closed": []object{{"day": day(40), "title": object{"it": "San Nicola", "en": "Saint Nicholas"}}}, "worked": []object{}}, calendar.match()).want(200)
	s.admin.do("POST", "/roles", object{"key": "apprentice", "title": object{"it": "Apprendista", "en": "Apprentice"}, "parent": "broker", "rules": []object{{"action": "documents.review", "effect": "deny"}}}).want(201)
	admin.exec(`insert into budgets (tenant_id, monthly_cents, updated_by, updated_at) values ($1, 100, 'system', now())`, a)
	admin.exec(`insert into operation_costs (tenant_id, operation_id, connector, month, reserved_cents, reserved_at) select tenant_id, id, connector, '2026-01-01', 100, now() from operations where tenant_id = $1 limit 1`, a)
	for _, sql := range outside { // what banks, bureaus and identities bring has a story of its own
		admin.exec(sql, a)
	}
	admin.exec(`insert into agency_rollups values ($1, '2026-01-01', 'mandated', 'open', 'mortgage', 'first_home', '0-7', 1, 1, 0) on conflict do nothing`, a) // counted by the worker, in its own time
	for _, trail := range []string{"audit", "confidential_audit"} {                                                                                            // the worker signs once a minute
		admin.exec(`insert into `+trail+`_checkpoints select tenant_id, seq, hash, now(), 'test', '' from `+trail+`_chain where tenant_id = $1 and seq = 1`, a)
	}
	s.network.do("PUT", s.quotas(), object{"files": 100_000}, s.network.do("GET", s.quotas(), nil).want(200).match()).want(200)
	s.federated(admin, a)
	s.offered("eight")
	if found := crossings(app, tables, a, b); len(found) != 0 {
		s.t.Errorf("between the agencies:\n%s", strings.Join(found, "\n"))
	}
	s.t.Logf("%d tables of real data", len(tables))
}

// federated gives A what it takes a provider and a client to make.
func (s *story) federated(admin *database, a string) {
	s.t.Helper()
	admin.exec(`insert into identity_providers (tenant_id, id, issuer, client_id, active, created_at) values ($1, $1, 'https://login.example', 'pratica', false, now())`, a)
	admin.exec(`insert into oidc_sign_ins (tenant_id, state_hash, browser_hash, provider_version, expires_at) values ($1, '', '', 2, now() + interval '1 minute')`, a)
	admin.exec(`insert into federated_people (tenant_id, subject_hash, issuer, user_id, created_at) select tenant_id, '', 'https://login.example', user_id, now() from members where tenant_id = $1 limit 1`, a)
	admin.exec(`insert into access_tokens (tenant_id, id, key_id, token_hash, roles, created_at, expires_at) select tenant_id, id, id, '', roles, now(), now() from api_keys where tenant_id = $1 limit 1`, a)
}

// offered is a member of A to whom the network's directory offers a role.
func (s *story) offered(name string) string {
	s.t.Helper()
	id := s.admin.do("POST", "/members", object{"email": name + "@story-a.example", "name": name, "roles": []string{"read_only"}}).want(201).str("id")
	s.database("postgres").exec(`insert into member_offers (tenant_id, id, user_id, name, email, roles, offered_at)
		select tenant_id, id, user_id, name, email, '{broker}', now() from members where tenant_id = $1 and email = $2`, s.agency(s.broker), name+"@story-a.example")
	return "/members/" + id
}

// crossings reads every table as A, who must see rows of its own, and as B, who must see none of A's.
func crossings(app *database, tables []string, a, b string) (found []string) {
	for _, table := range tables {
		count := `select count(*)::int from ` + pgx.Identifier{table}.Sanitize() + ` where tenant_id = $1`
		if n := app.as(a, count, a); n == 0 {
			found = append(found, "A sees no row of its own in "+table)
		}
		if n := app.as(b, count, a); n != 0 {
			found = append(found, fmt.Sprintf("B sees %d rows of A in %s", n, table))
		}
	}
	return found
}

// agency is the current agency of somebody, as the database knows it.
func (s *story) agency(p *person) string {
	s.t.Helper()
	id, err := ident.ParseAgency(p.do("GET", "/me", nil).want(200).body["agency"].(object)["id"].(string))
	must(s.t, err)
	return id.UUID.String()
}

// agencyID is A's, as the interface writes it.
func (s *story) agencyID() string {
	s.t.Helper()
	return s.broker.do("GET", "/me", nil).want(200).body["agency"].(object)["id"].(string)
}

// quotas is where A's network says what A may have.
func (s *story) quotas() string { return "/networks/" + s.id + "/agencies/" + s.agencyID() + "/quotas" }

// routed is a request that names something of A: who of A may send it, with what.
type routed struct {
	by   *person
	path string // without the base
	body any
	tag  func() string // reads the If-Match header
}

// unconnected are what A is refused with 422, because the story has no connection of the kind; core/consents has, and has them succeed.
var unconnected = []string{"POST /subjects/{id}/credit-reports", "POST /subjects/{id}/verifications"}

// walksEveryRoute takes the routes from the route table: a new route that names something must be added here.
func (s *story) walksEveryRoute() {
	s.t.Helper()
	s.admin.do("PUT", "/connectors/bankportal/enablement", object{"enabled": true}, "If-Match: \"1\"").want(200)
	requests := s.requests()
	walked := 0
	for _, r := range api.Table(api.Deps{}) {
		if !strings.Contains(r.Path, "{") || r.For != api.Members || strings.HasPrefix(r.Path, "/api/v1/workflows/") || strings.HasPrefix(r.Path, "/api/v1/roles/") ||
			strings.HasPrefix(r.Path, "/api/v1/connectors/") { // the platform's
			continue // TestIsolation asks about keys, with one that A alone has, and about what is for others than members
		}
		key := r.Method + " " + strings.TrimPrefix(r.Path, "/api/v1")
		make, known := requests[key]
		if !known {
			s.t.Errorf("%s is in the route table and not in this walk", key)
			continue
		}
		q := make()
		header := "If-Match: \"1\""
		if q.tag != nil {
			header = q.tag()
		}
		for _, other := range []*person{s.adminB, s.brokerB, s.keyB} {
			a, never := other.do(r.Method, q.path, q.body, header, "X-File-Name: a.pdf"), other.do(r.Method, strays(q.path), q.body, header, "X-File-Name: a.pdf")
			if a.status != 404 {
				s.t.Errorf("%s: %d, want 404: %.300s", a.what, a.status, a.raw)
			}
			if a.plain() != never.plain() {
				s.t.Errorf("%s: not what an id that never was is answered: %s\n%s", a.what, a.plain(), never.plain())
			}
		}
		if a := q.by.do(r.Method, q.path, q.body, header, "X-File-Name: a.pdf"); (a.status < 200 || a.status > 299) && !(a.status == 422 && slices.Contains(unconnected, key)) {
			s.t.Errorf("%s: %d, want 2xx: %.500s", a.what, a.status, a.raw)
		}
		delete(requests, key)
		walked++
	}
	s.walksTheNetwork()
	for key := range requests {
		s.t.Errorf("%s is in this walk and not in the route table", key)
	}
	s.t.Logf("%d routes walked by A and by three of B", walked)
}

// walksTheNetwork: a network is nobody's agency, so its routes are the network's alone; what it publishes its agencies read, and
// what one of them makes of it stays that one's.
func (s *story) walksTheNetwork() {
	s.t.Helper()
	base := object{"source": s.admin.do("GET", "/workflows/mortgage/versions", nil).want(200).items()[0]["source"]}
	bodies := map[string]object{
		"POST /networks/{id}/agencies":        {"name": "Agenzia Terza", "admin_email": "x@story.example", "admin_name": "Xenia"},
		"POST /networks/{id}/workflows":       base,
		"POST /networks/{id}/workflows/check": base,

		"POST /networks/{id}/support-requests":          s.supportAsk(),
		"POST /networks/{id}/scim-tokens":               {"name": "directory", "roles": []string{"broker"}},
		"PUT /networks/{id}/policy-bounds":              {"items": []object{{"action": "connectors.write", "kind": "reserved"}}},
		"PUT /networks/{id}/agencies/{agencyId}/quotas": {"files": 100_000},
	}
	const first = "If-Match: \"1\""
	refused := func(method, path string, body any, others ...*person) {
		s.t.Helper()
		for _, other := range others {
			if a := other.do(method, path, body, first); a.status != 404 {
				s.t.Errorf("%s: %d, want 404: %.300s", a.what, a.status, a.raw)
			}
		}
	}
	for _, r := range api.Table(api.Deps{}) {
		if r.For != api.Networks {
			continue
		}
		path := strings.NewReplacer("/api/v1", "", "{id}", s.id, "{key}", "mortgage", "{agencyId}", s.agencyID()).Replace(r.Path)
		//lint:ignore S1017 a token is made only where a path names one
		if strings.Contains(path, "{tokenId}") {
			path = strings.Replace(path, "{tokenId}", s.network.do("POST", "/networks/"+s.id+"/scim-tokens", bodies["POST /networks/{id}/scim-tokens"]).want(201).str("id"), 1)
		}
		var body any
		if r.Method == "POST" || r.Method == "PUT" {
			body = bodies[r.Method+" "+strings.TrimPrefix(r.Path, "/api/v1")]
		}
		refused(r.Method, path, body, s.adminB, s.brokerB, s.keyB, s.admin)
		if a := s.network.do(r.Method, path, body, first); a.status < 200 || a.status > 299 {
			s.t.Errorf("%s: %d, want 2xx: %.500s", a.what, a.status, a.raw)
		}
	}
	ours := object{"source": "apiVersion: pratica/v1\nkind: WorkflowOverlay\nmetadata: {key: ours, extends: {key: mortgage, version: 1}}\noperations: []\n", "in_flight": "stay"}
	s.admin.do("POST", "/workflows/ours/publish", ours).want(201)
	for _, by := range []*person{s.broker, s.brokerB} {
		by.do("GET", "/workflows/bases", nil).want(200)
		by.do("GET", "/workflows/bases/mortgage/versions/1", nil).want(200)
	}
	s.broker.do("GET", "/workflows/ours/upgrade", nil).want(200)
	refused("GET", "/workflows/ours/upgrade", nil, s.adminB, s.brokerB, s.keyB)
	refused("POST", "/workflows/ours/upgrade", nil, s.adminB)
	refused("GET", "/workflows/ours/versions", nil, s.adminB, s.brokerB, s.keyB)
}

func (s *story) supportAsk() object {
	return object{"agency_id": s.admin.do("GET", "/me", nil).want(200).body["agency"].(object)["id"], "reason": "una pratica che non avanza", "hours": 1}
}

// askedForSupport is a fresh request of the network to look into A; what was open before is closed.
func (s *story) askedForSupport() string {
	for _, g := range s.admin.do("GET", "/support-requests", nil).want(200).items() {
		if verb := map[any]string{"requested": "/decline", "approved": "/revoke"}[g["state"]]; verb != "" {
			s.admin.do("POST", "/support-requests/"+g["id"].(string)+verb, nil).want(200)
		}
	}
	return "/support-requests/" + s.network.do("POST", "/networks/"+s.id+"/support-requests", s.supportAsk()).want(201).str("id")
}

// requests builds, for each route that names something, a request that succeeds for A.
func (s *story) requests() map[string]func() routed {
	b, a := s.broker, s.admin
	app := "/applications/" + b.do("POST", "/applications", s.asked()).want(201).str("id") // one that may still change
	subject := s.human("Neri", 2_000_00)
	property := b.do("POST", "/properties", house("Via Argiro 7", 100_000_00)).want(201).str("id")
	get := func(path string) func() routed { return func() routed { return routed{by: b, path: path} } }
	tag := func(path string) func() string {
		return func() string { return b.do("GET", path, nil).want(200).match() }
	}
	made := func(by *person, path string, body object, headers ...string) string {
		return by.do("POST", path, body, headers...).want(201).str("id")
	}
	request := func(kind string) string { return made(b, app+"/documents", object{"kind": kind}) }
	uploaded := func() string {
		id := request("mandate")
		b.do("PUT", "/documents/"+id+"/content", paper, "If-Match: \"1\"", "X-File-Name: a.pdf").want(200)
		return id
	}
	version := func(path, id string) func() string { // of one in a list, which has no page of its own
		return func() string {
			for _, i := range a.do("GET", path, nil).want(200).items() {
				if i["id"] == id {
					return quote(int(i["version"].(float64)))
				}
			}
			s.t.Fatalf("%s does not list %s", path, id)
			return ""
		}
	}
	support := func(verb string) func() routed {
		return func() routed { return routed{by: a, path: s.askedForSupport() + verb} }
	}
	out := map[string]func() routed{
		"POST /support-requests/{id}/approve": support("/approve"),
		"POST /support-requests/{id}/decline": support("/decline"),
		"POST /support-requests/{id}/revoke": func() routed {
			path := s.askedForSupport()
			a.do("POST", path+"/approve", nil).want(200)
			return routed{by: a, path: path + "/revoke"}
		},
		"GET /subjects/{id}":              get("/subjects/" + subject),
		"GET /subjects/{id}/applications": get("/subjects/" + subject + "/applications"),
		"GET /properties/{id}":            get("/properties/" + property),
		"GET /submissions/{id}":           get(s.borea),
		"GET /submissions/{id}/events":    get(s.borea + "/events"),
		"GET /submissions/{id}/history":   get(s.borea + "/history"),
		"GET /documents/{id}":             get("/documents/" + request("privacy")),
		"GET /d/{token}": func() routed {
			id := request("mandate")
			b.do("PUT", "/documents/"+id+"/content", demoPDF("Mandato", "Agenzia", nil), "If-Match: \"1\"", "X-File-Name: a.pdf").want(200)
			return routed{by: b, path: b.do("POST", "/documents/"+id+"/link", object{"once": true, "watermark": true}).want(200).str("url")}
		},
		"PATCH /subjects/{id}": func() routed {
			return routed{b, "/subjects/" + subject, object{"email": "neri@story.example"}, tag("/subjects/" + subject)}
		},
		"DELETE /subjects/{id}": func() routed {
			id := s.human("Gialli", 1)
			return routed{b, "/subjects/" + id, nil, tag("/subjects/" + id)}
		},
		"GET /suspicion-reports/{id}": func() routed {
			return routed{by: s.compliance, path: "/suspicion-reports/" + made(s.compliance, "/suspicion-reports", object{"subject_id": subject, "reason": "contanti"})}
		},
		"PATCH /suspicion-reports/{id}": func() routed {
			path := "/suspicion-reports/" + made(s.compliance, "/suspicion-reports", object{"subject_id": subject, "reason": "contanti"})
			return routed{s.compliance, path, object{"reason": "molti contanti"}, func() string { return s.compliance.do("GET", path, nil).want(200).match() }}
		},
		"POST /subjects/{id}/risk": func() routed {
			return routed{s.compliance, "/subjects/" + subject + "/risk", object{"risk_profile": "low"}, tag("/subjects/" + subject)}
		},
		"PATCH /properties/{id}": func() routed {
			return routed{b, "/properties/" + property, object{"price_cents": 110_000_00}, tag("/properties/" + property)}
		},
		"DELETE /properties/{id}": func() routed {
			id := made(b, "/properties", house("Via Argiro 9", 1))
			return routed{b, "/properties/" + id, nil, tag("/properties/" + id)}
		},
		"PATCH /applications/{id}": func() routed { return routed{b, app, object{"title": "Neri"}, tag(app)} },
		"POST /applications/{id}/parties": func() routed {
			return routed{by: b, path: app + "/parties", body: object{"subject_id": subject, "role_type": "applicant"}, tag: tag(app)}
		},
		"DELETE /applications/{id}/parties/{partyId}": func() routed {
			id := made(b, app+"/parties", object{"subject_id": subject, "role_type": "guarantor"})
			return routed{b, app + "/parties/" + id, nil, tag(app)}
		},
		"POST /applications/{id}/properties": func() routed {
			return routed{by: b, path: app + "/properties", body: object{"property_id": property, "purpose": "purchased"}, tag: tag(app)}
		},
		"DELETE /applications/{id}/properties/{linkId}": func() routed {
			id := made(b, app+"/properties", object{"property_id": property, "purpose": "annex"})
			return routed{b, app + "/properties/" + id, nil, tag(app)}
		},
		"PATCH /applications/{id}/parties/{partyId}": func() routed {
			id := made(b, app+"/parties", object{"subject_id": subject, "role_type": "seller"})
			return routed{b, app + "/parties/" + id, object{"share_bps": 5000}, tag(app)}
		},
		"PATCH /applications/{id}/properties/{linkId}": func() routed {
			id := made(b, app+"/properties", object{"property_id": property, "purpose": "mortgaged"})
			return routed{b, app + "/properties/" + id, object{"lien_rank": 2}, tag(app)}
		},
		"POST /applications/{id}/events": func() routed {
			return routed{b, s.other + "/events", object{"event": "withdraw", "payload": object{"reason_code": "client"}}, tag(s.other)}
		},
		"POST /applications/{id}/waivers": func() routed {
			ready := s.readyFile()
			b.do("PATCH", ready, object{"amount_cents": 900_000_00}, b.do("GET", ready, nil).want(200).match()).want(200) // far above the value of the home
			return routed{s.compliance, ready + "/waivers", object{"invariant": "inv_ltv", "reason": "altre garanzie"}, tag(ready)}
		},
		"POST /submissions/{id}/waivers": func() routed {
			s.publishes("guarded", guarded)
			noun := "/submissions/" + made(b, app+"/submissions", object{"lender_id": s.lenders["borea"]})
			usual := a.do("GET", "/workflows/bank-submission/versions", nil).want(200).items()[0]["source"].(string)
			s.publishes("usual", strings.Replace(usual, "key: bank-submission", "key: usual", 1))
			return routed{s.office, noun + "/waivers", object{"invariant": "inv_never", "reason": "concordato"}, tag(noun)}
		},
		"PATCH /applications/{id}/facts": func() routed {
			return routed{b, app + "/facts", object{"mediation_fee_cents": 150000}, tag(app)}
		},
		"POST /applications/{id}/notes": func() routed { return routed{by: b, path: app + "/notes", body: object{"text": "Una nota"}} },
		"POST /applications/{id}/tasks": func() routed { return routed{by: b, path: app + "/tasks", body: object{"title": "Telefonare"}} },
		"PATCH /tasks/{id}": func() routed {
			id := made(b, app+"/tasks", object{"title": "Scrivere"})
			return routed{b, "/tasks/" + id, object{"state": "done"}, version(app+"/tasks", id)}
		},
		"POST /applications/{id}/documents": func() routed { return routed{by: b, path: app + "/documents", body: object{"kind": "other"}} },
		"PATCH /documents/{id}": func() routed {
			id := uploaded()
			return routed{b, "/documents/" + id, object{"issued_on": day(-3)}, tag("/documents/" + id)}
		},
		"POST /documents/{id}/accept": func() routed {
			return routed{by: b, path: "/documents/" + uploaded() + "/accept", body: object{}, tag: func() string { return "If-Match: " }}
		},
		"POST /documents/{id}/reject": func() routed {
			return routed{by: b, path: "/documents/" + uploaded() + "/reject", body: object{"reason": "illeggibile"}, tag: func() string { return "If-Match: " }}
		},
		"POST /documents/{id}/link": func() routed { return routed{by: b, path: "/documents/" + uploaded() + "/link", body: object{}} },
		"PUT /documents/{id}/content": func() routed {
			id := request("deed")
			return routed{b, "/documents/" + id + "/content", paper, tag("/documents/" + id)}
		},
		"POST /applications/{id}/submissions": func() routed {
			return routed{by: b, path: app + "/submissions", body: object{"lender_id": s.lenders["aurora"]}}
		},
		"POST /submissions/{id}/events": func() routed {
			noun := "/submissions/" + made(b, app+"/submissions", object{"lender_id": s.lenders["borea"]})
			return routed{b, noun + "/events", object{"event": "withdraw"}, tag(noun)}
		},
		"POST /submissions/{id}/answers": func() routed {
			ready := s.readyFile()
			noun := "/submissions/" + made(b, ready+"/submissions", object{"lender_id": s.lenders["borea"]})
			b.send(noun, "submit", nil).want(200)
			s.reaches(noun, "info_requested")
			asked := b.do("GET", noun, nil).want(200).body["requested_items"].([]any)[0].(object)
			earlier := b.do("GET", s.borea, nil).want(200).body["requested_items"].([]any)[0].(object)
			return routed{by: b, path: noun + "/answers", body: object{"item_id": asked["id"], "document_id": earlier["answered_document_id"]}}
		},
		"POST /submissions/{id}/documents": func() routed {
			noun := "/submissions/" + made(b, s.readyFile()+"/submissions", object{"lender_id": s.lenders["borea"]})
			b.send(noun, "submit", nil).want(200)
			s.reaches(noun, "info_requested")
			earlier := b.do("GET", s.borea, nil).want(200).body["requested_items"].([]any)[0].(object)
			return routed{by: b, path: noun + "/documents", body: object{"document_id": earlier["answered_document_id"]}}
		},
		"GET /submissions/{id}/messages": func() routed { return routed{by: b, path: s.borea + "/messages"} },
		"POST /applications/{id}/pre-checks": func() routed {
			return routed{by: b, path: app + "/pre-checks", body: object{"lender_id": s.lenders["aurora"]}}
		},
		"GET /connections/{id}/products": func() routed {
			return routed{by: a, path: "/connections/" + s.connection("Banca Aurora") + "/products"}
		},
		"GET /connections/{id}/institutions": func() routed {
			return routed{by: a, path: "/connections/" + s.connection("Banca Aurora") + "/institutions"}
		},
		"GET /applications/{id}/outside": get(app + "/outside"),
		"PATCH /members/{id}": func() routed {
			id := made(a, "/members", object{"email": "one@story-a.example", "name": "Uno", "roles": []string{"read_only"}})
			return routed{a, "/members/" + id, object{"roles": []string{"broker"}}, version("/members", id)}
		},
		"PUT /members/{id}/delegate": func() routed {
			id := made(a, "/members", object{"email": "three@story-a.example", "name": "Tre", "roles": []string{"read_only"}})
			var stand any
			for _, m := range a.do("GET", "/members", nil).want(200).items() {
				if m["name"] == "Bruno A" {
					stand = m["user_id"]
				}
			}
			return routed{a, "/members/" + id + "/delegate", object{"delegate_id": stand, "until": day(3)}, version("/members", id)}
		},
		"POST /members/{id}/accept": func() routed {
			return routed{by: a, path: s.offered("six") + "/accept", body: object{"roles": []string{"broker"}}}
		},
		"POST /members/{id}/decline": func() routed { return routed{by: a, path: s.offered("seven") + "/decline"} },
		"DELETE /members/{id}/sessions": func() routed {
			return routed{by: a, path: "/members/" + made(a, "/members", object{"email": "four@story-a.example", "name": "Quattro", "roles": []string{"read_only"}}) + "/sessions"}
		},
		"DELETE /members/{id}/account": func() routed {
			return routed{by: a, path: "/members/" + made(a, "/members", object{"email": "five@story-a.example", "name": "Cinque", "roles": []string{"read_only"}}) + "/account"}
		},
		"DELETE /members/{id}": func() routed {
			id := made(a, "/members", object{"email": "two@story-a.example", "name": "Due", "roles": []string{"read_only"}})
			return routed{a, "/members/" + id, nil, version("/members", id)}
		},
		"DELETE /api-keys/{id}": func() routed {
			return routed{by: a, path: "/api-keys/" + made(a, "/api-keys", object{"name": "spare", "roles": []string{"read_only"}})}
		},
		"GET /connections/{id}": func() routed {
			return routed{by: a, path: "/connections/" + s.connection("Banca Aurora")}
		},
		"PATCH /connections/{id}": func() routed {
			id := s.connection("Banca Aurora")
			return routed{a, "/connections/" + id, object{"name": "Banca Aurora"}, version("/connections", id)}
		},
		"GET /subjects/{id}/bank-consents":  get("/subjects/" + subject + "/bank-consents"),
		"GET /subjects/{id}/cash-flow":      get("/subjects/" + subject + "/cash-flow"),
		"GET /subjects/{id}/credit-reports": get("/subjects/" + subject + "/credit-reports"),
		"GET /subjects/{id}/verifications":  get("/subjects/" + subject + "/verifications"),
		"POST /subjects/{id}/bank-consents": func() routed {
			path, body := s.bankConsent(app)
			return routed{by: b, path: path, body: body}
		},
		"POST /subjects/{id}/credit-reports": func() routed {
			path, body := s.bankConsent(app)
			return routed{by: b, path: strings.Replace(path, "bank-consents", "credit-reports", 1), body: object{"application_id": body["application_id"], "connection_id": body["connection_id"], "purpose": "creditworthiness", "cost_max_cents": 100}}
		},
		"POST /subjects/{id}/verifications": func() routed {
			path, body := s.bankConsent(app)
			return routed{by: b, path: strings.Replace(path, "bank-consents", "verifications", 1), body: object{"application_id": body["application_id"], "connection_id": body["connection_id"], "provider": "spid", "level": "low"}}
		},
		"GET /bank-consents/{id}": func() routed {
			path, body := s.bankConsent(app)
			return routed{by: b, path: "/bank-consents/" + made(b, path, body)}
		},
		"POST /bank-consents/{id}/events": func() routed {
			path, body := s.bankConsent(app)
			one := "/bank-consents/" + made(b, path, body)
			return routed{b, one + "/events", object{"event": "revoke", "reason": "client"}, tag(one)}
		},
		"POST /bank-consents/{id}/reads": func() routed {
			path, body := s.bankConsent(app)
			id := made(b, path, body)
			consent, err := ident.ParseBankConsent(id)
			must(s.t, err)
			s.database("postgres").exec(`update instances set state = 'valid' where id = $1`, consent) // as the bank would have it
			return routed{by: b, path: "/bank-consents/" + id + "/reads", body: nil}
		},
		"POST /connections/{id}/check": func() routed {
			return routed{by: a, path: "/connections/" + s.connection("Banca Aurora") + "/check", body: object{}}
		},
		"GET /webhooks/{id}": func() routed { return routed{by: a, path: s.hook()} },
		"PATCH /webhooks/{id}": func() routed {
			at := s.hook()
			return routed{a, at, object{"description": "other"}, version("/webhooks", at[len("/webhooks/"):])}
		},
		"DELETE /webhooks/{id}":             func() routed { at := s.hook(); return routed{a, at, nil, version("/webhooks", at[len("/webhooks/"):])} },
		"POST /webhooks/{id}/rotate-secret": func() routed { return routed{by: a, path: s.hook() + "/rotate-secret"} },
		"POST /webhooks/{id}/test":          func() routed { return routed{by: a, path: s.hook() + "/test"} },
		"POST /webhooks/{id}/replay": func() routed {
			return routed{by: a, path: s.hook() + "/replay", body: object{"since": "2026-01-01T00:00:00Z"}}
		},
		"GET /webhooks/{id}/deliveries": func() routed { at, _ := s.attempted(); return routed{by: a, path: at + "/deliveries"} },
		"POST /webhooks/{id}/deliveries/{eventId}/replay": func() routed {
			at, event := s.attempted()
			return routed{by: a, path: at + "/deliveries/" + event + "/replay"}
		},
		"POST /operations/{id}/retry": func() routed {
			return routed{by: a, path: "/operations/" + s.failedOperation() + "/retry", body: object{}}
		},
	}
	s.people(out)
	job := s.migrated()
	out["GET /jobs/{id}"] = func() routed { return routed{by: a, path: job} }
	out["GET /jobs/{id}/items"] = func() routed { return routed{by: a, path: job + "/items"} }
	out["POST /jobs/{id}/undo"] = func() routed { return routed{by: a, path: job + "/undo"} }
	out["POST /jobs/{id}/cancel"] = func() routed {
		id := ident.NewJob() // of a kind that no worker does: it is still there to be cancelled
		s.database("postgres").exec(`insert into jobs (tenant_id, id, kind, request, about, created_by, created_at, turn_at) values ($1, $2, 'held', '{}', '{}', 'system', now(), now())`, s.agency(s.broker), id)
		return routed{by: a, path: "/jobs/" + id.String() + "/cancel"}
	}
	for _, part := range []string{"", "/graph", "/parties", "/properties", "/events", "/facts", "/ratios", "/schedule", "/history", "/replay", "/checklist", "/notes", "/tasks", "/documents", "/submissions"} {
		out["GET /applications/{id}"+part] = get(s.app + part)
	}
	out["GET /applications/{id}/plan"] = get(s.app + "/plan?to=withdrawn")
	return out
}

// migrated moves a file of A to a new version of its process and gives the job that did.
func (s *story) migrated() string {
	s.t.Helper()
	file := s.broker.do("POST", "/applications", s.asked()).want(201)
	key := file.body["workflow"].(object)["key"].(string)
	version := file.body["workflow"].(object)["version"]
	source := s.admin.do("GET", "/workflows/"+key+"/versions", nil).want(200).items()[0]["source"].(string)
	m, _ := workflow.Compile([]byte(source))
	states := object{}
	for _, name := range m.StateNames() {
		if m.State(name).Outcome == "" {
			states[name] = name
		}
	}
	s.admin.do("POST", "/workflows/"+key+"/publish", object{"source": source}).want(409) // files are in flight
	newer := s.admin.do("POST", "/workflows/"+key+"/publish", object{"source": source, "in_flight": "stay"}).want(201)
	job := s.admin.do("POST", "/workflows/"+key+"/migrate", object{"from_version": version, "to_version": newer.body["version"], "plan": object{"states": states}, "filter": object{"ids": []string{file.str("id")}}}).want(202)
	path := strings.TrimPrefix(job.header.Get("Location"), "/api/v1")
	eventually(s.t, "the migration", func() bool {
		return s.admin.do("GET", path, nil).want(200).body["percent"] == 100.0 && s.admin.do("GET", path, nil).body["state"] == "done"
	})
	if moved := s.broker.do("GET", "/applications/"+file.str("id"), nil).want(200); moved.body["workflow"].(object)["version"] != newer.body["version"] {
		s.t.Errorf("the file is under %v", moved.body["workflow"])
	}
	if again := s.broker.do("GET", "/applications/"+file.str("id")+"/replay", nil).want(200); again.body["ok"] != true {
		s.t.Errorf("its history does not verify across the move: %s", again.raw)
	}
	return path
}

// guarded is a template of submissions that are never as they should be.
const guarded = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: guarded}
subject: submission
states: {draft: {kind: atomic, initial: true}, sent: {kind: final, outcome: won}, dropped: {kind: final, outcome: lost}}
events: {submit: {by: [broker]}, withdraw: {by: [broker]}}
transitions: [{id: t_submit, from: draft, on: submit, to: sent}, {id: t_withdraw, from: draft, on: withdraw, to: dropped}]
invariants: [{id: inv_never, in: [draft], expr: amount_cents < 1, waive: [back_office], text: {en: Nothing is asked for, it: Non si chiede nulla}}]
`

// publishes makes a template the one that the next machines of its subject run under.
func (s *story) publishes(key, source string) {
	s.t.Helper()
	s.admin.do("POST", "/workflows/"+key+"/publish", object{"source": source}).want(201)
}

func (s *story) connection(name string) string {
	s.t.Helper()
	for _, c := range s.admin.do("GET", "/connections", nil).want(200).items() {
		if c["name"] == name {
			return c["id"].(string)
		}
	}
	s.t.Fatalf("no connection %s", name)
	return ""
}

// failedOperation makes a lender whose token is wrong: the submission's operation fails, and its connection stops.
func (s *story) failedOperation() string {
	s.t.Helper()
	lender := s.admin.do("POST", "/lenders", object{"key": "cisalpina", "name": "Cassa Cisalpina", "agreement_from": day(-30)}).want(201).str("id")
	s.admin.do("POST", "/connections", object{"connector": "bankportal", "lender_id": lender, "name": "Cassa Cisalpina", "config": object{"url": s.bank() + "/cisalpina", "token": "wrong"}}).want(201)
	ready := s.readyFile()
	noun := "/submissions/" + s.broker.do("POST", ready+"/submissions", object{"lender_id": lender}).want(201).str("id")
	s.broker.send(noun, "submit", nil).want(200)
	var id string
	eventually(s.t, "the failed operation", func() bool {
		o, _ := s.broker.do("GET", noun, nil).want(200).body["operation"].(object)
		if o["state"] == "waiting_user" {
			id = o["id"].(string)
		}
		return id != ""
	})
	return id
}

// readyFile carries another file of A to ready_to_submit.
func (s *story) readyFile() string {
	s.t.Helper()
	kept := s.app
	defer func() { s.app = kept }()
	s.app = "/applications/" + s.broker.do("POST", "/applications", s.asked()).want(201).str("id")
	s.broker.do("POST", s.app+"/parties", object{"subject_id": s.subjects["Rossi"], "role_type": "applicant"}).want(201)
	s.broker.do("POST", s.app+"/properties", object{"property_id": s.home, "purpose": "mortgaged"}).want(201)
	read := s.broker.do("GET", s.app, nil).want(200)
	s.broker.do("PATCH", s.app, object{"amount_cents": 100_000_00}, read.match()).want(200) // within every bank's limits
	for _, event := range []string{"sign_mandate", "open_collection", "declare_complete"} {
		s.settle("mandated", "")
		if event == "declare_complete" {
			s.settle("collection", "")
		}
		s.broker.send(s.app, event, nil).want(200)
	}
	s.office.send(s.app, "release", nil).want(200)
	return s.app
}

// database is one connection to the program's database as a role.
type database struct {
	t    testing.TB
	conn *pgx.Conn
}

// database connects to the running program's PostgreSQL by the secrets of its data directory.
func (s *story) database(role string) *database {
	s.t.Helper()
	name, secret := "pratica", filepath.Join(s.program.dir, "role-password")
	if role == "postgres" {
		secret = filepath.Join(s.program.dir, "postgres", "password")
	}
	password, err := os.ReadFile(secret)
	must(s.t, err)
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, string(password)), Path: "/" + name, RawQuery: url.Values{"host": {s.socket()}}.Encode()}
	conn, err := pgx.Connect(context.Background(), u.String())
	must(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &database{s.t, conn}
}

// socket is the folder of the program's PostgreSQL socket.
func (s *story) socket() string {
	sum := sha256.Sum256([]byte(filepath.Join(s.program.dir, "postgres")))
	return filepath.Join(os.TempDir(), "pratica-"+hex.EncodeToString(sum[:6]))
}

func (d *database) exec(sql string, args ...any) {
	d.t.Helper()
	_, err := d.conn.Exec(context.Background(), sql, args...)
	must(d.t, err)
}

func (d *database) texts(sql string, args ...any) []string {
	d.t.Helper()
	rows, err := d.conn.Query(context.Background(), sql, args...)
	must(d.t, err)
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(d.t, err)
	return slices.Clip(out)
}

// as counts within a transaction that has entered a tenant, as every request of the product does.
func (d *database) as(tenant, count string, args ...any) (n int) {
	d.t.Helper()
	ctx := context.Background()
	must(d.t, pgx.BeginFunc(ctx, d.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select set_config('app.tenant_id', $1, true), set_config('app.sight', 'all', true)", tenant); err != nil {
			return err
		}
		return tx.QueryRow(ctx, count, args...).Scan(&n)
	}))
	return n
}

// try runs a statement within a tenant's transaction and returns what the database says to it.
func (d *database) try(tenant, sql string, args ...any) error {
	d.t.Helper()
	ctx := context.Background()
	return pgx.BeginFunc(ctx, d.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select set_config('app.tenant_id', $1, true), set_config('app.sight', 'all', true)", tenant); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}

// address is the first URL on the box's line that has a word.
func (p *program) address(word string) string {
	p.t.Helper()
	for _, line := range p.box {
		if i := strings.Index(line, "http://"); i >= 0 && strings.Contains(line, word) {
			return strings.TrimSuffix(strings.Fields(line[i:])[0], "/")
		}
	}
	p.t.Fatalf("no line of the box has %q", word)
	return ""
}

// accounts is a connection to the accounts at a bank.
func (s *story) accounts() string {
	s.t.Helper()
	const name = "Conti Aurora"
	for _, c := range s.admin.do("GET", "/connections", nil).want(200).items() {
		if c["name"] == name {
			return c["id"].(string)
		}
	}
	return s.admin.do("POST", "/connections", object{"connector": "berlingroup", "lender_id": "", "name": name, "config": object{"url": s.bank() + "/aurora/psd2", "token": "demo-aurora"}}).want(201).str("id")
}

// bankConsent asks somebody of a file for a consent over it.
func (s *story) bankConsent(app string) (path string, body object) {
	person := s.subjects["Verdi"]
	if !bytes.Contains(s.broker.do("GET", app+"/graph", nil).want(200).raw, []byte(person)) {
		s.broker.do("POST", app+"/parties", object{"subject_id": person, "role_type": "guarantor"}).want(201)
	}
	return "/subjects/" + person + "/bank-consents", object{"application_id": strings.TrimPrefix(app, "/applications/"), "connection_id": s.accounts(), "institution": "", "institution_name": "Banca Aurora", "valid_until": day(90)}
}

// outside are rows of what comes from outside, one of each table, about what is there.
var outside = []string{
	`insert into bank_consent_refs (tenant_id, consent_id, reference) select tenant_id, id, 'at the bank' from bank_consents where tenant_id = $1 limit 1`,
	`insert into bank_pages (tenant_id, id, read_id, subject_id, account, number, page) select r.tenant_id, gen_random_uuid(), r.id, r.subject_id, 9, 9, '\x00' from bank_reads r where r.tenant_id = $1 limit 1`,
	`insert into cash_flows (tenant_id, id, subject_id, consent_id, read_id, figures, from_on, to_on, at) select r.tenant_id, gen_random_uuid(), r.subject_id, r.consent_id, r.id, '\x00', r.from_on, r.to_on, now() from bank_reads r where r.tenant_id = $1 limit 1`,
	`insert into callbacks (tenant_id, id, connection_id, path, digest, request, operation_id, at) select o.tenant_id, gen_random_uuid(), o.connection_id, 'news', '\x00', '\x00', o.id, now() from operations o where o.tenant_id = $1 and o.connection_id is not null limit 1`,
	`insert into credit_reports (tenant_id, id, subject_id, application_id, connection_id, connector, purpose, consent_given_id, state, cost_cents, created_by, created_at)
		select b.tenant_id, gen_random_uuid(), b.subject_id, b.application_id, b.connection_id, 'bureau', 'creditworthiness', c.id, 'ready', 0, 'system', now()
		from bank_consents b join consents_given c using (tenant_id) where b.tenant_id = $1 limit 1`,
	`insert into verifications (tenant_id, id, subject_id, application_id, connection_id, connector, provider, level, created_by, created_at)
		select tenant_id, gen_random_uuid(), subject_id, application_id, connection_id, 'identity', 'spid', 'low', 'system', now() from bank_consents where tenant_id = $1 limit 1`,
}
