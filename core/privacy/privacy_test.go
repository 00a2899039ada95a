package privacy_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// TestRights walks through what a person can ask for, from the first consent to the end of the law's ten years.
func TestRights(t *testing.T) {
	d := newDesk(t)
	d.consents()
	d.copies()
	d.terms()
	d.erases()
	d.lifts()
	d.tenYears()
}

// consents: the ledger grows, texts have versions, a withdrawal takes effect at once; B sees nothing.
func (d *desk) consents() {
	t, ctx := d.t, d.t.Context()
	broker := d.A.Do("broker", "consents.write")
	in := privacy.ConsentInput{Purpose: "marketing", State: "given", Channel: "paper"}
	_, err := d.Consent(ctx, broker, d.ada, privacy.ConsentInput{Purpose: "aml", State: "given", Channel: "paper"})
	d.wants("a purpose that needs none", err, "consent.purpose")
	_, err = d.Consent(ctx, broker, d.ada, privacy.ConsentInput{Purpose: "marketing", State: "withdrawn", Channel: "paper"})
	d.wants("withdrawing what was never given", err, "consent.unchanged")
	_, err = d.Consent(ctx, broker, d.ada, privacy.ConsentInput{Purpose: "marketing", State: "given", Channel: "paper", Document: ident.NewDocument()})
	d.wants("evidence that is not there", err, "consent.evidence")
	_, err = d.Consent(ctx, broker, d.ada, in)
	office.Must(t, err)
	text, err := d.WriteConsentText(ctx, d.compliance("privacy.manage"), privacy.ConsentTextInput{Purpose: "marketing", IT: "Acconsento a tutto quanto.", EN: "I agree to all of it."})
	office.Must(t, err)
	if text.Version != 2 {
		t.Errorf("the agency's own text is version %d: the platform's was used before it", text.Version)
	}
	out, err := d.Consent(ctx, broker, d.ada, in)
	office.Must(t, err)
	if len(out.Ledger) != 2 || out.Ledger[0].TextVersion != 2 || out.Ledger[1].TextVersion != 1 {
		t.Errorf("the ledger: %+v", out.Ledger)
	}
	allowed := func(want bool) {
		t.Helper()
		office.Must(t, d.DB.Read(ctx, d.A.Do("broker", "privacy.read"), func(tx *tenancy.Tx) error {
			got, err := privacy.Allowed(tx, d.ada, "marketing")
			if got != want {
				t.Errorf("marketing allowed: %v", got)
			}
			return err
		}))
	}
	allowed(true)
	in.State = "withdrawn"
	_, err = d.Consent(ctx, broker, d.ada, in)
	office.Must(t, err)
	allowed(false)

	// Health is kept for nothing but its consent: it goes with it, although files are under way, and nothing else goes.
	_, err = d.Consent(ctx, broker, d.ada, privacy.ConsentInput{Purpose: "insurance", State: "withdrawn", Channel: "phone"})
	office.Must(t, err)
	who, err := d.Subjects.Get(ctx, d.A.Do("broker", "subjects.read"), d.ada)
	office.Must(t, err)
	if who.Health != nil || who.Legal == nil || who.MaritalStatus == "" {
		t.Errorf("after the withdrawal: health %v, the rest %v %q", who.Health, who.Legal, who.MaritalStatus)
	}
	_, err = d.Raw(t, "pratica_app", `update consents_given set state = 'given'`)
	if err == nil {
		t.Error("the ledger was changed")
	}
	if _, err := d.Consents(ctx, d.B.Do("broker", "privacy.read"), d.ada); err == nil {
		t.Error("B sees consents of A")
	}
	_, err = d.Consent(ctx, broker, d.ada, privacy.ConsentInput{Purpose: "insurance", State: "given", Channel: "phone"})
	office.Must(t, err)
	_, err = d.Subjects.Change(ctx, d.A.Do("broker", "subjects.write"), d.ada, who.Version, map[string]json.RawMessage{"health": json.RawMessage(`{"text":"canary asthma"}`)})
	office.Must(t, err) // agreed to and said again
}

