package applications_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/workflow"
)

const personal = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: personal}
subject: application
facts: {type: object, properties: {pension_cents: {type: integer, minimum: 0, maximum: 1000000, x-owner: compliance_officer, x-pii: true}}}
states: {open: {kind: atomic, initial: true}, closed: {kind: final, outcome: won}}
events: {close: {}}
transitions: [{id: t_close, from: open, on: close, to: closed, guards: [{id: g_pension, expr: pension_cents <= 500}]}]
invariants: [{id: inv_pension, in: [open], expr: pension_cents <= 600}]
`

// TestPersonalFacts: a value marked x-pii is shown to holders of its owner's role only, wherever it is met; the words that go with it are everybody's.
func TestPersonalFacts(t *testing.T) {
	o := office.New(t)
	seed(t, o, personal)
	a, ctx, owner := o.File(t), t.Context(), "compliance_officer"
	_, err := o.Applications.SetFacts(ctx, o.A.Do(owner, "applications.write"), a.ID, a.Version, map[string]json.RawMessage{"pension_cents": json.RawMessage("777")})
	office.Must(t, err)
	valueIn := func(blockers []workflow.Blocker) any { return blockers[0].Facts[0].Value }
	for place, look := range map[string]func(role string) (any, error){
		"facts": func(role string) (any, error) {
			f, err := o.Applications.OwnFacts(ctx, o.A.Do(role, "applications.read"), a.ID)
			return f.Items[0].Value, err
		},
		"events": func(role string) (any, error) {
			f, err := o.Applications.Offers(ctx, o.A.Do(role, "applications.read"), a.ID)
			return valueIn(f.Items[0].Blockers), err
		},
		"plan": func(role string) (any, error) {
			p, err := o.Applications.Plan(ctx, o.A.Do(role, "applications.read"), a.ID, "closed")
			return valueIn([]workflow.Blocker{*p.Steps[0].Blocker}), err
		},
		"file": func(role string) (any, error) {
			f, err := o.Applications.Get(ctx, o.A.Do(role, "applications.read"), a.ID)
			return valueIn(f.Breaches[0].Blockers), err
		},
		"list": func(role string) (any, error) {
			l, err := o.Applications.List(ctx, o.A.Do(role, "applications.read"), applications.Filter{Query: page.Query{Limit: 1}})
			return valueIn(l.Items[0].Breaches[0].Blockers), err
		},
		"board": func(role string) (any, error) {
			b, err := o.Applications.Board(ctx, o.A.Do(role, "applications.read"), false)
			return valueIn(b.Columns[0].Items[0].Breaches[0].Blockers), err
		},
		"answer to a change": func(role string) (any, error) {
			f, err := o.Applications.Change(ctx, o.A.Do(role, "applications.write"), a.ID, 0, applications.Patch{})
			return valueIn(f.Breaches[0].Blockers), err
		},
	} {
		for role, want := range map[string]string{owner: "777", "agency_admin": "•••"} {
			if got, err := look(role); err != nil || fmt.Sprint(got) != want {
				t.Errorf("%s, %s: %v %v, want %s", place, role, got, err, want)
			}
		}
	}
	kept, err := o.Raw(t, "", `select breaches::text from instances where id = $1`, a.ID)
	if err != nil || strings.Contains(kept, "777") {
		t.Errorf("it is kept with its value after its owner looked: %s %v", kept, err)
	}
	try := func(in applications.Simulation) (applications.Simulated, error) {
		in.Source, in.ApplicationID = personal, a.ID
		return o.Applications.Simulate(ctx, o.A.Do("agency_admin", "workflows.write"), o.Templates, in)
	}
	factOf := func(s applications.Simulated) string {
		for _, f := range s.Facts {
			if f.Name == "pension_cents" {
				return fmt.Sprint(f.Value, " ", f.Source)
			}
		}
		return ""
	}
	s, err := try(applications.Simulation{Event: "close"})
	office.Must(t, err)
	if factOf(s) != "••• masked" || valueIn(s.Options[0].Blockers) != "•••" || valueIn(s.Result.Blockers) != "•••" {
		t.Errorf("simulated by somebody else: %s, %+v", factOf(s), s)
	}
	s, err = try(applications.Simulation{Facts: map[string]any{"pension_cents": 400}})
	office.Must(t, err)
	if factOf(s) != "400 edited" {
		t.Errorf("their own edit: %s", factOf(s))
	}
	o.Exec(t, `insert into policy_rules (tenant_id, id, role, action, effect) values ($1, gen_random_uuid(), 'agency_admin', 'applications.read', 'deny')`, o.A.ID)
	o.Exec(t, `update agencies set policy_version = policy_version + 1 where id = $1`, o.A.ID)
	_, err = try(applications.Simulation{})
	wantFault(t, "a file that the caller may not read", err, fault.Forbidden, "access.denied")
	_, err = o.Applications.Simulate(ctx, o.A.Do("agency_admin", "workflows.write"), o.Templates, applications.Simulation{Source: personal})
	office.Must(t, err)
}
