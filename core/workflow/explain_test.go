package workflow

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// archive is a domain with a fixed set of failing documents.
type archive struct{ failures []Failure }

func (a archive) DocsValid(kind string, at time.Time) []Failure {
	var out []Failure
	for _, f := range a.failures {
		if f.Kind == kind && (f.Expires == nil || !at.Before(*f.Expires)) {
			out = append(out, f)
		}
	}
	return out
}

func (a archive) Moments() []time.Time {
	var out []time.Time
	for _, f := range a.failures {
		if f.Expires != nil {
			out = append(out, *f.Expires)
		}
	}
	return out
}

func (a archive) ChecklistComplete(at time.Time) []Failure {
	var out []Failure
	for _, f := range a.failures {
		if f.Expires == nil || !at.Before(*f.Expires) {
			out = append(out, f)
		}
	}
	return out
}

func collecting(t *testing.T) (*Machine, Instance, Facts) {
	t.Helper()
	m, findings := Compile(read(t, "../../tenants/templates/application.yaml"))
	if m == nil {
		t.Fatal(findings)
	}
	facts, err := m.Normalize(map[string]any{"product_kind": "mortgage", "ltv_bps": 8600, "dti_bps": 3000, "planned_submission": "2026-03-01"})
	if err != nil {
		t.Fatal(err)
	}
	return m, Instance{States: []string{"document_collection"}, Sequence: 3}, facts
}

// Leaving collection is refused with one blocker per missing document, one for the payslip that will have expired on the planned day, one for LTV.
func TestOneBlockerPerFailingDocument(t *testing.T) {
	m, inst, facts := collecting(t)
	ends := time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC)
	later := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	domain := archive{[]Failure{
		{Kind: "identity", Subject: "sub_1", Reason: "missing"},
		{Kind: "payslip", Subject: "sub_1", Reason: "expires", Expires: &ends},
		{Kind: "cadastral_extract", Subject: "prp_1", Reason: "expires", Expires: &later}, // still valid on the planned day
		{Kind: "payslip", Subject: "sub_2", Reason: "rejected"},
	}}
	broker := Actor{ID: "u1", Roles: []string{"broker"}}
	w := World{Facts: facts, Now: testClock, Domain: domain}
	r := m.Step(inst, Event{Name: "declare_complete", Actor: broker}, w)
	var got []string
	for _, b := range r.Blockers {
		kind, subject := "-", "-"
		if b.Kind != nil {
			kind, subject = *b.Kind, *b.Subject
		}
		got = append(got, strings.Join([]string{b.Code, *b.Guard, kind, subject, b.Reason}, " "))
	}
	want := []string{"guard_false g_checklist identity sub_1 missing", "guard_false g_checklist payslip sub_1 expires", "guard_false g_checklist payslip sub_2 rejected", "guard_false g_ltv - - "}
	if r.Outcome != Refused || !slices.Equal(got, want) {
		t.Errorf("%s\n%s", r.Outcome, strings.Join(got, "\n"))
	}
	if f := r.Blockers[1].Facts[0]; f.Fix != "document:payslip" || f.Value != "2026-02-20T00:00:00Z" {
		t.Errorf("%+v", f)
	}
	facts["ltv_bps"], w.Domain = int64(8000), archive{}
	if r := m.Step(inst, Event{Name: "declare_complete", Actor: broker}, w); r.Outcome != Fired || len(r.FactChanges) != 1 || r.FactsRead[atomChecklist] != true {
		t.Errorf("%+v", r)
	}
}

func TestExplainSaysWhatStepWouldDo(t *testing.T) {
	m, inst, facts := collecting(t)
	w := World{Facts: facts, Now: testClock, Domain: archive{}}
	actor := Actor{ID: "u1", Roles: []string{"broker"}}
	options := m.Explain(inst, actor, w)
	var got []string
	for _, o := range options {
		got = append(got, o.Event+" "+o.Outcome+" "+strings.Join(o.To, ","))
	}
	want := []string{"declare_complete refused file_check", "reject refused rejected", "withdraw fired withdrawn"}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if options[2].Payload == nil || options[2].Title.IT != "Rinuncia" {
		t.Errorf("%+v", options[2])
	}
}