// copies: a copy has everything of Ada and nothing of Berta, opens by a bound link, and expires.
func (d *desk) copies() {
	t, ctx := d.t, d.t.Context()
	scope := d.compliance("privacy.export")
	e, err := d.Export(ctx, scope, d.ada, "it")
	office.Must(t, err)
	_, _, err = d.Link(ctx, scope, e.ID, "json")
	d.wants("before it is made", err, "export.not_ready")
	d.Office.Work(t)
	raw := d.opened(scope, e.ID, "json")
	for _, c := range canaries {
		if c != "canary identity" && c != "canary reason" && !strings.Contains(raw, c) { // the content of a paper; said only when the file ends
			t.Errorf("the copy lacks %q", c)
		}
	}
	for _, c := range append(theirs, "broker a", "broker@a.test") {
		if strings.Contains(raw, c) {
			t.Errorf("the copy has %q", c)
		}
	}
	var c privacy.Copy
	office.Must(t, json.Unmarshal([]byte(raw), &c))
	if c.Schema != privacy.Schema || len(c.Files) != 2 || len(c.Papers) != 2 || len(c.Consents) != 5 || len(c.Access) < 10 || c.Subject.Incomes[0].NetMonthlyCents != 271828182 {
		t.Errorf("%s: %d files, %d papers, %d consents, %d lines of access", c.Schema, len(c.Files), len(c.Papers), len(c.Consents), len(c.Access))
	}
	if pdf := d.opened(scope, e.ID, "pdf"); !strings.HasPrefix(pdf, "%PDF-") {
		t.Error("no PDF")
	}
	d.archived(d.opened(scope, e.ID, "zip"), raw, c)
	paper, err := c.Paper("it")
	office.Must(t, err)
	for _, want := range []string{"Zanzibar", "Via Canarino", "canary note", "2718281.82 €", "Antiriciclaggio"} {
		if !strings.Contains(paper.Text(), want) {
			t.Errorf("the paper lacks %q", want)
		}
	}
	token, _, err := d.Link(ctx, scope, e.ID, "json")
	office.Must(t, err)
	for who, other := range map[string]tenancy.Scope{"another session": d.A.Do("agency_admin", "privacy.export"), "B": d.B.Do("compliance_officer", "privacy.export")} {
		if _, err := d.Open(ctx, other, token); err == nil {
			t.Errorf("%s opened the link", who)
		}
	}
	d.Clock.Advance(privacy.LinkFor + time.Second)
	_, err = d.Open(ctx, scope, token)
	d.wants("an old link", err, "export.not_found")
	stored, err := d.Raw(t, "", `select blob_key from subject_exports`)
	office.Must(t, err)
	if f, err := d.store.Open(ctx, stored+"-json"); err != nil {
		t.Error(err)
	} else {
		head := make([]byte, 4096)
		n, _ := f.Read(head)
		if strings.Contains(string(head[:n]), "Zanzibar") {
			t.Error("the copy lies in storage in clear")
		}
		_ = f.Close()
	}
	d.Clock.Advance(privacy.ExportFor)
	d.sweep()
	_, _, err = d.Link(ctx, scope, e.ID, "json")
	d.wants("after its days", err, "export.not_ready")
	if _, err := d.store.Open(ctx, stored+"-json"); err == nil {
		t.Error("the expired copy is still stored")
	}
}

// terms: an agency keeps longer, never shorter; what is due is counted.
func (d *desk) terms() {
	t, ctx := d.t, d.t.Context()
	scope := d.compliance("privacy.manage")
	r, err := d.Retention(ctx, scope)
	office.Must(t, err)
	if len(r.Due) != 0 {
		t.Errorf("clocks run although the files are under way: %+v", r.Due)
	}
	_, err = d.SetTerms(ctx, scope, r.Version, map[string]int{"aml": 119})
	d.wants("a shorter term", err, "retention.shorter")
	_, err = d.SetTerms(ctx, scope, r.Version+1, map[string]int{"assessment": 36})
	d.wants("a stale version", err, "version.stale")
	r, err = d.SetTerms(ctx, scope, r.Version, map[string]int{"assessment": 36})
	office.Must(t, err)
	if i := slices.IndexFunc(r.Terms, func(x privacy.Term) bool { return x.Purpose == "assessment" }); r.Terms[i].Months != 36 || r.Terms[i].Least != 24 {
		t.Errorf("%+v", r.Terms[i])
	}
}

