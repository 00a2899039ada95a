package instances_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/workflow/divergence"
)

// TestDivergenceOverRecordedHistory: under its own template no file goes another way, not even one that has moved between versions;
// under another one the files that would are named, with the step.
func TestDivergenceOverRecordedHistory(t *testing.T) {
	m := newMoving(t)
	ctx, write := t.Context(), m.A.Do("agency_admin", "workflows.write")
	diverge := func(in instances.DivergenceRequest) (jobs.Job, map[string]divergence.Verdict) {
		t.Helper()
		if in.Since.IsZero() {
			in.Since = calendar.On(2026, 10, 1)
		}
		j, err := m.Templates.Diverge(ctx, write, "visit", in)
		must(t, err)
		m.Work(t)
		items, err := m.Jobs.Items(ctx, m.A.Do("agency_admin", "jobs.read"), j.ID, jobs.ItemFilter{Notable: true})
		must(t, err)
		out := map[string]divergence.Verdict{}
		for _, i := range items.Items {
			var v divergence.Verdict
			must(t, json.Unmarshal(i.Result, &v))
			out[i.Label] = v
		}
		return m.job(j.ID), out
	}
	if j, same := diverge(instances.DivergenceRequest{Version: 1}); j.State != "done" || j.Done != 3 || len(same) != 0 {
		t.Errorf("under its own template: %+v %+v", j, same)
	}
	_, err := m.migrate(1, 2, visitPlan)
	must(t, err)
	m.Work(t)
	m.wantStands("2:open 2:review 2:checked")
	_, differ := diverge(instances.DivergenceRequest{Source: strings.Replace(visit, "on: check, to: checked}",
		"on: check, to: checked, guards: [{id: g_reviewed, expr: reviewed >= 2}]}", 1)})
	if v := differ["2026-0003"]; v.First == nil || v.First.Event != "check" || v.First.Stored.States[0] != "checked" ||
		v.First.Candidate.States[0] != "waiting" || v.First.Blockers[0].Code != "guard_false" || !v.EndsDifferently {
		t.Errorf("%+v", differ)
	}
	if j, none := diverge(instances.DivergenceRequest{Version: 1, Since: calendar.On(2030, 1, 1)}); j.Total != 0 || j.State != "done" || j.Percent != 100 || len(none) != 0 {
		t.Errorf("nothing has happened since 2030: %+v", j)
	}
	for code, in := range map[string]instances.DivergenceRequest{"workflow.source": {}, "workflow.key": {Source: strings.Replace(visit, "key: visit",
		"key: other", 1)}, "workflow.not_publishable": {Source: "a: ["}} {
		_, err := m.Templates.Diverge(ctx, write, "visit", in)
		wantFault(t, err, fault.Invalid, code)
	}
	_, err = m.Templates.Diverge(ctx, m.B.Do("agency_admin", "workflows.write"), "visit", instances.DivergenceRequest{Version: 1})
	wantFault(t, err, fault.NotFound, "workflow.version_not_found")
}