// A blocker is the JSON of the contract: every member is there, null where nothing applies.
func TestBlockerJSON(t *testing.T) {
	m, inst, facts := collecting(t)
	r := m.Step(inst, Event{Name: "declare_complete", Actor: Actor{ID: "u1", Roles: []string{"broker"}}}, World{Facts: facts, Now: testClock})
	raw, err := json.Marshal(r.Blockers)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"code":"guard_false","guard":"g_ltv","text":{"en":"Loan to value must be within the limit","it":"L'LTV deve stare entro il limite"},"subject":null,"kind":null,"facts":[{"name":"ltv_bps","value":8600,"missing":false,"owner":"broker","fix":"form:ratios"},{"name":"product_kind","value":"mortgage","missing":false,"owner":"broker","fix":"form:application"}],"earliest":null}]`
	if string(raw) != want {
		t.Errorf("%s", raw)
	}
}

// A member that is absent inside a list is missing, not empty.
func TestMissingMemberOfAList(t *testing.T) {
	source := strings.Replace(small, "score > 10", "parties.all(p, p.employment == '')", 1)
	m, findings := Compile([]byte(source))
	if m == nil {
		t.Fatal(findings)
	}
	facts, err := m.Normalize(map[string]any{"parties": []any{map[string]any{"subject_id": "s1"}}})
	if err != nil {
		t.Fatal(err)
	}
	inst := m.Start(World{Now: testClock}).Instance
	r := m.Step(inst, Event{Name: "go", Actor: Actor{ID: "u", Roles: []string{"broker"}}}, World{Facts: facts, Now: testClock})
	if r.Outcome != Refused || r.Blockers[0].Code != FactMissing || r.Blockers[0].Facts[0].Name != "parties.employment" {
		t.Errorf("%+v", r.Blockers)
	}
}

// A guard on what the form will hold does not close the form; the event itself is still held to it.
func TestExplainDoesNotAskForThePayloadYet(t *testing.T) {
	source := strings.Replace(small, "go: {by: [broker]}", "go: {by: [broker], payload: {type: object, required: [sum], properties: {sum: {type: integer}}}}", 1)
	source = strings.Replace(source, `"score > 10"`, `"event.payload.sum > 10"`, 1)
	m, findings := Compile([]byte(source))
	if m == nil {
		t.Fatal(findings)
	}
	w, broker := World{Now: testClock}, Actor{ID: "u", Roles: []string{"broker"}}
	inst := m.Start(w).Instance
	if o := m.Explain(inst, broker, w); len(o) != 1 || !o[0].Enabled {
		t.Errorf("%+v", o)
	}
	for _, c := range []struct {
		payload map[string]any
		outcome string
		code    string
	}{{nil, Refused, GuardError}, {map[string]any{"sum": 5}, Refused, GuardFalse}, {map[string]any{"sum": "x"}, Refused, GuardError}, {map[string]any{"sum": 50, "more": 1}, Refused, GuardError}, {map[string]any{"sum": 50}, Fired, ""}} {
		r := m.Step(inst, Event{Name: "go", Actor: broker, Payload: c.payload}, w)
		if r.Outcome != c.outcome || c.code != "" && r.Blockers[0].Code != c.code {
			t.Errorf("%v: %s %+v", c.payload, r.Outcome, r.Blockers)
		}
	}
	if m.CheckPayload("go", nil) == nil || m.CheckPayload("go", map[string]any{"sum": 5}) != nil || m.CheckPayload("dance", nil) == nil {
		t.Error("CheckPayload")
	}
}

// A guard that would run away ends as an error, which lets nothing happen.
func TestCostLimit(t *testing.T) {
	source := strings.Replace(small, "score > 10", "parties.all(a, parties.all(b, parties.all(c, a.subject_id != b.subject_id || c.natural || a.subject_id == c.subject_id)))", 1)
	m, findings := Compile([]byte(source))
	if m == nil {
		t.Fatal(findings)
	}
	var parties []any
	for range 400 {
		parties = append(parties, map[string]any{"subject_id": "s1", "natural": true})
	}
	facts, err := m.Normalize(map[string]any{"parties": parties})
	if err != nil {
		t.Fatal(err)
	}
	inst := m.Start(World{Now: testClock}).Instance
	r := m.Step(inst, Event{Name: "go", Actor: Actor{ID: "u", Roles: []string{"broker"}}}, World{Facts: facts, Now: testClock})
	if r.Outcome != Refused || r.Blockers[0].Code != GuardError || !strings.Contains(r.Blockers[0].Text.EN, "cost limit") {
		t.Errorf("%+v", r.Blockers)
	}
}

// Stepping twice from the same instance gives the same: nothing that is passed in is changed.
func TestStepIsPure(t *testing.T) {
	m, inst, facts := collecting(t)
	facts["ltv_bps"] = int64(7000)
	w := World{Facts: facts, Now: testClock}
	before, _ := json.Marshal([]any{inst, facts})
	first := m.Step(inst, Event{Name: "declare_complete", Actor: Actor{ID: "u1", Roles: []string{"broker"}}}, w)
	second := m.Step(inst, Event{Name: "declare_complete", Actor: Actor{ID: "u1", Roles: []string{"broker"}}}, w)
	after, _ := json.Marshal([]any{inst, facts})
	a, _ := json.Marshal(first)
	b, _ := json.Marshal(second)
	if string(a) != string(b) || string(before) != string(after) {
		t.Errorf("%s\n%s", a, b)
	}
}

func TestStaleTimerDoesNothing(t *testing.T) {
	m, inst, facts := collecting(t)
	r := m.Fire(inst, Timer{State: "file_check", Event: "check_overdue", Entry: 2}, World{Facts: facts, Now: testClock})
	if !r.Stale || r.Outcome != Refused || r.Instance.Sequence != inst.Sequence {
		t.Errorf("%+v", r)
	}
}

// The figures a clause compares with are told by its id.
func TestLimits(t *testing.T) {
	m, _, _ := collecting(t)
	got := m.Limits("g_ltv")
	if len(got) != 1 || got[0].Name != "max_ltv_bps" || got[0].Value != int64(8000) || got[0].Title.IT != "LTV massimo" {
		t.Errorf("%+v", got)
	}
	if got := m.Limits("g_mandate"); got != nil {
		t.Errorf("%+v", got)
	}
}

const explained = `
apiVersion: pratica/v1
kind: Workflow
metadata: {key: explained}
subject: application
facts:
  type: object
  properties:
    offer_until: {type: string, format: date-time}
    income_cents: {type: integer, x-owner: broker, x-pii: true}
