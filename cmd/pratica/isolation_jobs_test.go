package main

import (
	"fmt"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/isolation"
)

// jobs has A do one of each kind of long work, and then gives B the same orders with A's ids in them, as if some route had let them
// through: the worker does them under B's name, and nothing of A changes or is told.
func (s *isolated) jobs() {
	s.t.Helper()
	full := s.a.full
	(&story{t: s.t, broker: full, admin: full}).migrated()
	full.do("POST", "/workflows/mortgage/divergence", object{"version": 1, "since": day(-30)}).want(202)
	full.do("POST", "/agency/keys/rotate", nil).want(202)
	ended := func(one *side) map[string]object { // the last job of each kind, once all have ended
		out := map[string]object{}
		eventually(s.t, "the jobs of "+one.word, func() bool {
			clear(out)
			for _, j := range one.full.do("GET", "/jobs", nil).want(200).items() {
				if kind := j["kind"].(string); s.app.kinds[kind] != nil && out[kind] == nil {
					out[kind] = j
				}
				if s.app.kinds[j["kind"].(string)] != nil && (j["state"] == "queued" || j["state"] == "running") {
					return false
				}
			}
			return true
		})
		return out
	}
	done := ended(s.a)
	before := s.rowsOf(s.a)
	type order struct{ stolen, never ident.JobID } // B's jobs, with A's ids and with ids that never were
	orders := map[string]order{}
	for kind := range s.app.kinds {
		if done[kind] == nil || done[kind]["state"] != "done" || done[kind]["done"].(float64) == 0 {
			s.t.Errorf("A has done no %s: %v", kind, done[kind])
			continue
		}
		var of ident.JobID
		must(s.t, of.UnmarshalText([]byte(done[kind]["id"].(string))))
		o := order{ident.NewJob(), ident.NewJob()}
		for ref, job := range map[string]ident.JobID{"ref": o.stolen, "overlay(ref::text placing 'ffffffff' from 29)::uuid": o.never} {
			s.world.Exec(s.t, `with laid as (insert into jobs (tenant_id, id, kind, request, about, created_by, created_at, turn_at)
				select $1, $2, kind, request, '{}', 'system', now(), now() from jobs where id = $3)
				insert into job_items (tenant_id, job_id, number, noun, ref, label) select $1, $2, number, noun, `+ref+`, '' from job_items where job_id = $3`, s.b.agency.ID, job, of)
		}
		orders[kind] = o
	}
	ended(s.b)
	for table, rows := range s.rowsOf(s.a) {
		if rows != before[table] && unstill[table] == "" {
			s.t.Errorf("a job of B has changed %s of A", table)
		}
	}
	for kind, o := range orders {
		came := func(id ident.JobID) (string, object) {
			told := s.b.full.do("GET", "/jobs/"+id.String(), nil).want(200)
			items := s.b.full.do("GET", "/jobs/"+id.String()+"/items", nil).want(200)
			said := fmt.Sprintln(told.body["state"], told.body["total"], told.body["done"], told.body["skipped"], told.body["failed"])
			for _, i := range items.items() {
				if what := s.a.belongs(encoded(i), fmt.Sprint(i["ref"])); what != "" {
					s.t.Errorf("%s with A's ids tells %s: %s", kind, what, encoded(i))
				}
				said += fmt.Sprintln(i["number"], i["state"], i["notable"], typedID.ReplaceAllString(encoded(i["result"]), "…"))
			}
			return said, told.body
		}
		got, told := came(o.stolen)
		if never, _ := came(o.never); got != never {
			s.t.Errorf("%s with A's ids came to\n%s, and with ids that never were to\n%s", kind, got, never)
		}
		s.report.Add(isolation.Pair{Kind: "job", Object: kind, Through: "the worker, for B", Tried: "an order with A's ids", Other: fmt.Sprintf("%v, as for ids that never were; nothing of A changed or told", told["state"]), Owner: fmt.Sprintf("done, %v items", done[kind]["done"])})
	}
}
