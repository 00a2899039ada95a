package workflow

import "testing"

const released = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: released}
subject: application
states: {check: {kind: atomic, initial: true}, out: {kind: final, outcome: won}}
events: {release: {by: [boss]}}
transitions: [{id: t_release, from: check, on: release, to: out, approvals: {count: 2, roles: [boss], distinct_from: [prepared_by]}}]
`

// TestDelegateApproves: an approval given for somebody is theirs and the giver's: neither gives another, and neither may be
// the one who prepared.
func TestDelegateApproves(t *testing.T) {
	m, findings := Compile([]byte(released))
	if m == nil {
		t.Fatal(findings)
	}
	boss := func(id, absent string) Actor { return Actor{ID: id, Roles: []string{"boss"}, For: absent} }
	for name, c := range map[string]struct {
		first, second Actor
		want          [2]string
	}{
		"two people":                   {boss("x", ""), boss("y", ""), [2]string{Recorded, Fired}},
		"one for another":              {boss("x", "y"), boss("z", ""), [2]string{Recorded, Fired}},
		"the absent one comes back":    {boss("x", "y"), boss("y", ""), [2]string{Recorded, Refused}},
		"the delegate for themselves":  {boss("x", "y"), boss("x", ""), [2]string{Recorded, Refused}},
		"the delegate for two":         {boss("x", "y"), boss("x", "z"), [2]string{Recorded, Refused}},
		"two delegates of one":         {boss("x", "y"), boss("z", "y"), [2]string{Recorded, Refused}},
		"who prepared is the delegate": {boss("p", "y"), boss("z", ""), [2]string{Refused, Recorded}},
		"who prepared is absent":       {boss("x", "p"), boss("z", ""), [2]string{Refused, Recorded}},
	} {
		t.Run(name, func(t *testing.T) {
			w := World{Facts: Facts{"prepared_by": "p"}, Now: testClock}
			inst := m.Start(w).Instance
			for i, actor := range []Actor{c.first, c.second} {
				r := m.Step(inst, Event{Name: "release", Actor: actor}, w)
				if r.Outcome != c.want[i] {
					t.Errorf("step %d: %s, want %s: %+v", i+1, r.Outcome, c.want[i], r.Blockers)
				}
				if r.Outcome == Recorded && (r.Instance.Approvals[0].For != actor.For || !m.Approves(r)) {
					t.Errorf("recorded as %+v", r.Instance.Approvals)
				}
				inst = r.Instance
			}
		})
	}
}
