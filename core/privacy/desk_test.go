package privacy_test

import (
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// desk is an office that keeps people's rights: Ada Zanzibar has a file alone and one with Berta Verdi.
type desk struct {
	*office.Office
	*privacy.Service
	t             *testing.T
	store         blob.Store
	keeper        *audit.Keeper
	key           *audit.Key
	ada, berta    ident.SubjectID
	alone, shared ident.ApplicationID
}

// canaries are what is entered of Ada, and theirs what is entered of Berta, or of both.
var (
	canaries = []string{"Zanzibar", "RSSMRA85T10A562S", "ada.canary@people.test", "3355577799", "IT60X0542811101000000123456", "Canaryville", "Via Canarino", "Canary Works", "canary asthma", "canary protest",
		"CANARY77", "canary note", "canary task", "canary reason", "canary.pdf", "canary identity"}
	theirs = []string{"Berta", "berta.canary@people.test", "berta works", "note about both"}
)

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{Office: office.New(t), t: t}
	var err error
	d.store, err = blob.OpenFiles(filepath.Join(t.TempDir(), "blobs"))
	office.Must(t, err)
	d.Documents = documents.New(d.DB, d.Applications, d.store)
	d.Service = privacy.New(d.DB, d.Engine, d.Documents, d.store, "https://pratica.test/")
	d.Runner.Kinds[privacy.JobExport] = d.Service.Work
	d.key, err = audit.OpenKey(filepath.Join(t.TempDir(), "audit.key"), true)
	office.Must(t, err)
	d.keeper = audit.NewKeeper(d.DB, d.Operator, d.key)

	code := canaries[1]
	d.ada = d.person(subjects.Data{Kind: "natural", FirstName: "Ada", LastName: "Zanzibar", TaxCode: &code, Email: canaries[2], Phone: canaries[3], IBAN: canaries[4], BirthDate: calendar.On(1985, time.December, 10), BirthPlace: canaries[5],
		MaritalStatus: "married", Addresses: []subjects.Address{{Kind: "residence", Street: canaries[6], City: "Bari"}}, Employments: []subjects.Employment{{Kind: "employee", Employer: canaries[7]}},
		Incomes: []subjects.Income{{NetMonthlyCents: 271828182}}, Liabilities: []subjects.Liability{{Lender: "Canary Credit", MonthlyCents: 1}},
		IdentityDocuments: []subjects.IdentityDocument{{Kind: "passport", Number: canaries[10]}}, Health: &subjects.Remark{Text: canaries[8]}, Legal: &subjects.Remark{Text: canaries[9]}})
	d.berta = d.person(subjects.Data{Kind: "natural", FirstName: "Berta", LastName: "Verdi", Email: theirs[1], Employments: []subjects.Employment{{Kind: "employee", Employer: theirs[2]}}})
	d.alone, d.shared = d.file("canary note", d.ada), d.file("note about both", d.ada, d.berta)
	_, err = d.Applications.AddTask(t.Context(), d.A.Do("broker", "tasks.write"), d.alone, applications.TaskInput{Title: "canary task"})
	office.Must(t, err)
	d.paper(d.alone, documents.Input{Kind: "identity", SubjectID: d.ada}, "canary.pdf", "canary identity")
	d.paper(d.alone, documents.Input{Kind: "payslip", SubjectID: d.ada}, "payslip.pdf", "canary payslip")
	d.paper(d.shared, documents.Input{Kind: "mandate"}, "mandate.pdf", "the mandate of both")
	d.paper(d.shared, documents.Input{Kind: "payslip", SubjectID: d.berta}, "berta.pdf", "berta's payslip")
	return d
}

func (d *desk) person(data subjects.Data) ident.SubjectID {
	d.t.Helper()
	s, err := d.Subjects.Create(d.t.Context(), d.A.Do("broker", "subjects.write"), data)
	office.Must(d.t, err)
	return s.ID
}

func (d *desk) file(note string, people ...ident.SubjectID) ident.ApplicationID {
	d.t.Helper()
	app := d.Office.File(d.t)
	home, err := d.Properties.Create(d.t.Context(), d.A.Do("broker", "properties.write"), office.Home())
	office.Must(d.t, err)
	for _, p := range people {
		_, err := d.Applications.AddParty(d.t.Context(), d.A.Do("broker", "applications.write"), app.ID, 0, applications.Party{SubjectID: p, RoleType: "applicant"})
		office.Must(d.t, err)
	}
	_, err = d.Applications.AddProperty(d.t.Context(), d.A.Do("broker", "applications.write"), app.ID, 0, applications.Collateral{PropertyID: home.ID, Purpose: "purchased"})
	office.Must(d.t, err)
	_, err = d.Applications.AddNote(d.t.Context(), d.A.Do("broker", "applications.write"), app.ID, note)
	office.Must(d.t, err)
	return app.ID
}

func (d *desk) paper(app ident.ApplicationID, in documents.Input, name, content string) {
	d.t.Helper()
	doc, err := d.Documents.Request(d.t.Context(), d.A.Do("broker", "documents.write"), app, in)
	office.Must(d.t, err)
	_, err = d.Documents.Upload(d.t.Context(), d.A.Do("broker", "documents.write"), doc.ID, 1, name, strings.NewReader("%PDF-1.4\n"+content+"\n%%EOF\n"))
	office.Must(d.t, err)
}

// end withdraws a file.
func (d *desk) end(app ident.ApplicationID) {
	d.t.Helper()
	a, err := d.Applications.Get(d.t.Context(), d.A.Do("broker", "applications.read"), app)
	office.Must(d.t, err)
	_, err = d.Applications.Send(d.t.Context(), d.A.Do("broker", "applications.transition"), app, a.Version, applications.Send{Event: "withdraw", Reason: "canary reason", Payload: map[string]any{"reason_code": "client"}})
	office.Must(d.t, err)
}

func (d *desk) compliance(action string) tenancy.Scope {
	return d.A.Do("compliance_officer", access.Action(action))
}

// sweep lets the platform's clock carry out what is due in A.
func (d *desk) sweep() {
	d.t.Helper()
	scope, err := d.Operator.Scope(d.A.ID, "test")
	office.Must(d.t, err)
	office.Must(d.t, d.Sweep(d.t.Context(), scope.For("privacy.sweep")))
}

// dump is the whole database as text.
func (d *desk) dump() string {
	d.t.Helper()
	bin, err := postgres.Binaries()
	office.Must(d.t, err)
	out, err := exec.CommandContext(d.t.Context(), filepath.Join(bin, "pg_dump"), "--data-only", "--dbname", d.AdminURL()).Output()
	office.Must(d.t, err)
	return string(out)
}

// opened reads a copy through a link.
func (d *desk) opened(scope tenancy.Scope, e ident.ExportID, format string) string {
	d.t.Helper()
	token, _, err := d.Link(d.t.Context(), scope, e, format)
	office.Must(d.t, err)
	o, err := d.Open(d.t.Context(), scope, token)
	office.Must(d.t, err)
	raw, err := io.ReadAll(o.Content)
	office.Must(d.t, errors.Join(err, o.Content.Close()))
	return string(raw)
}

func (d *desk) wants(what string, err error, code string) {
	d.t.Helper()
	if err == nil || fault.As(err).Code != code {
		d.t.Errorf("%s: %v, want %s", what, err, code)
	}
}