// erases: nobody with a file under way; then what nothing keeps goes at once, and the rest is locked.
func (d *desk) erases() {
	t, ctx := d.t, d.t.Context()
	scope := d.compliance("privacy.erase")
	_, err := d.Erase(ctx, scope, d.ada, "no_longer_needed")
	d.wants("with files under way", err, "erasure.in_flight")
	var held *privacy.InFlight
	if !errors.As(err, &held) || len(held.Files) != 2 {
		t.Errorf("the files are not named: %+v", held)
	}
	d.end(d.alone)
	d.end(d.shared)
	e, err := d.Erase(ctx, scope, d.ada, "no_longer_needed")
	office.Must(t, err)
	if e.State != "restricted" || len(e.Certificates) != 1 || e.DueAt == nil || e.DueAt.Format(time.DateOnly) != "2036-11-10" {
		t.Fatalf("%+v", e)
	}
	var c privacy.Certificate
	office.Must(t, json.Unmarshal([]byte(e.Certificates[0].Text), &c))
	var gone, kept []string
	for _, x := range c.Erased {
		gone = append(gone, x.Datum)
	}
	for _, x := range c.Kept {
		kept = append(kept, x.Datum)
	}
	if !slices.Equal(gone, []string{"contact", "liabilities", "household", "health", "legal", "papers_assessment"}) ||
		!slices.Equal(kept, []string{"identity", "identity_documents", "addresses", "work", "bank_account", "papers_due_diligence"}) {
		t.Errorf("gone %v, kept %v", gone, kept)
	}
	if strings.Contains(e.Certificates[0].Text, "Zanzibar") || !strings.Contains(c.Paper("it", e.Certificates[0].Hash).Text(), "D.Lgs. 231/2007") {
		t.Error("a certificate names nobody, and says the law")
	}
	trail, err := audit.List(ctx, d.DB, d.A.Do("agency_admin", "audit.read"), audit.Filter{Action: "subject.restricted", Ref: d.ada.String()})
	office.Must(t, err)
	if len(trail.Items) != 1 || !strings.Contains(string(trail.Items[0].Detail), privacy.Hash(e.Certificates[0].Text)) {
		t.Errorf("the certificate's hash is not in the trail: %+v", trail.Items)
	}
	_, err = d.Erase(ctx, scope, d.ada, "no_longer_needed")
	d.wants("twice", err, "erasure.asked")
	d.locked()
}

