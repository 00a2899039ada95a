package main

import (
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/isolation"
)

// letsIn has somebody of the network look into an agency, which has approved it.
func (s *isolated) letsIn(one *side) {
	s.t.Helper()
	one.support = s.session("supporter of "+one.word, s.world.NetworkToken(s.t))
	asks := "/networks/" + s.world.Network.String() + "/support-requests"
	ask := object{"agency_id": one.agency.ID.String(), "reason": "una pratica che non avanza", "hours": 2}
	id := one.support.do("POST", asks, ask).want(201).str("id")
	one.full.do("POST", "/support-requests/"+id+"/approve", nil).want(200)
	one.support.do("POST", "/auth/agency", object{"agency_id": one.agency.ID.String()}).want(200)
	one.made["/support-requests"] = id
}

// unstill are the tables of an agency that change while nobody of it, and no supporter, writes anything.
var unstill = map[string]string{
	"outbox": "news on their way", "operations": "retried by the worker", "jobs": "done by the worker", "agency_rollups": "counted by the worker",
	"audit_entries": "what a supporter looks at is written down", "audit_chain": "the same", "audit_checkpoints": "signed by the worker",
	"confidential_audit_checkpoints": "signed by the worker", "idempotency_keys": "answers to refused requests, forgotten by time",
}

// supported: who looks into B under a grant reads B, writes nothing there, and is told nothing of A.
func (s *isolated) supported() {
	s.t.Helper()
	read, refused, before := 0, 0, s.rowsOf(s.b)
	for _, r := range s.table("GET", "POST", "PATCH", "PUT", "DELETE") {
		path, ok := s.fill(r.Path, s.b)
		if !ok || strings.HasPrefix(path, "/d/") {
			continue
		}
		key := r.Method + " " + strings.TrimPrefix(r.Path, "/api/v1")
		a := s.b.support.do(r.Method, s.asks(r, path, s.b), s.body(r, s.b, false), "If-Match: \"1\"", "X-File-Name: a.pdf")
		switch {
		case a.status >= 500:
			s.t.Errorf("%s: %d: %.300s", a.what, a.status, a.raw)
		case r.Method != "GET" && a.status < 400:
			s.t.Errorf("%s: %d, though a support view reads only", a.what, a.status)
		case r.Method != "GET":
			refused++
		case a.status == 200:
			read++
		}
		if told := s.a.belongs(a.plain(), path); told != "" {
			s.t.Errorf("%s tells %s", a.what, told)
		}
		s.report.Add(isolation.Pair{Kind: "route", Object: key, Through: "supporter of B", Tried: "look into B under its grant", Other: "nothing of A, nothing written", Owner: fmt.Sprint(a.status)})
	}
	for table, rows := range s.rowsOf(s.b) {
		if rows != before[table] && unstill[table] == "" {
			s.t.Errorf("a support view has changed %s", table)
		}
	}
	if read < 20 || refused < 40 {
		s.t.Errorf("%d routes were read and %d refused: nothing was proved", read, refused)
	}
	s.report.Note("support access", fmt.Sprintf("under a grant of B somebody of the network read %d routes of B, was refused all %d that write, and left every table of B as it was but for its own trail", read, refused))
}

// rowsOf sums up what an agency has in each of its tables.
func (s *isolated) rowsOf(one *side) map[string]string {
	s.t.Helper()
	out := map[string]string{}
	names, err := s.world.Raw(s.t, "", `select string_agg(c.relname, ' ') from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
		where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`)
	must(s.t, err)
	for _, name := range strings.Fields(names) {
		out[name], err = s.world.Raw(s.t, "", `select count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') from `+name+` t where tenant_id = $1`, one.agency.ID)
		must(s.t, err)
	}
	return out
}