states: {open: {kind: atomic, initial: true}, kept: {kind: atomic}, end: {kind: final, outcome: won}}
events: {go: {by: [broker, underwriter]}, end: {by: [broker]}}
transitions:
  - id: t_go
    from: open
    on: go
    to: kept
    guards:
      - {id: g_employed, expr: 'parties.all(p, p.natural && p.employment != "none")', text: {en: must have an income, it: deve avere un reddito}}
      - {id: g_reflected, expr: 'now >= offer_until + duration("24h")'}
      - {id: g_income, expr: income_cents > 100000}
  - {id: t_end, from: kept, on: end, to: end}
invariants:
  - {id: inv_offer, in: [kept], expr: 'now < offer_until'}
  - {id: inv_docs, in: [kept], expr: 'checklist.complete(now)'}
`

func explainedWorld(t *testing.T) (*Machine, World) {
	t.Helper()
	m, findings := Compile([]byte(explained))
	if m == nil {
		t.Fatal(findings)
	}
	facts, err := m.Normalize(map[string]any{"offer_until": "2026-02-01T10:00:00Z", "income_cents": 90000, "parties": []any{
		map[string]any{"subject_id": "sub_1", "role_type": "applicant", "natural": true, "employment": "employee"},
		map[string]any{"subject_id": "sub_2", "role_type": "applicant", "natural": true, "employment": "none"},
		map[string]any{"subject_id": "sub_3", "role_type": "guarantor", "natural": true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return m, World{Facts: facts, Now: testClock}
}

// A clause over all elements of a list names each that fails; one that waits for time says until when; a personal value is seen by
// who owns the fact and by nobody else, and the clause's words stay.
func TestBlockersOfElementsOfTimeAndOfPersonalFacts(t *testing.T) {
	m, w := explainedWorld(t)
	inst := Instance{States: []string{"open"}, Sequence: 1}
	r := m.Step(inst, Event{Name: "go", Actor: Actor{ID: "u1", Roles: []string{"underwriter"}}}, w)
	if len(r.Blockers) != 4 {
		t.Fatalf("%+v", r.Blockers)
	}
	second, guarantor, time_, income := r.Blockers[0], r.Blockers[1], r.Blockers[2], r.Blockers[3]
	if second.Text.EN != "Applicant 2: must have an income" || second.Text.IT != "Richiedente 2: deve avere un reddito" || *second.Subject != "sub_2" ||
		second.Facts[1].Name != "parties.employment" || second.Facts[1].Value != "none" {
		t.Errorf("%+v", second)
	}
	if guarantor.Text.EN != "Guarantor: must have an income" || guarantor.Code != FactMissing || !guarantor.Facts[1].Missing {
		t.Errorf("%+v", guarantor)
	}
	if want := time.Date(2026, 2, 2, 10, 0, 0, 0, time.UTC); time_.Earliest == nil || !time_.Earliest.Equal(want) || second.Earliest != nil {
		t.Errorf("%v, %v", time_.Earliest, second.Earliest)
	}
	if income.Facts[0].Value != masked || income.Text.EN != "income_cents > 100000" {
		t.Errorf("%+v", income)
	}
	own := m.Step(inst, Event{Name: "go", Actor: Actor{ID: "u2", Roles: []string{"broker"}}}, w)
	if own.Blockers[3].Facts[0].Value != int64(90000) {
		t.Errorf("%+v", own.Blockers[3])
	}
}

// The moment at which time alone breaks an invariant: the first of the offer's end and the documents' expiries.
func TestNextBreach(t *testing.T) {
	m, w := explainedWorld(t)
	inst := Instance{States: []string{"kept"}, Sequence: 2}
	payslip := time.Date(2026, 1, 25, 0, 0, 0, 0, time.UTC)
	w.Domain = archive{[]Failure{{Kind: "payslip", Subject: "sub_2", Reason: "expires", Expires: &payslip}}}
	if next := m.NextBreach(inst, w); next == nil || !next.Equal(payslip) {
		t.Errorf("%v", next)
	}
	w.Now = payslip
	broken := m.Breaches(inst, w)
	if len(broken) != 1 || broken[0].Text.EN != "Applicant 2: payslip: expires on 2026-01-25, before the date needed" {
		t.Errorf("%+v", broken)
	}
	if next := m.NextBreach(inst, w); next == nil || !next.Equal(time.Date(2026, 2, 1, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("%v", next)
	}
	if next := m.NextBreach(Instance{States: []string{"open"}}, w); next != nil {
		t.Errorf("%v", next)
	}
}

// What explaining costs beyond evaluating: the same clauses answered with and without anybody being told why.
func BenchmarkExplain(b *testing.B) {
	source, err := os.ReadFile("../../tenants/templates/application.yaml")
	if err != nil {
		b.Fatal(err)
	}
	m, _ := Compile(source)
	facts, err := m.Normalize(map[string]any{"product_kind": "mortgage", "ltv_bps": 8600, "planned_submission": "2026-03-01", "parties": []any{
		map[string]any{"subject_id": "sub_1", "role_type": "applicant"}, map[string]any{"subject_id": "sub_2", "role_type": "applicant"}}})
	if err != nil {
		b.Fatal(err)
	}
	var failures []Failure
	for _, kind := range kindNames() {
		for _, who := range []string{"sub_1", "sub_2"} {
			failures = append(failures, Failure{Kind: kind, Subject: who, Reason: "missing"})
		}
	}
	inst := Instance{States: []string{"document_collection", "running"}, Sequence: 3}
	w := World{Facts: facts, Now: testClock, Domain: archive{failures}}
	actor := Actor{ID: "u1", Roles: []string{"broker"}}
	blockers := 0
	for _, o := range m.Explain(inst, actor, w) {
		blockers += len(o.Blockers)
	}
	if blockers < len(failures) {
		b.Fatalf("%d blockers for %d failures", blockers, len(failures))
	}
	b.ReportAllocs()
	for b.Loop() {
		m.Explain(inst, actor, w)
	}
	b.ReportMetric(float64(blockers), "blockers")
}
