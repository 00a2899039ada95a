package webhooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/netguard"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// refusing is a bank that refuses whatever it is sent, by the kind in it.
type refusing struct{ kind string }

func (r refusing) Call(context.Context, string, string, connectors.Call, json.RawMessage) connectors.Answer {
	return connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: r.kind, Code: "no", SideEffect: "none"}}
}

func (refusing) Available(context.Context) ([]connectors.Connector, error) {
	return []connectors.Connector{{Name: "bankportal", Publisher: connectors.BuiltIn}}, nil
}

// TestFacts: what happens in the features is told, each with its states, and an agency that asked for nothing has nothing written.
func TestFacts(t *testing.T) {
	o := office.New(t)
	ctx := t.Context()
	must := func(_ any, err error) { t.Helper(); office.Must(t, err) }
	hooks := webhooks.New(o.DB, &netguard.Guard{Targets: []string{"127.0.0.1:8443"}}, nil, "https://pratica.example")
	var all []string
	for _, k := range hooks.Kinds(o.A.ID) {
		all = append(all, k.Type)
	}
	hook, err := hooks.Create(ctx, o.A.Do("agency_admin", "webhooks.write"), webhooks.Input{URL: "https://127.0.0.1:8443/", Types: all})
	office.Must(t, err)

	file, applicant, _ := o.Peopled(t)
	papers, mandate := o.A.Do("back_office", "documents.review"), ident.DocumentID{}
	for _, kind := range []string{"mandate", "privacy"} {
		paper, err := o.Documents.Request(ctx, o.A.Do("broker", "documents.write"), file.ID, documents.Input{Kind: kind})
		office.Must(t, err)
		paper, err = o.Documents.Upload(ctx, o.A.Do("broker", "documents.write"), paper.ID, paper.Version, "a.pdf", strings.NewReader("%PDF-1.4\nx\n%%EOF\n"))
		office.Must(t, err)
		if kind == "mandate" {
			mandate = paper.ID
			must(o.Documents.Accept(ctx, papers, paper.ID, paper.Version, documents.Dates{IssuedOn: calendar.On(2026, time.November, 1)}))
		} else {
			must(o.Documents.Reject(ctx, papers, paper.ID, paper.Version, "the client's name is misspelt"))
		}
	}
	rights := privacy.New(o.DB, instances.NewEngine(), o.Documents, nil, "https://pratica.example")
	must(rights.Consent(ctx, o.A.Do("broker", "consents.write"), applicant, privacy.ConsentInput{Purpose: "marketing", State: "given", Channel: "paper"}))
	sent, err := o.Submissions.Create(ctx, o.A.Do("broker", "submissions.write"), file.ID, submissions.Draft{LenderID: o.Lender(t, "aurora")})
	office.Must(t, err)
	asked := ident.NewRequest()
	o.Exec(t, `insert into submission_requests (tenant_id, id, submission_id, external_id, kind, text, created_at) values ($1, $2, $3, 'i1', 'mandate', 'Sparano wants it', $4)`, o.A.ID, asked, sent.ID, o.Clock.Now())
	must(o.Submissions.AnswerRequest(ctx, o.A.Do("broker", "submissions.write"), sent.ID, submissions.Answer{ItemID: asked, DocumentID: mandate}))
	must(o.Submissions.Send(ctx, o.A.Do("broker", "submissions.transition"), sent.ID, 0, applications.Send{Event: "withdraw", Payload: map[string]any{"reason_code": "client"}}))
	must(o.Applications.Send(ctx, o.A.Do("broker", "applications.transition"), file.ID, 0, applications.Send{Event: "withdraw", Payload: map[string]any{"reason_code": "client"}}))

	links := connectors.New(o.DB, refusing{"rejected"}, o.Documents)
	links.Deliver(connectors.Portal(o.Submissions))
	link, err := links.Connect(ctx, o.A.Do("agency_admin", "connectors.write"), connectors.ConnectionInput{Connector: "bankportal", LenderID: o.Lender(t, "borea"), Name: "Borea"})
	office.Must(t, err)
	run := func(links *connectors.Service) ident.OperationID {
		t.Helper()
		op := ident.NewOperation()
		o.Exec(t, `insert into operations (tenant_id, id, connection_id, connector, method, payload, next_attempt_at, created_at, updated_at) values ($1, $2, $3, 'bankportal', 'SubmitApplication', null, $4, $4, $4)`, o.A.ID, op, link.ID, o.Clock.Now())
		scope, err := o.Operator.Scope(o.A.ID, op.String())
		office.Must(t, err)
		office.Must(t, links.Run(ctx, scope, op))
		return op
	}
	failed := run(links)
	wrong := connectors.New(o.DB, refusing{"unauthenticated"}, o.Documents)
	wrong.Deliver(connectors.Portal(o.Submissions))
	run(wrong)

	told := map[string][]string{}
	page, err := hooks.Deliveries(ctx, o.A.Do("agency_admin", "webhooks.read"), hook.ID, webhooks.Filter{})
	office.Must(t, err)
	for _, d := range page.Items {
		told[d.Type] = append(told[d.Type], d.Subject)
	}
	for kind, about := range map[string]string{
		webhooks.ApplicationOpened: file.ID.String(), webhooks.ApplicationMoved: file.ID.String(), webhooks.SubmissionOpened: sent.ID.String(), webhooks.SubmissionMoved: sent.ID.String(), webhooks.SubmissionAnswered: sent.ID.String(),
		webhooks.DocumentAccepted: "doc_", webhooks.DocumentRejected: "doc_", webhooks.ConsentChanged: applicant.String(), webhooks.OperationFailed: failed.String(), webhooks.ConnectionStopped: link.ID.String(),
	} {
		all = slices.DeleteFunc(all, func(other string) bool { return other == kind })
		if len(told[kind]) != 1 || !strings.HasPrefix(told[kind][0], about) {
			t.Errorf("%s told of %v, want %s", kind, told[kind], about)
		}
	}
	if len(all) > 0 {
		t.Errorf("nothing here makes %v happen", all)
	}
	last, err := o.Raw(t, "", `select data::text from webhook_deliveries where type = $1`, webhooks.ApplicationMoved)
	office.Must(t, err)
	var data struct {
		From, States []string
		Outcome      string
		Version      int
	}
	office.Must(t, json.Unmarshal([]byte(last), &data))
	if fmt.Sprintf("%s %s %s", data.From, data.States, data.Outcome) != "[pre_assessment running] [withdrawn] lost" || data.Version < 2 {
		t.Errorf("the file's move: %s", last)
	}
	everything, err := o.Raw(t, "", `select string_agg(data::text, ' ') from webhook_deliveries`)
	office.Must(t, err)
	for _, word := range []string{"Rossi", "Ada", "misspelt", "paper", "Sparano"} {
		if strings.Contains(everything, word) {
			t.Errorf("told to strangers: %s", word)
		}
	}
	if n, err := o.Raw(t, "", `select count(*)::text from webhook_deliveries where tenant_id <> $1`, o.A.ID); err != nil || n != "0" {
		t.Errorf("%s rows for an agency without endpoints, %v", n, err)
	}
}
