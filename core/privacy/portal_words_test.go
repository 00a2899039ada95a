package privacy

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/workflow"
)

// TestDoings: whatever the trail can say in a person's log has words for them. The trail's own page knows all that it can say, or the
// source does; a noun that is new is put to those of the log or to those that are never about a person.
func TestDoings(t *testing.T) {
	page, err := os.ReadFile("../../web/app/src/features/audit/actions.ts")
	fine(t, err)
	actions := map[string]bool{"export.asked": true, "application.transition": true, "document.replaced": true, "submission.event submit": true}
	for _, found := range regexp.MustCompile(`"([a-z_]+\.[a-z_]+)"`).FindAllSubmatch(page, -1) {
		actions[string(found[1])] = true
	}
	recorded := regexp.MustCompile(`audit\.(?:Record|RecordAbout|Seen|SeenWithin|SeenEach)\((?:tx, )?"([a-z_]+\.[a-z_]+)"`)
	calls := 0
	for _, root := range []string{"..", "../../api", "../../tenants"} {
		fine(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, found := range recorded.FindAllSubmatch(source, -1) {
				actions[string(found[1])], calls = true, calls+1
			}
			return err
		}))
	}
	if len(actions) < 90 || calls < 60 {
		t.Fatalf("only %d actions, %d calls", len(actions), calls)
	}
	said := strings.Fields("subject document application submission consent export portal bank_consent credit_report verification")
	never := strings.Fields(`access agency api_key audit base budget connection connector consent_text directory identity_provider job keys lender member network network_role operation privacy_request product property retention role search
		sign_in subjects support task webhook workflow`)
	for action := range actions {
		noun, _, _ := strings.Cut(action, ".")
		told := slices.Contains(said, noun) || action == "support.request"
		if told == (slices.Contains(never, noun) && action != "support.request") {
			t.Errorf("%s: is it said in a person's log, or never?", action)
		}
		_, verb, _ := strings.Cut(action, ".")
		if words := doings[action].Or(doings[verb]); told && slices.Contains(unsaid, action) == (words.EN != "" && words.IT != "") {
			t.Errorf("%s has no words, or needs none", action)
		}
	}
}

// TestPurposes: what withdrawing brings about is said of consents, and of nothing else.
func TestPurposes(t *testing.T) {
	for key, p := range platform.Purposes {
		if p.Consent != (p.Consequence.EN != "" && p.Consequence.IT != "") {
			t.Errorf("%s: %+v", key, p.Consequence)
		}
	}
}

// TestAhead: the next stage is the one on the shortest way to a good end, and it is the turn of whoever brings the file there.
func TestAhead(t *testing.T) {
	source, err := os.ReadFile("../../tenants/templates/application.yaml")
	fine(t, err)
	m, findings := workflow.Compile(source)
	if m == nil {
		t.Fatal(findings)
	}
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		states, lenders []string
		next, with      string
	}{
		{[]string{"pre_assessment", "running"}, nil, "Mandate given", "a broker"},
		{[]string{"file_check", "held"}, nil, "Ready to submit", "the back office"},
		{[]string{"ready_to_submit", "running"}, nil, "With lenders", "the agency"}, // the platform moves it
		{[]string{"in_submission", "running"}, []string{"Banca Aurora", "Banco di Borea"}, "Signed", "Banca Aurora, Banco di Borea"},
		{[]string{"signed", "running"}, nil, "Disbursed", "a broker"},
	} {
		f := ownRow{OwnFile: OwnFile{Outcome: "open"}, states: c.states, lenders: c.lenders}.say(m)
		if f.Next == nil || f.Next.EN != c.next || f.With.EN != c.with {
			t.Errorf("%v: next %v, with %v", c.states, f.Next, f.With)
		}
	}
	held := ownRow{OwnFile: OwnFile{Outcome: "open"}, states: []string{"held", "mandated"}, entries: []workflow.Entry{
		{To: []string{"held", "mandated"}, From: []string{"mandated", "running"}, At: at.Add(2 * time.Hour)},
		{To: []string{"mandated", "running"}, From: []string{"pre_assessment", "running"}, At: at.Add(time.Hour)},
		{To: []string{"gone"}, From: []string{"pre_assessment", "running"}, At: at.Add(time.Minute)}, // of a process of before
		{To: []string{"pre_assessment", "running"}, From: []string{}, At: at},
	}}.say(m)
	if len(held.Beside) != 1 || held.Beside[0].EN != "On hold" || held.Stage.EN != "Mandate given" {
		t.Errorf("on hold: %+v", held)
	}
	if want := []Reached{{at.Add(time.Hour), Text{EN: "Mandate given", IT: "Incarico conferito"}}, {at, Text{EN: "Pre-assessment", IT: "Prefattibilità"}}}; !slices.Equal(held.Reached, want) {
		t.Errorf("reached: %+v", held.Reached)
	}
	if won := (ownRow{OwnFile: OwnFile{Outcome: "won"}, states: []string{"disbursed"}}).say(m); won.Next != nil || won.With != nil || won.Stage.EN != "Disbursed" {
		t.Errorf("at the end: %+v", won)
	}
}

