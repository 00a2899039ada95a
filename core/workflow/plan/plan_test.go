package plan

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

var clock = time.Date(2026, time.January, 15, 9, 0, 0, 0, time.UTC)

func compiled(t *testing.T, path string) *workflow.Machine {
	t.Helper()
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, findings := workflow.Compile(source)
	if m == nil {
		t.Fatal(findings)
	}
	return m
}

func standing(t *testing.T, m *workflow.Machine, facts map[string]any, states ...string) (workflow.Instance, workflow.World) {
	t.Helper()
	at, err := m.Configuration(states...)
	if err != nil {
		t.Fatal(err)
	}
	normal, err := m.Normalize(facts)
	if err != nil {
		t.Fatal(err)
	}
	return workflow.Instance{States: at, Sequence: 1}, workflow.World{Facts: normal, Now: clock}
}

// The plan names what is missing, who supplies it, the consents, and the events in their order.
func TestThePlanOfTheExample(t *testing.T) {
	m := compiled(t, "../testdata/mortgage-example.yaml")
	inst, w := standing(t, m, map[string]any{"checklist.complete": false, "ltv_bps": 8500, "created_by": "u1", "dti_bps": 3000}, "intake")
	p := To(m, inst, "approved", w)
	want := "4 steps: All documents valid (broker); submit (broker); ltv_bps <= params.max_ltv_bps (broker); decide (underwriter)"
	if !p.Reachable || p.Text.EN != want {
		t.Errorf("%s", p.Text.EN)
	}
	w.Facts["ltv_bps"] = nil
	inst.States = []string{"referred"}
	if p := To(m, inst, "approved", w); p.Text.IT != "3 passi: ltv_bps <= 9000 (broker); approve: approvazione 1 di 2 (senior_underwriter); approve (senior_underwriter)" {
		t.Errorf("%s", p.Text.IT)
	}
}

// Each step of a plan, once done, brings the machine on: following the plan to the letter ends where it says.
func TestFollowingThePlanGetsThere(t *testing.T) {
	m := compiled(t, "../../../tenants/templates/application.yaml")
	facts := map[string]any{"parties": []any{map[string]any{"subject_id": "s1", "role_type": "applicant"}}, "product_kind": "mortgage",
		"ltv_bps": 8600, "dti_bps": 3000, "planned_submission": "2026-03-01", "docs.valid.mandate": false, "pep": false, "submissions_open": 0}
	inst, w := standing(t, m, facts, "pre_assessment", "held")
	p := To(m, inst, "ready_to_submit", w)
	if len(p.Steps) != 8 || p.Steps[0].Event != "resume" {
		t.Error(p.Text.EN)
	}
	for _, s := range p.Steps {
		if s.Do == Clear {
			for _, f := range s.Blocker.Facts {
				w.Facts[f.Name] = map[string]any{"docs.valid.mandate": true, "ltv_bps": int64(7500), "risk_profile": "low", "product_kind": "mortgage", "pep": false, "dti_bps": int64(3000)}[f.Name]
			}
			continue
		}
		r := m.Step(inst, workflow.Event{Name: s.Event, Actor: workflow.Actor{ID: "u" + s.Event, Roles: s.By}}, w)
		if r.Outcome != workflow.Fired {
			t.Fatalf("%s: %+v", s.Event, r.Blockers)
		}
		inst = r.Instance
		for _, c := range r.FactChanges {
			w.Facts[c.Name] = c.Value
		}
	}
	if !m.Active(inst, "ready_to_submit") {
		t.Errorf("%v after %s", inst.States, p.Text.EN)
	}
}

func TestNoWay(t *testing.T) {
	m := compiled(t, "../testdata/mortgage-example.yaml")
	inst, w := standing(t, m, nil, "referred")
	if p := To(m, inst, "intake", w); p.Reachable || len(p.Steps) != 0 || !strings.Contains(p.Text.IT, "nessun percorso") {
		t.Errorf("%+v", p)
	}
	if p := To(m, inst, "referred", w); !p.Reachable || len(p.Steps) != 0 {
		t.Errorf("%+v", p)
	}
}
