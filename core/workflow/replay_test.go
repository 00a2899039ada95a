package workflow

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// book plays events on a machine and keeps what a database would: rows and fact changes, through JSON.
type book struct {
	t        *testing.T
	m        *Machine
	inst     Instance
	facts    Facts // what the features compute
	recorded Facts
	entries  []Entry
	changes  []FactChange
	now      time.Time
}

func (b *book) world() World { return World{Facts: b.facts, Now: b.now} }

func (b *book) keep(r Result, ev Event) Result {
	b.t.Helper()
	entry, read, ok := b.m.Entry(&r, ev, b.now, b.recorded)
	b.inst = r.Instance
	if ok {
		b.entries = append(b.entries, entry)
		for _, c := range append(read, r.FactChanges...) {
			b.changes = append(b.changes, c)
			b.recorded[c.Name] = c.Value
			b.facts[c.Name] = c.Value
		}
	}
	b.now = b.now.Add(time.Hour)
	return r
}

func (b *book) send(name, actor, role string) Result {
	b.t.Helper()
	ev := Event{Name: name, Actor: Actor{ID: actor, Roles: []string{role}}}
	return b.keep(b.m.Step(b.inst, ev, b.world()), ev)
}

func (b *book) set(facts map[string]any) {
	normal, err := b.m.Normalize(facts)
	if err != nil {
		b.t.Fatal(err)
	}
	for k, v := range normal {
		b.facts[k] = v
	}
}

// stored sends the rows through JSON, as a database does.
func (b *book) stored() ([]Entry, []FactChange) {
	b.t.Helper()
	raw, err := json.Marshal(map[string]any{"entries": b.entries, "changes": b.changes})
	if err != nil {
		b.t.Fatal(err)
	}
	var out struct {
		Entries []Entry      `json:"entries"`
		Changes []FactChange `json:"changes"`
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		b.t.Fatal(err)
	}
	return out.Entries, out.Changes
}

func lifeOfAFile(t *testing.T) *book {
	t.Helper()
	m, findings := Compile(read(t, "../../tenants/templates/application.yaml"))
	if m == nil {
		t.Fatal(findings)
	}
	b := &book{t: t, m: m, facts: Facts{}, recorded: Facts{}, now: testClock}
	b.keep(b.m.Start(b.world()), Event{Actor: System()})
	b.set(map[string]any{"parties": []any{map[string]any{"subject_id": "s1", "role_type": "applicant"}}, "product_kind": "mortgage", "ltv_bps": 8600, "dti_bps": 3000,
		"risk_profile": "low", "pep": false, "planned_submission": "2026-02-01", "submissions_open": 0, "checklist.complete": false})
	b.send("sign_mandate", "u1", "broker")
	b.send("open_collection", "u1", "broker")
	b.send("declare_complete", "u1", "broker") // refused: no row
	b.set(map[string]any{"ltv_bps": 7900, "checklist.complete": true})
	b.keep(b.m.FactsChanged(b.inst, b.world()), Event{Actor: System()})
	b.send("declare_complete", "u1", "broker")
	b.now = b.inst.Timers[0].Due
	b.keep(b.m.Fire(b.inst, b.inst.Timers[0], b.world()), Event{Name: "check_overdue", Actor: System()})
	b.send("release", "u2", "back_office")
	b.set(map[string]any{"ltv_bps": 8100})
	b.keep(b.m.Waive(b.inst, "inv_ltv", "extra guarantee", Actor{ID: "c1", Roles: []string{"compliance_officer"}}, b.world()),
		Event{Name: "waive", Actor: Actor{ID: "c1", Roles: []string{"compliance_officer"}}, Reason: "extra guarantee"})
	b.send("lender_submitted", "system", "system")
	b.send("submission_accepted", "system", "system")
	if r := b.send("disburse", "u1", "broker"); r.Outcome != Fired || !r.Finished() {
		t.Fatalf("%+v", r)
	}
	return b
}

func TestReplayGivesTheStoredState(t *testing.T) {
	b := lifeOfAFile(t)
	entries, changes := b.stored()
	r := b.m.Replay(entries, changes, nil)
	if !r.OK || !slices.Equal(r.Instance.States, []string{"disbursed"}) || r.Instance.Ended != "won" || r.Instance.Head != b.inst.Head {
		t.Errorf("%+v", r)
	}
	if len(r.Verdicts) != len(b.entries) || len(b.entries) != 11 {
		t.Errorf("%d verdicts for %d rows", len(r.Verdicts), len(b.entries))
	}
}

// Whatever is altered in whichever row, the replay names that row.
func TestReplayNamesTheAlteredRow(t *testing.T) {
	b := lifeOfAFile(t)
	alter := map[string]func(*Entry){
		"actor":   func(e *Entry) { e.Actor.ID = "somebody" },
		"time":    func(e *Entry) { e.At = e.At.Add(time.Second) },
		"target":  func(e *Entry) { e.To = []string{"disbursed"} },
		"reason":  func(e *Entry) { e.Reason = "other" },
		"digest":  func(e *Entry) { e.FactsDigest = strings.Repeat("0", 64) },
		"clauses": func(e *Entry) { e.Clauses = []ClauseOutcome{} },
		"event":   func(e *Entry) { e.Event = "release" },
	}
	for what, change := range alter {
		for i := range b.entries {
			entries, changes := b.stored()
			before, _ := json.Marshal(entries[i])
			change(&entries[i])
			if after, _ := json.Marshal(entries[i]); string(before) == string(after) {
				continue
			}
			if r := b.m.Replay(entries, changes, nil); r.OK || r.Bad != entries[i].Sequence {
				t.Errorf("%s of row %d: ok=%v bad=%d", what, entries[i].Sequence, r.OK, r.Bad)
			}
		}
	}
}

// A row whose hash was made anew is still out of the chain, and what it claims does not come out again.
func TestReplayNamesAForgedRow(t *testing.T) {
	b := lifeOfAFile(t)
	entries, changes := b.stored()
	entries[5].Actor.ID = "u1" // the preparer released after all
	entries[5].Hash = entries[5].digest()
	if r := b.m.Replay(entries, changes, nil); r.OK {
		t.Error("a forged row passes")
	}
	entries, changes = b.stored()
	entries = slices.Delete(entries, 3, 4)
	if r := b.m.Replay(entries, changes, nil); r.OK || r.Bad != entries[3].Sequence {
		t.Errorf("a removed row: %+v", r)
	}
}

func TestReplayNamesAlteredFacts(t *testing.T) {
	b := lifeOfAFile(t)
	entries, changes := b.stored()
	i := slices.IndexFunc(changes, func(c FactChange) bool { return c.Name == "ltv_bps" && c.Value == float64(7900) })
	changes[i].Value = 7000
	r := b.m.Replay(entries, changes, nil)
	if r.OK || r.Bad != changes[i].Sequence || r.Verdicts[slices.IndexFunc(r.Verdicts, func(v ReplayVerdict) bool { return v.Sequence == r.Bad })].Verdict != ReplayFacts {
		t.Errorf("%+v", r)
	}
}

func TestReplayOfErasedValuesIsAVerdictOfItsOwn(t *testing.T) {
	b := lifeOfAFile(t)
	entries, changes := b.stored()
	for i := range changes {
		if changes[i].Name == "parties" {
			changes[i].Value, changes[i].Erased = nil, true
		}
	}
	r := b.m.Replay(entries, changes, nil)
	if !r.OK || !slices.ContainsFunc(r.Verdicts, func(v ReplayVerdict) bool { return v.Verdict == ReplayErased }) {
		t.Errorf("%+v", r.Verdicts)
	}
}
