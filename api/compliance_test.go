package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// alike are what differs between any two runs: ids, instants, digests, signatures. Each becomes the how-manieth of its kind it is,
// so that what refers to the same thing still does.
var alike = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[a-z]{3}_[0-9a-z]{26}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z|[0-9a-f]{64}|"(signature|key_id|next_cursor|secret)":"[^"]*"|-----BEGIN[^"]*|/portal#[\w-]+`)

type leveller map[string]string

func (l leveller) level(text string) string {
	return alike.ReplaceAllStringFunc(text, func(s string) string {
		if l[s] == "" {
			l[s] = fmt.Sprintf("<%d>", len(l))
		}
		return l[s]
	})
}

// everything is what everybody but compliance can read of an agency, and what its workers would send to browsers.
func everything(t *testing.T, secret bool) string {
	s := newSite(t)
	admin, broker, reader, officer := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "broker"), s.as(t, s.A, "read_only"), s.as(t, s.A, "compliance_officer")
	key := &caller{t: t, site: s, key: admin.do("POST", "/api-keys", map[string]any{"name": "machine", "roles": []string{"agency_admin"}}).want(201).str("secret")}
	data := person("Rossi", 2_600_00)
	data["email"] = "rossi@example.test"
	free := broker.do("POST", "/subjects", data).want(201)
	held := broker.do("POST", "/subjects", person("Bianchi", 2_600_00)).want(201)
	file := "/applications/" + broker.do("POST", "/applications", asked).want(201).str("id")
	broker.do("POST", file+"/parties", map[string]any{"subject_id": held.str("id"), "role_type": "applicant"}).want(201)
	broker.do("POST", "/subjects/"+free.str("id")+"/portal-access", nil, "Idempotency-Key: invited").want(201)
	var reports []string
	if secret {
		for _, who := range []answer{free, held} {
			made := officer.do("POST", "/suspicion-reports", map[string]any{"subject_id": who.str("id"), "application_id": strings.TrimPrefix(file, "/applications/"), "reason": "pays in cash"}, "Idempotency-Key: sos-"+who.str("id")).want(201)
			path := "/suspicion-reports/" + made.str("id")
			reports = append(reports, made.str("id"))
			officer.do("GET", path, nil).want(200)
			officer.do("GET", "/suspicion-reports", nil).want(200)
			officer.do("PATCH", path, map[string]any{"state": "sent", "uif_protocol": "UIF-1"}, made.match()).want(200)
		}
	}
	must(t, s.deps.Audit.SealAll(t.Context()))
	var out strings.Builder
	tell := func(who string, a answer) {
		fmt.Fprintf(&out, "%s %s: %d %s %s\n", who, a.what, a.Status, a.Header.Get("ETag"), a.raw)
	}
	people := []struct {
		name string
		*caller
	}{{"admin", admin}, {"broker", broker}, {"reader", reader}, {"key", key}}
	rossi := person("Rossi", 1)["tax_code"].(string)
	for _, p := range people {
		for _, path := range []string{"/me", "/subjects", "/subjects?q=Rossi", "/subjects/" + held.str("id"), "/subjects/" + held.str("id") + "/applications", "/search?q=Rossi", "/search?q=pays", "/search?q=UIF", "/search?q=" + rossi,
			"/applications", file, file + "/graph", file + "/history", file + "/events", file + "/checklist", file + "/tasks", file + "/notes", "/tasks", "/jobs", "/operations", "/members", "/agency", "/suspicion-reports", "/suspicion-trail"} {
			tell(p.name, p.do("GET", path, nil))
		}
	}
	tell("broker", broker.do("PATCH", "/subjects/"+held.str("id"), map[string]any{"email": "b@example.test"}, held.match()))
	tell("broker", broker.do("DELETE", "/subjects/"+free.str("id"), nil, free.match()))
	tell("broker", broker.do("DELETE", "/subjects/"+held.str("id"), nil, `If-Match: "2"`))
	gone := "/subjects/" + free.str("id")
	for _, p := range people { // whoever is gone is gone, to all but the reports
		for _, path := range []string{gone, gone + "/applications", gone + "/portal-access", "/subjects?q=" + rossi, "/subjects", "/privacy/retention"} {
			tell(p.name, p.do("GET", path, nil))
		}
	}
	tell("officer", officer.do("GET", gone, nil))
	tell("officer", officer.do("GET", gone+"/erasure", nil))
	tell("broker", broker.do("PATCH", gone, map[string]any{"email": "b@example.test"}, free.match()))
	tell("broker", broker.do("POST", gone+"/portal-access", nil, "Idempotency-Key: gone-portal"))
	tell("broker", broker.do("POST", file+"/parties", map[string]any{"subject_id": free.str("id"), "role_type": "applicant"}, "Idempotency-Key: gone-party"))
	tell("broker", broker.do("POST", file+"/documents", map[string]any{"kind": "identity", "subject_id": free.str("id")}, "Idempotency-Key: gone-paper"))
	tell("broker", broker.do("DELETE", gone, nil, free.match()))
	again := broker.do("POST", "/subjects", person("Rossi", 2_600_00), "Idempotency-Key: again").want(201)
	tell("broker", again)
	tell("broker", broker.do("DELETE", "/subjects/"+again.str("id"), nil, again.match()))
	if secret {
		about := officer.do("GET", "/suspicion-reports/"+reports[0], nil).want(200)
		if who, _ := about.body["person"].(map[string]any); about.str("subject_id") != free.str("id") || who["display_name"] != "Rossi Mario" || who["tax_code"] != rossi {
			t.Errorf("compliance reads of whom it reported: %s", about.raw)
		}
	}
	for _, p := range people {
		for _, path := range []string{"/audit", "/audit?limit=3", "/audit?ref=" + held.str("id"), "/audit?action=suspicion_report.created", "/audit/proof", "/audit/proof?from=1", "/audit/export"} {
			tell(p.name, p.do("GET", path, nil))
		}
	}
	for _, table := range []string{"outbox", "jobs", "audit_entries", "audit_chain", "tasks", "history"} {
		rows, err := s.Raw(t, "", `select coalesce(string_agg(x::text, E'\n'), '') from (select to_jsonb(r) as x from `+table+` r where tenant_id = $1 order by 1) r`, s.A.ID)
		must(t, err)
		fmt.Fprintf(&out, "%s %d\n", table, strings.Count(rows, "\n"))
	}
	outbox, err := s.Raw(t, "", `select coalesce(string_agg(concat_ws(' ', topic, ref, payload), E'\n' order by created_at, id), '') from outbox where tenant_id = $1`, s.A.ID)
	must(t, err)
	out.WriteString(outbox)
	return leveller{}.level(out.String())
}

