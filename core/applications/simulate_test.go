package applications_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/workflow"
)

const trial = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: trial}
subject: application
facts: {type: object, properties: {score: {type: integer, minimum: 0, maximum: 1000, x-owner: broker, x-fix: "form:score"}}}
states: {collection: {kind: atomic, initial: true}, check: {kind: atomic}, won_: {kind: final, outcome: won}}
events: {go: {by: [broker]}, close: {by: [agency_admin]}}
transitions:
  - {id: t_go, from: collection, on: go, to: check, guards: [{id: g_ltv, expr: ltv_bps <= 6000}, {id: g_docs, expr: checklist.complete(now)}], actions: [{do: notify, role: broker, template: x}]}
  - {id: t_close, from: check, on: close, to: won_, guards: [{id: g_score, expr: score >= 600}]}
`

// TestSimulate: a template nobody has stored, on a real file's facts; edits count, and nothing changes.
func TestSimulate(t *testing.T) {
	o := office.New(t)
	app, _, _ := o.Peopled(t) // LTV 5000; no paper is there yet
	ask := func(in applications.Simulation) (applications.Simulated, error) {
		in.Source = trial
		return o.Applications.Simulate(t.Context(), o.A.Do("agency_admin", "workflows.write"), o.Templates, in)
	}
	before, err := o.Raw(t, "", `select concat_ws(' ', (select count(*) from history), (select count(*) from audit_entries), (select sum(version) from instances))`)
	office.Must(t, err)
	for _, c := range []struct {
		name string
		in   applications.Simulation
		want string
	}{
		{"the file as it is", applications.Simulation{ApplicationID: app.ID, States: []string{"collection"}, Event: "go"}, "[collection] ltv_bps=5000 file; refused [collection] guard_false"},
		{"with its papers", applications.Simulation{ApplicationID: app.ID, States: []string{"collection"}, Event: "go", Facts: map[string]any{"checklist.complete": true}}, "[collection] ltv_bps=5000 file; fired [check] notify"},
		{"with another ratio", applications.Simulation{ApplicationID: app.ID, States: []string{"collection"}, Event: "go", Facts: map[string]any{"checklist.complete": true, "ltv_bps": 7000}}, "[collection] ltv_bps=7000 edited; refused [collection] guard_false"},
		{"without one", applications.Simulation{ApplicationID: app.ID, States: []string{"collection"}, Event: "go", Facts: map[string]any{"checklist.complete": true, "ltv_bps": nil}}, "[collection] ltv_bps=<nil> missing; refused [collection] fact_missing"},
		{"nobody's file starts", applications.Simulation{Event: "go"}, "[collection] ltv_bps=<nil> missing; refused [collection] fact_missing"},
		{"the wrong role", applications.Simulation{States: []string{"check"}, Role: "broker", Event: "close", Facts: map[string]any{"score": 700}}, "[check] ltv_bps=<nil> missing; refused [check] role"},
		{"the end", applications.Simulation{States: []string{"check"}, Role: "agency_admin", Event: "close", Facts: map[string]any{"score": 700}}, "[check] ltv_bps=<nil> missing; fired [won_] won"},
		{"only what could happen", applications.Simulation{States: []string{"check"}}, "[check] ltv_bps=<nil> missing; close false"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := ask(c.in)
			office.Must(t, err)
			if got := told(out); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	for code, in := range map[string]applications.Simulation{
		"simulation.states": {ApplicationID: app.ID, States: []string{"nowhere"}}, "event.unknown": {Event: "fly"},
		"simulation.facts": {Facts: map[string]any{"scor": 1, "score": "blue"}},
	} {
		if _, err := ask(in); fault.As(err).Code != code {
			t.Errorf("%v, want %s", err, code)
		}
	}
	after, err := o.Raw(t, "", `select concat_ws(' ', (select count(*) from history), (select count(*) from audit_entries), (select sum(version) from instances))`)
	office.Must(t, err)
	if before != after {
		t.Errorf("something was stored: %s, before %s", after, before)
	}
	_, err = o.Applications.Simulate(t.Context(), o.B.Do("agency_admin", "workflows.write"), o.Templates, applications.Simulation{Source: trial, ApplicationID: app.ID})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("B simulates with a file of A: %v", err)
	}
	_, err = o.Applications.Simulate(t.Context(), o.A.Do("broker", "workflows.write"), o.Templates, applications.Simulation{Source: trial})
	if !fault.Is(err, fault.Forbidden) {
		t.Errorf("a broker simulates: %v", err)
	}
}

func told(s applications.Simulated) string {
	var ltv applications.SimulatedFact
	for _, f := range s.Facts {
		if f.Name == "ltv_bps" {
			ltv = f
		}
	}
	words := []string{fmt.Sprintf("%v %s=%v %s;", s.States, ltv.Name, ltv.Value, ltv.Source)}
	if s.Result == nil {
		for _, o := range s.Options {
			words = append(words, o.Event, fmt.Sprint(o.Enabled))
		}
		return strings.Join(words, " ")
	}
	words = append(words, s.Result.Outcome, fmt.Sprint(s.Result.To))
	if s.Result.Ended != "" {
		words = append(words, s.Result.Ended)
	}
	for _, a := range s.Result.Actions {
		words = append(words, a.Do)
	}
	if len(s.Result.Blockers) > 0 && s.Result.Outcome == workflow.Refused {
		words = append(words, s.Result.Blockers[0].Code)
	}
	return strings.Join(words, " ")
}