// locked: nobody but compliance comes upon Ada; Berta is as she was.
func (d *desk) locked() {
	t, ctx := d.t, d.t.Context()
	_, err := d.Subjects.Get(ctx, d.compliance("subjects.read"), d.ada)
	d.wants("her page", err, "subject.not_found")
	for _, q := range []string{"", "Zanzibar", "RSSMRA85T10A562S"} {
		list, err := d.Subjects.List(ctx, d.A.Do("broker", "subjects.read"), subjects.Filter{Q: q})
		office.Must(t, err)
		if slices.ContainsFunc(list.Items, func(s subjects.Subject) bool { return s.ID == d.ada }) {
			t.Errorf("the list %q has her", q)
		}
	}
	_, err = d.Applications.Get(ctx, d.A.Do("broker", "applications.read"), d.alone)
	d.wants("the file that was hers alone", err, "application.not_found")
	both, err := d.Applications.Get(ctx, d.A.Do("broker", "applications.read"), d.shared)
	office.Must(t, err)
	if len(both.Parties) != 1 || both.Parties[0].SubjectID != d.berta || strings.Contains(both.Title, "Zanzibar") {
		t.Errorf("the shared file: %+v %q", both.Parties, both.Title)
	}
	papers, err := d.Documents.OfApplication(ctx, d.A.Do("broker", "documents.read"), d.shared)
	office.Must(t, err)
	if slices.ContainsFunc(papers, func(p documents.Document) bool { return p.SubjectID == d.ada }) || len(papers) != 2 {
		t.Errorf("its papers: %+v", papers)
	}
	next := d.Office.File(t)
	_, err = d.Applications.AddParty(ctx, d.A.Do("broker", "applications.write"), next.ID, 0, applications.Party{SubjectID: d.ada, RoleType: "applicant"})
	d.wants("a new file with her", err, "subject.not_found")
	list, err := d.Restricted(ctx, d.compliance("privacy.restricted"))
	office.Must(t, err)
	if len(list) != 1 || list[0].Name != "Zanzibar Ada" {
		t.Errorf("compliance sees %+v", list)
	}
	for who, other := range map[string]tenancy.Scope{"a broker": d.A.Do("broker", "privacy.restricted"), "B": d.B.Do("compliance_officer", "privacy.restricted")} {
		if seen, _ := d.Restricted(ctx, other); len(seen) > 0 {
			t.Errorf("%s sees %+v", who, seen)
		}
	}
	c, err := d.Copy(ctx, d.compliance("privacy.export"), d.ada)
	office.Must(t, err)
	if raw, _ := c.JSON(); !strings.Contains(string(raw), "Canaryville") || c.Erasure == nil {
		t.Error("what is locked is hers to have all the same")
	}
}

