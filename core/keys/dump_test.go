package keys_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// canaries are what must not be read in a dump, by where it was entered; numbers as they are printed.
var canaries = map[string]string{
	"tax code": "RSSMRA85T10A562S", "e-mail": "canary.mail@dump.test", "phone": "3355577799", "IBAN": "IT60X0542811101000000123456", "birth date": "1911-03-17", "birth place": "Canaryville",
	"street": "Via Canarino", "employer": "Canary Works", "income": "271828182", "source of income": "canary salary", "instalment": "141421356", "debt": "161803398", "creditor": "Canary Credit",
	"identity document": "CANARY77", "issuer": "Canary Police", "health": "canary asthma", "legal": "canary protest", "fact": "577215664", "payload of an event": "canary payload", "reason of an event": "canary reason",
	"reason of a waiver": "canary waiver", "token": "canary-token", "sent to a lender": "canary sent", "answered by a lender": "canary answered",
}

const guarded = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: canary}
subject: application
facts: {type: object, properties: {pension_cents: {type: integer, minimum: 0, maximum: 1000000000, x-owner: compliance_officer, x-pii: true}}}
states: {open: {kind: atomic, initial: true}, waiting: {kind: atomic}, closed: {kind: final, outcome: won}}
events:
  move: {payload: {type: object, properties: {note: {type: string, maxLength: 100}}}}
  close: {}
transitions:
  - {id: t_move, from: open, on: move, to: waiting}
  - {id: t_close, from: waiting, on: close, to: closed, guards: [{id: g_pension, expr: pension_cents <= 500}]}
