package privacy_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// lifts: somebody who is locked away comes back, is as before but for what was erased, and can ask again.
func (d *desk) lifts() {
	t, ctx := d.t, d.t.Context()
	scope := d.compliance("privacy.erase")
	for who, other := range map[string]tenancy.Scope{"a broker": d.A.Do("broker", "privacy.erase"), "B": d.B.Do("compliance_officer", "privacy.erase")} {
		if _, err := d.Lift(ctx, other, d.ada, "came_back"); err == nil {
			t.Errorf("%s unlocked her", who)
		}
	}
	e, err := d.Lift(ctx, scope, d.ada, "came_back")
	office.Must(t, err)
	if e.State != "lifted" || e.LiftedAt == nil || e.DueAt != nil || len(e.Certificates) != 1 || e.Name != "Zanzibar Ada" {
		t.Errorf("lifted: %+v", e)
	}
	_, err = d.Lift(ctx, scope, d.ada, "came_back")
	d.wants("twice", err, "erasure.not_locked")

	// She is found, with what the law has kept; what went stays gone.
	who, err := d.Subjects.Get(ctx, d.A.Do("broker", "subjects.read"), d.ada)
	office.Must(t, err)
	if who.LastName != "Zanzibar" || who.Email != "" || who.MaritalStatus != "" {
		t.Errorf("her page: %+v", who)
	}
	for file, people := range map[ident.ApplicationID]int{d.alone: 1, d.shared: 2} {
		app, err := d.Applications.Get(ctx, d.A.Do("broker", "applications.read"), file)
		office.Must(t, err)
		title := map[int]string{1: "", 2: "Zanzibar Ada"}[people] // what nobody kept of the file that is hers alone is erased
		if len(app.Parties) != people || app.Title != title {
			t.Errorf("a file of hers: %q %+v", app.Title, app.Parties)
		}
	}
	papers, err := d.Documents.OfApplication(ctx, d.A.Do("broker", "documents.read"), d.alone)
	office.Must(t, err)
	if i := slices.IndexFunc(papers, func(p documents.Document) bool { return p.Kind == "identity" }); i < 0 || slices.ContainsFunc(papers, func(p documents.Document) bool { return p.SubjectID == d.ada && p.Kind == "payslip" }) {
		t.Errorf("her papers: %+v", papers)
	}
	trail, err := audit.List(ctx, d.DB, d.A.Do("agency_admin", "audit.read"), audit.Filter{Action: "subject.lifted", Ref: d.ada.String()})
	office.Must(t, err)
	if len(trail.Items) != 1 {
		t.Errorf("the trail: %+v", trail.Items)
	}
	if list, err := d.Restricted(ctx, d.compliance("privacy.restricted")); err != nil || len(list) != 0 {
		t.Errorf("she is still listed: %v %+v", err, list)
	}
	d.sweep() // she has not asked: no clock of the first asking runs on
	if e, err := d.Erasures(ctx, d.compliance("privacy.restricted"), d.ada); err != nil || e.State != "lifted" {
		t.Errorf("after the sweep: %v %+v", err, e)
	}

	// What follows a file that is somebody's alone, and is kept, is hidden and comes back with it.
	carla := d.person(subjects.Data{Kind: "natural", FirstName: "Carla", LastName: "Rossi"})
	kept := d.file("kept note", carla)
	_, err = d.Applications.AddTask(ctx, d.A.Do("broker", "tasks.write"), kept, applications.TaskInput{Title: "kept task"})
	office.Must(t, err)
	d.paper(kept, documents.Input{Kind: "mandate"}, "mandate.pdf", "her mandate")
	d.end(kept)
	seen := func(want string) {
		t.Helper()
		n, err := d.Raw(t, "", `select concat_ws(' ', (select bool_and(visible) from notes where application_id = $1), (select bool_and(visible) from tasks where application_id = $1),
			(select bool_and(visible) from documents where application_id = $1), (select visible from instances where id = $1), (select visible from applications where id = $1), (select visible from subjects where id = $2))`, kept, carla)
		if err != nil || n != want {
			t.Errorf("note, task, paper, machine, file, person are seen: %s, want %s; %v", n, want, err)
		}
	}
	_, err = d.Erase(ctx, scope, carla, "objection")
	office.Must(t, err)
	seen("f f f f f f")
	_, err = d.Lift(ctx, scope, carla, "mistake")
	office.Must(t, err)
	seen("t t t t t t")

	// She may ask anew. The new certificate says what went this time; the first one stays as it was.
	d.Clock.Advance(time.Hour)
	again, err := d.Erase(ctx, scope, d.ada, "objection")
	office.Must(t, err)
	if again.State != "restricted" || len(again.Certificates) != 2 || again.Certificates[0].Hash != e.Certificates[0].Hash || again.LiftedAt != nil || again.DueAt == nil {
		t.Fatalf("asked anew: %+v", again)
	}
	var c privacy.Certificate
	office.Must(t, json.Unmarshal([]byte(again.Certificates[1].Text), &c))
	if c.Reason != "objection" || len(c.Erased) != 0 || len(c.Kept) != 6 {
		t.Errorf("the second certificate: %+v", c)
	}
}
