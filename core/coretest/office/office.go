// Package office gives tests the features of core put together over a coretest.World, as cmd puts them together for the product,
// and the things that stories about a file begin with.
package office

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/creditreports"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/properties"
	"github.com/pratica-crm/pratica/core/rotation"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/core/verifications"
)

// Office is the world with its features. No connector is there: operations wait in their table.
type Office struct {
	*coretest.World
	Engine       *instances.Engine
	Templates    *instances.Templates
	Bases        *instances.NetworkTemplates
	Subjects     *subjects.Service
	Properties   *properties.Service
	Products     *products.Service
	Applications *applications.Service
	Documents    *documents.Service
	Submissions  *submissions.Service
	Jobs         *jobs.Service
	Rotation     *rotation.Service
	Runner       *jobs.Runner // long work; Work lets it go on until nothing is left
}

// New opens an office with agencies A and B.
func New(t testing.TB) *Office {
	t.Helper()
	w := coretest.New(t)
	store, err := blob.OpenFiles(filepath.Join(t.TempDir(), "blobs"))
	Must(t, err)
	engine := instances.NewEngine()
	files := applications.New(w.DB, engine, documents.Source{}, consents.Source{}, creditreports.Source{}, verifications.Source{})
	sent := submissions.New(w.DB, engine, files)
	files.Carry(creditreports.New(w.DB, files, func(context.Context) (map[string]int64, error) { return nil, nil }).Before(sent))
	mover := instances.NewMover(w.DB, engine, map[string]instances.Feature{"application": files, "submission": sent})
	turns := rotation.New(w.DB, w.Keys)
	runner := &jobs.Runner{DB: w.DB, Operator: w.Operator, Kinds: map[string]jobs.Work{instances.JobMigration: mover.Work, instances.JobDivergence: instances.NewComparer(w.DB).Work, rotation.Job: turns.Work}}
	templates := instances.NewTemplates(w.DB, w.Policy.Roles())
	return &Office{World: w, Engine: engine, Templates: templates, Bases: instances.NewNetworkTemplates(w.Networks, templates), Subjects: subjects.New(w.DB, files), Properties: properties.New(w.DB, files),
		Products: products.New(w.DB), Applications: files, Documents: documents.New(w.DB, files, store), Submissions: sent, Jobs: jobs.New(w.DB), Rotation: turns, Runner: runner}
}

// Work does all the long work there is.
func (o *Office) Work(t testing.TB) {
	t.Helper()
	for worked := true; worked; {
		var err error
		worked, err = o.Runner.Once(context.Background())
		Must(t, err)
	}
}

// Planned is the day on which the files of tests are to go out: two weeks after a World's clock begins.
var Planned = calendar.On(2026, time.November, 16)

// File opens a file of a hundred thousand euros in A.
func (o *Office) File(t testing.TB) applications.Application {
	t.Helper()
	a, err := o.Applications.Create(context.Background(), o.A.Do("broker", "applications.write"), applications.Input{Purpose: "first_home", ProductKind: "mortgage",
		RateKind: "fixed", AmountCents: 100_000_00, TermMonths: 240, NominalRateBPS: 350, PlannedSubmission: Planned})
	Must(t, err)
	return a
}

// Person enters an employee of three thousand euros a month in A.
func (o *Office) Person(t testing.TB, last string) ident.SubjectID {
	t.Helper()
	s, err := o.Subjects.Create(context.Background(), o.A.Do("broker", "subjects.write"), subjects.Data{Kind: "natural", FirstName: "Ada", LastName: last, Citizenship: "IT",
		Employments: []subjects.Employment{{Kind: "employee"}}, Incomes: []subjects.Income{{NetMonthlyCents: 3_000_00}}})
	Must(t, err)
	return s.ID
}

// Home is the data of a flat that costs two hundred thousand euros.
func Home() properties.Data {
	price := int64(200_000_00)
	return properties.Data{Address: properties.Address{Street: "Via Sparano 1", City: "Bari", Province: "BA", PostalCode: "70121"}, PriceCents: &price}
}

// Peopled is a file with an applicant and a flat that secures it.
func (o *Office) Peopled(t testing.TB) (app applications.Application, applicant ident.SubjectID, home properties.Property) {
	t.Helper()
	ctx, scope := context.Background(), o.A.Do("broker", "applications.write")
	app, applicant = o.File(t), o.Person(t, "Rossi")
	home, err := o.Properties.Create(ctx, o.A.Do("broker", "properties.write"), Home())
	Must(t, err)
	_, err = o.Applications.AddParty(ctx, scope, app.ID, 0, applications.Party{SubjectID: applicant, RoleType: "applicant"})
	Must(t, err)
	_, err = o.Applications.AddProperty(ctx, scope, app.ID, 0, applications.Collateral{PropertyID: home.ID, Purpose: "mortgaged"})
	Must(t, err)
	app, err = o.Applications.Get(ctx, o.A.Do("broker", "applications.read"), app.ID)
	Must(t, err)
	return app, applicant, home
}

// Lender is a lender of A with an agreement.
func (o *Office) Lender(t testing.TB, key string) ident.LenderID {
	t.Helper()
	l, err := o.Products.AddLender(context.Background(), o.A.Do("agency_admin", "lenders.write"), products.LenderInput{Key: key, Name: "Banca " + key, MaxLTVBPS: 8000, MaxDTIBPS: 3500,
		AgreementFrom: calendar.On(2026, time.January, 1)})
	Must(t, err)
	return l.ID
}

// Must ends the test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