invariants: [{id: inv_pension, in: [open, waiting], expr: pension_cents <= 600, waive: [compliance_officer]}]
`

// lender stands behind the port that connectors are reached by.
type lender struct{}

func (lender) Call(context.Context, string, string, connectors.Call, json.RawMessage) connectors.Answer {
	return connectors.Answer{Verdict: connectors.NeedsUser, UserAction: json.RawMessage(`{"url":"` + canaries["answered by a lender"] + `"}`)}
}

func (lender) Available(context.Context) ([]connectors.Connector, error) {
	return []connectors.Connector{{Name: "bankportal", Publisher: connectors.BuiltIn}}, nil
}

// TestDumpShowsNothing: an agency is filled through the services, with a canary in every sensitive field; none is in the dump of the database.
func TestDumpShowsNothing(t *testing.T) {
	o := office.New(t)
	ctx := t.Context()
	plant(t, o)
	if found := singing(t, o); len(found) > 0 {
		t.Errorf("in clear in the dump: %s", strings.Join(found, ", "))
	}

	// The look is able to find: in text, in JSON, and in bytes that were not sealed.
	scope := o.A.Do("broker", "subjects.read")
	list, err := o.Subjects.List(ctx, scope, subjects.Filter{Q: canaries["tax code"]})
	office.Must(t, err)
	if len(list.Items) != 1 || list.Items[0].Incomes[0].NetMonthlyCents != 271828182 {
		t.Fatalf("the canaries are not there: %+v", list.Items)
	}
	o.Exec(t, `update subjects set citizenship = 'IT', marital_status = $1, phone = convert_to($2, 'utf8')`, canaries["health"], canaries["phone"])
	o.Exec(t, `update jobs set about = jsonb_build_object('income', 271828182)`)
	o.Exec(t, `update applications set amount_cents = 577215664`)
	if found := singing(t, o); !slices.Equal(found, []string{"fact", "health", "income", "phone"}) {
		t.Errorf("planted in clear columns, found: %v", found)
	}
}

func plant(t *testing.T, o *office.Office) {
	t.Helper()
	ctx := t.Context()
	o.Clock.Advance(time.Second)
	o.A.Publish(t, guarded)
	say := func(what string) string { return canaries[what] }
	code := say("tax code")
	person, err := o.Subjects.Create(ctx, o.A.Do("broker", "subjects.write").Once("canary", []byte("body")), subjects.Data{Kind: "natural", FirstName: "Ada", LastName: "Rossi", TaxCode: &code,
		Email: say("e-mail"), Phone: say("phone"), IBAN: say("IBAN"), BirthDate: calendar.On(1911, time.March, 17), BirthPlace: say("birth place"),
		Addresses: []subjects.Address{{Kind: "residence", Street: say("street"), City: "Bari"}}, Employments: []subjects.Employment{{Kind: "employee", Employer: say("employer")}},
		Incomes:           []subjects.Income{{Source: say("source of income"), NetMonthlyCents: 271828182}},
		Liabilities:       []subjects.Liability{{Lender: say("creditor"), MonthlyCents: 141421356, ResidualCents: 161803398}},
		IdentityDocuments: []subjects.IdentityDocument{{Kind: "passport", Number: say("identity document"), IssuedBy: say("issuer")}},
		Health:            &subjects.Remark{Text: say("health")}, Legal: &subjects.Remark{Text: say("legal")}})
	office.Must(t, err)
	app := o.File(t)
	_, err = o.Applications.AddParty(ctx, o.A.Do("broker", "applications.write").Once("party", []byte("body")), app.ID, 0, applications.Party{SubjectID: person.ID, RoleType: "applicant"})
	office.Must(t, err)
	now := func() int {
		a, err := o.Applications.Get(ctx, o.A.Do("broker", "applications.read"), app.ID)
		office.Must(t, err)
		return a.Version
	}
	_, err = o.Applications.SetFacts(ctx, o.A.Do("compliance_officer", "applications.write"), app.ID, now(), map[string]json.RawMessage{"pension_cents": json.RawMessage(say("fact"))})
	office.Must(t, err)
	_, err = o.Applications.Waive(ctx, o.A.Do("compliance_officer", "applications.waive"), app.ID, now(), applications.Waiver{Invariant: "inv_pension", Reason: say("reason of a waiver")})
	office.Must(t, err)
	_, err = o.Applications.Send(ctx, o.A.Do("broker", "applications.transition"), app.ID, now(), applications.Send{Event: "move", Reason: say("reason of an event"), Payload: map[string]any{"note": say("payload of an event")}})
	office.Must(t, err)

	links := connectors.New(o.DB, lender{}, o.Documents)
	links.Deliver(connectors.Portal(o.Submissions))
	c, err := links.Connect(ctx, o.A.Do("agency_admin", "connectors.write"), connectors.ConnectionInput{Connector: "bankportal", LenderID: o.Lender(t, "levante"), Name: "Levante",
		Config: json.RawMessage(`{"token":"` + say("token") + `"}`)})
	office.Must(t, err)
	var sent ident.OperationID
	office.Must(t, o.DB.Write(ctx, o.A.Do("broker", "submissions.write"), func(tx *tenancy.Tx) error {
		sent, err = connectors.Enqueue(tx, connectors.Order{Method: connectors.Submit, Connector: "bankportal", Connection: c.ID, Application: app.ID, Payload: map[string]any{"text": say("sent to a lender"), "income": 271828182}})
		return err
	}))
	system, err := o.Operator.Scope(o.A.ID, "test")
	office.Must(t, err)
	office.Must(t, links.Run(ctx, system, sent))
	job, err := o.Rotation.Rotate(ctx, o.A.Do("agency_admin", "keys.rotate"))
	office.Must(t, err)
	o.Work(t)
	if job, err = o.Jobs.Get(ctx, o.A.Do("agency_admin", "jobs.read"), job.ID); err != nil || job.State != "done" || job.Failed > 0 {
		t.Fatalf("the rotation: %v %+v", err, job)
	}
	if r, err := o.Applications.Replay(ctx, o.A.Do("broker", "applications.read"), app.ID); err != nil || !r.OK || r.Instance.Sequence < 4 {
		t.Fatalf("the file did not move: %v %+v", err, r)
	}
	ops, err := links.List(ctx, o.A.Do("broker", "operations.read"), connectors.Which{})
	if err != nil || !strings.Contains(string(ops.Items[0].UserAction), say("answered by a lender")) {
		t.Fatalf("the lender's answer is not kept: %v %+v", err, ops)
	}
}

// singing dumps the database and lists which canaries are in it, as text or as the hexadecimal or base 64 form of bytes.
func singing(t *testing.T, o *office.Office) (found []string) {
	t.Helper()
	bin, err := postgres.Binaries()
	office.Must(t, err)
	dump, err := exec.CommandContext(t.Context(), filepath.Join(bin, "pg_dump"), "--data-only", "--dbname", o.AdminURL()).Output()
	office.Must(t, err)
	text := strings.ToLower(string(dump))
	if !strings.Contains(text, "rossi ada") {
		t.Fatal("the dump lacks what is in clear")
	}
	for what, canary := range canaries {
		canary = strings.ToLower(canary)
		for _, form := range []string{canary, hex.EncodeToString([]byte(canary)), strings.ToLower(hex.EncodeToString([]byte(canaries[what]))), strings.ToLower(base64.StdEncoding.EncodeToString([]byte(canaries[what]))[:8])} {
			if strings.Contains(text, form) && !slices.Contains(found, what) {
				found = append(found, what)
			}
		}
	}
	slices.Sort(found)
	return found
}