// tenYears: nothing happens before the day; on it her key is destroyed, and nothing of her is left in the database.
func (d *desk) tenYears() {
	t, ctx := d.t, d.t.Context()
	berta := func() subjects.Subject {
		t.Helper()
		s, err := d.Subjects.Get(ctx, d.A.Do("broker", "subjects.read"), d.berta)
		office.Must(t, err)
		return s
	}
	_, err := d.Subjects.Change(ctx, d.A.Do("broker", "subjects.write"), d.berta, berta().Version, map[string]json.RawMessage{"birth_place": json.RawMessage(`"Bari"`)})
	office.Must(t, err)
	fresh := d.file("her next file", d.berta) // Berta stays a client
	asks, suspect := d.Office.Person(t, "Chiede"), d.Office.Person(t, "Sospetta")
	d.Exec(t, `insert into suspicion_reports (tenant_id, id, subject_id, reason, created_by, created_at, updated_at) values ($1, $2, $3, '', '', '2030-01-01', '2030-01-01')`, d.A.ID, ident.NewSuspicion(), suspect)
	kept, past := d.Office.Person(t, "Tenuta"), d.Office.Person(t, "Passata") // deleted both, with a report that still holds in ten years and one that does not
	for who, at := range map[ident.SubjectID]string{kept: "2030-01-01", past: "2026-01-01"} {
		d.Exec(t, `insert into suspicion_reports (tenant_id, id, subject_id, reason, created_by, created_at, updated_at) values ($1, $2, $3, '', '', $4::timestamptz, $4::timestamptz)`, d.A.ID, ident.NewSuspicion(), who, at)
		office.Must(t, d.Subjects.Delete(ctx, d.A.Do("broker", "subjects.delete"), who, 1))
	}
	left := func(want string) {
		t.Helper()
		if n, err := d.Raw(t, "", `select (select count(*) from subjects where id in ($1, $2)) || ' ' || (select count(*) from suspicion_reports where subject_id in ($1, $2))`, kept, past); err != nil || n != want {
			t.Errorf("deleted people and their reports: %s, want %s (%v)", n, want, err)
		}
	}
	left("2 2")
	_, err = d.Erase(ctx, d.compliance("privacy.erase"), suspect, "objection")
	d.wants("somebody whom another duty keeps", err, "erasure.held")
	before := d.dump()
	if !strings.Contains(before, "Zanzibar") {
		t.Fatal("the canaries are not there")
	}
	day := time.Date(2036, 11, 10, 0, 0, 0, 0, time.UTC)
	d.Clock.Advance(day.Add(-time.Minute).Sub(d.Clock.Now()))
	d.sweep()
	if e, err := d.Erasures(ctx, d.compliance("privacy.restricted"), d.ada); err != nil || e.State != "restricted" || len(e.Data) != 6 {
		t.Fatalf("a minute before the day: %v %+v", err, e)
	}
	if key, err := d.Raw(t, "", `select encode(data_key, 'hex') from subjects where id = $1`, d.ada); err != nil || key == "" {
		t.Fatalf("the key is gone before its day: %v", err)
	}
	d.Clock.Advance(time.Minute)
	d.sweep()
	e, err := d.Erasures(ctx, d.compliance("privacy.restricted"), d.ada)
	office.Must(t, err)
	if e.State != "done" || len(e.Certificates) != 3 || len(e.Data) != 0 {
		t.Fatalf("after ten years: %+v", e)
	}
	if key, err := d.Raw(t, "", `select coalesce(encode(data_key, 'hex'), '-') || coalesce(encode(tax_code_index, 'hex'), '-') from subjects where id = $1`, d.ada); err != nil || key != "--" {
		t.Errorf("the key or an index is there: %q %v", key, err)
	}
	after := d.dump()
	for _, c := range canaries {
		if strings.Contains(after, c) {
			t.Errorf("%q is in the dump", c)
		}
	}
	if n, err := d.Raw(t, "", `select count(*)::text from documents where erased_at is not null and blob_key is not null`); err != nil || n != "0" {
		t.Errorf("%s contents are still stored: %v", n, err)
	}
	c, err := d.Copy(ctx, d.compliance("privacy.export"), d.ada)
	office.Must(t, err)
	if raw, _ := c.JSON(); strings.Contains(string(raw), "canary") || c.Subject.TaxCode != nil || !c.Subject.Erased() {
		t.Errorf("something opens: %s", raw)
	}
	report, err := d.keeper.Verify(ctx, d.A.Do("agency_admin", "audit.read"), d.key.Public)
	office.Must(t, err)
	if len(report.Findings) > 0 || report.Entries < 30 {
		t.Errorf("the trail: %d entries, %v", report.Entries, report.Findings)
	}
	left("1 1")
	// Nobody has asked for these: the clock of who only enquired has run out; another's too, but for a reason that nobody is told.
	if e, err := d.Erasures(ctx, d.compliance("privacy.restricted"), asks); err != nil || e.State != "done" || e.Reason != "retention_ended" || len(e.Certificates) != 1 {
		t.Errorf("who enquired: %v %+v", err, e)
	}
	if s, err := d.Subjects.Get(ctx, d.A.Do("broker", "subjects.read"), suspect); err != nil || s.LastName != "Sospetta" {
		t.Errorf("whom another duty keeps: %v", err)
	}
	// The file keeps who moved it when; what was written is gone, and a replay says so instead of calling it altered.
	_, err = d.Applications.Replay(ctx, d.A.Do("broker", "applications.read"), d.shared)
	d.wants("a replay", err, "application.erased")
	steps, err := d.Applications.History(ctx, d.A.Do("broker", "applications.read"), d.shared, page.Query{})
	office.Must(t, err)
	if len(steps.Items) < 2 || steps.Items[0].Event != "withdraw" || steps.Items[0].Reason != "" {
		t.Errorf("the history: %+v", steps.Items)
	}
	if s := berta(); s.Email != theirs[1] || s.Employments[0].Employer != theirs[2] {
		t.Errorf("Berta: %+v", s)
	}
	if r, err := d.Applications.Replay(ctx, d.A.Do("broker", "applications.read"), fresh); err != nil || !r.OK {
		t.Errorf("Berta's other file: %v", err)
	}
}