// TestWanted: a paper is asked for once however many files need it, until a good one is accepted; what was given waits for the agency.
func TestWanted(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	who := subjects.Subject{Data: subjects.Data{Kind: "natural", Citizenship: "IT", Employments: []subjects.Employment{{Kind: "pensioner"}}}}
	later := calendar.Of(now.AddDate(0, 2, 0))
	paper := func(kind, state string, expires calendar.Date, reason string) given {
		return given{documents.Paper{Kind: kind, Owner: documents.OfSubject, ID: who.ID.String(), State: state, Expires: expires}, reason}
	}
	papers := []given{ // the newest first
		paper("privacy", "uploaded", calendar.Date{}, ""),
		paper("pension_slip", "rejected", calendar.Date{}, "cut off"),
		paper("residence", "accepted", calendar.Of(now.AddDate(0, 1, 0)), ""), // good today, not on the day
		paper("identity", "accepted", calendar.Date{}, ""),
		paper("identity", "rejected", calendar.Date{}, "too dark"),
		paper("other", "requested", calendar.Date{}, ""),
		paper("deed", "rejected", calendar.Date{}, "unsigned"),
		paper("permit_of_stay", "uploaded", calendar.Date{}, ""), // given by themself: nothing is asked
	}
	got := map[string]Wanted{}
	for _, w := range wanted(who, []part{{"1", "applicant", later}, {"2", "guarantor", later}}, papers, now) {
		if _, twice := got[w.Kind]; twice {
			t.Errorf("%s is asked for twice", w.Kind)
		}
		got[w.Kind] = w
	}
	for kind, want := range map[string]string{"privacy": "checking", "pension_slip": "rejected", "residence": "expires", "identity": "", "other": "missing", "deed": "rejected", "permit_of_stay": "",
		"tax_code": "missing", "family_status": "missing", "payslip": "", "preliminary_contract": "", "mandate": ""} {
		if got[kind].State != want {
			t.Errorf("%s: %q, want %q", kind, got[kind].State, want)
		}
	}
	if got["pension_slip"].Reason != "cut off" || got["residence"].ExpiresOn.IsZero() {
		t.Errorf("a reason, an end: %+v, %+v", got["pension_slip"], got["residence"])
	}
	if both, one := got["tax_code"].Files, got["family_status"].Files; !slices.Equal(both, []string{"1", "2"}) || !slices.Equal(one, []string{"1"}) {
		t.Errorf("files: %v, %v", both, one)
	}
	if idle := wanted(who, nil, nil, now); len(idle) != 0 {
		t.Errorf("without a file: %v", idle)
	}
}