// TestSuspicionIsSecret: everything an agency admin, a broker, a reader and a key can read, and everything that is sent to browsers, is
// byte for byte the same with and without suspicion reports.
func TestSuspicionIsSecret(t *testing.T) {
	with, without := strings.Split(everything(t, true), "\n"), strings.Split(everything(t, false), "\n")
	if len(with) < 100 || !strings.Contains(strings.Join(with, "\n"), `"action":"subject.deleted"`) {
		t.Fatalf("only %d lines were read", len(with))
	}
	for i := range max(len(with), len(without)) {
		if i >= len(with) || i >= len(without) || with[i] != without[i] {
			t.Fatalf("line %d\nwith    %.3000s\nwithout %.3000s", i, with[min(i, len(with)-1)], without[min(i, len(without)-1)])
		}
	}
}

// TestSuspicionReports: compliance writes, reads and ends a report; to everybody else its address is as if there were none.
func TestSuspicionReports(t *testing.T) {
	s := newSite(t)
	admin, officer := s.as(t, s.A, "agency_admin"), s.as(t, s.A, "compliance_officer")
	who := officer.do("POST", "/subjects", person("Rossi", 2_600_00)).want(201).str("id")
	made := officer.do("POST", "/suspicion-reports", map[string]any{"subject_id": who, "reason": "pays in cash"}, "Idempotency-Key: sos").want(201)
	path := "/suspicion-reports/" + made.str("id")
	if made.str("reason") != "pays in cash" || made.str("state") != "draft" {
		t.Errorf("%s", made.raw)
	}
	officer.do("PATCH", path, map[string]any{"state": "sent"}, made.match()).code(422, "suspicion_report.protocol")
	officer.do("PATCH", path, map[string]any{"version": "9"}, made.match()).code(422, "input.invalid")
	officer.do("PATCH", path, map[string]any{"reason": "more"}, `If-Match: "7"`).code(412, "version.stale")
	changed := officer.do("PATCH", path, map[string]any{"reason": "pays in cash, much"}, made.match()).want(200)
	sent := officer.do("PATCH", path, map[string]any{"state": "sent", "uif_protocol": "UIF-1"}, changed.match()).want(200)
	officer.do("PATCH", path, map[string]any{"reason": "nothing"}, sent.match()).code(409, "suspicion_report.final")
	officer.do("PATCH", path, map[string]any{"state": "draft"}, sent.match()).code(409, "suspicion_report.state")
	officer.do("PATCH", path, map[string]any{"state": "archived"}, sent.match()).want(200)
	if read := officer.do("GET", path, nil).want(200); read.str("reason") != "pays in cash, much" || read.str("uif_protocol") != "UIF-1" {
		t.Errorf("%s", read.raw)
	}
	if n := len(officer.do("GET", "/suspicion-reports", nil).want(200).items()); n != 1 {
		t.Errorf("%d in the list", n)
	}
	var done []string
	for _, e := range officer.do("GET", "/suspicion-trail", nil).want(200).items() {
		done = append(done, e["action"].(string))
	}
	if got := strings.Join(done, " "); got != "suspicion_reports.listed suspicion_report.seen suspicion_report.changed suspicion_report.changed suspicion_report.changed suspicion_report.created" {
		t.Errorf("trail: %s", got)
	}
	officer.do("POST", "/suspicion-reports", map[string]any{"subject_id": made.str("id"), "reason": "x"}).want(422)
	officer.do("POST", "/suspicion-reports", map[string]any{"subject_id": strings.Replace(who, "sub_0", "sub_1", 1), "reason": "x"}).code(404, "subject.not_found")
	s.as(t, s.B, "compliance_officer").do("GET", path, nil).code(404, "suspicion_report.not_found")

	key := func(roles ...string) *caller {
		return &caller{t: t, site: s, key: admin.do("POST", "/api-keys", map[string]any{"name": roles[0], "roles": roles}).want(201).str("secret")}
	}
	absent := strings.Replace(path, "sus_0", "sus_1", 1)
	for name, c := range map[string]*caller{"admin": admin, "broker": s.as(t, s.A, "broker"), "office": s.as(t, s.A, "back_office"), "reader": s.as(t, s.A, "read_only"), "key": key("agency_admin"), "a key of compliance": key("compliance_officer"), "B": s.as(t, s.B, "agency_admin")} {
		for _, method := range []string{http.MethodGet, http.MethodPatch} {
			there, not := c.do(method, path, map[string]any{"reason": "x"}, `If-Match: "1"`).code(404, "route.not_found"), c.do(method, absent, map[string]any{"reason": "x"}, `If-Match: "1"`)
			if leveller.level(leveller{}, string(there.raw)) != leveller.level(leveller{}, string(not.raw)) || there.Status != not.Status {
				t.Errorf("%s tells %s from %s", name, there.raw, not.raw)
			}
		}
		c.do("GET", "/suspicion-reports", nil).code(403, "access.denied")
		c.do("POST", "/suspicion-reports", map[string]any{"subject_id": who, "reason": "x"}).code(403, "access.denied")
	}
	// No agency can hand the permission out, and a dump shows no reason.
	if _, err := s.Raw(t, "pratica_app", `insert into policy_rules (tenant_id, id, role, action) values ($1, gen_random_uuid(), 'agency_admin', 'compliance.report')`, s.A.ID); err == nil {
		t.Error("a rule gave it to the admin")
	}
	for _, table := range []string{"suspicion_reports", "idempotency_keys", "confidential_audit_entries"} {
		if n, err := s.Raw(t, "", `select count(*)::text from `+table+` r where r::text like '%cash%' or r::text like '%' || encode('pays in cash', 'hex') || '%'`); err != nil || n != "0" {
			t.Errorf("%s shows %s reasons (%v)", table, n, err)
		}
	}
}
