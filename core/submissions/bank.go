package submissions

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Payload is what a lender is sent of a file. Amounts in cents, ratios and rates in basis points.
type Payload struct {
	Reference       string            `json:"reference,omitempty"` // the lender's, once it has given one
	File            string            `json:"file"`
	Purpose         string            `json:"purpose"`
	ProductKind     string            `json:"product_kind"`
	RateKind        string            `json:"rate_kind"`
	AmountCents     int64             `json:"amount_cents"`
	TermMonths      int               `json:"term_months"`
	NominalRateBPS  int               `json:"nominal_rate_bps"`
	InstalmentCents int64             `json:"instalment_cents"`
	ValueCents      int64             `json:"value_cents"`
	LTVBPS          int               `json:"ltv_bps"`
	DTIBPS          int               `json:"dti_bps"`
	Parties         []PayloadParty    `json:"parties"`
	Properties      []PayloadProperty `json:"properties"`
	Documents       []PayloadDocument `json:"documents"`
}

// PayloadParty is a person or company of the file.
type PayloadParty struct {
	Role            string `json:"role"`
	FirstName       string `json:"first_name"`
	LastName        string `json:"last_name"`
	CompanyName     string `json:"company_name,omitempty"`
	TaxCode         string `json:"tax_code"`
	Employment      string `json:"employment"`
	NetMonthlyCents int64  `json:"net_monthly_cents"`
	DebtsCents      int64  `json:"debts_cents"`
}

// PayloadProperty is a property of the file.
type PayloadProperty struct {
	Purpose    string `json:"purpose"`
	Address    string `json:"address"`
	ValueCents int64  `json:"value_cents"`
}

// PayloadDocument names an accepted document by its digest.
type PayloadDocument struct {
	Kind   string `json:"kind"`
	SHA256 string `json:"sha256"`
}

// payload is the file as it stands in this transaction.
func (s *Service) payload(tx *tenancy.Tx, f *file) (Payload, error) {
	a := f.app
	p := Payload{File: a.Number, Purpose: a.Purpose, ProductKind: a.ProductKind, RateKind: a.RateKind, AmountCents: a.AmountCents, TermMonths: a.TermMonths,
		NominalRateBPS: a.NominalRateBPS, InstalmentCents: a.Ratios.Instalment.InstalmentCents, Parties: []PayloadParty{}, Properties: []PayloadProperty{}, Documents: []PayloadDocument{}}
	if f.LenderReference != nil {
		p.Reference = *f.LenderReference
	}
	if v := a.Ratios.LTV.ValueCents; v != nil {
		p.ValueCents = *v
	}
	if v := a.Ratios.LTV.ResultBPS; v != nil {
		p.LTVBPS = *v
	}
	if v := a.Ratios.DTI.ResultBPS; v != nil {
		p.DTIBPS = *v
	}
	for _, b := range a.Ratios.LTV.Basis {
		if b.UsedCents != nil {
			p.Properties = append(p.Properties, PayloadProperty{Purpose: "mortgaged", Address: b.AddressLine, ValueCents: *b.UsedCents})
		}
	}
	err := tx.Load(tenancy.Unseal(`select s.id, p.role_type, s.first_name, s.last_name, s.company_name, coalesce(s.vat_number, ''), `+subjects.ExtractColumns+`
			from application_parties p join subjects s on s.id = p.subject_id where p.application_id = $1 order by p.id`, []any{a.ID}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var id ident.SubjectID
		var x PayloadParty
		var e subjects.Extract
		if err := rows.Scan(append([]any{&id, &x.Role, &x.FirstName, &x.LastName, &x.CompanyName, &x.TaxCode}, e.Dest()...)...); err != nil {
			return err
		}
		err := e.Open(k, id)
		x.Employment, x.DebtsCents = e.Employment(), e.DebtsCents()
		if e.TaxCode != nil {
			x.TaxCode = *e.TaxCode
		}
		if income := e.IncomeCents(); income != nil {
			x.NetMonthlyCents = *income
		}
		p.Parties = append(p.Parties, x)
		return err
	}), tenancy.Scan(`select d.kind, encode(d.sha256, 'hex') from documents d where d.state = 'accepted' and (d.application_id = $1
			or d.subject_id in (select subject_id from application_parties where application_id = $1)
			or d.property_id in (select property_id from application_properties where application_id = $1)) order by d.id`, []any{a.ID}, func(rows pgx.Rows) error {
		var x PayloadDocument
		err := rows.Scan(&x.Kind, &x.SHA256)
		p.Documents = append(p.Documents, x)
		return err
	}))
	return p, err
}

// Receipt is what a lender answers to a submission.
type Receipt struct {
	Reference string `json:"reference"`
}

// News is what a lender's portal says since it was last asked. Final: nothing more will come.
type News struct {
	Final  bool        `json:"final"`
	Events []BankEvent `json:"events"`
}

// BankEvent is one step of a lender, under the lender's own id.
type BankEvent struct {
	ID         string     `json:"id"`
	Type       string     `json:"type"` // acknowledged, info_requested, income_approved, property_checks, approved, offer, rejected, bounced
	Items      []BankItem `json:"items,omitempty"`
	RateBPS    *int       `json:"rate_bps,omitempty"`
	Expires    *time.Time `json:"expires,omitempty"`
	ReasonCode string     `json:"reason_code,omitempty"`
	Note       string     `json:"note,omitempty"`
}

// BankItem is something a lender asks for.
type BankItem struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// eventOf names the machine's event for each step of a lender.
var eventOf = map[string]string{"acknowledged": "acknowledge", "bounced": "bounce", "info_requested": "request_info", "income_approved": "income_approve",
	"property_checks": "order_property_checks", "approved": "final_approve", "offer": "issue_offer", "rejected": "reject"}

// Took takes what an operation came to, in the transaction that settles it.
func (s *Service) Took(tx *tenancy.Tx, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	if o.SubmissionID.IsZero() || a.Verdict == connectors.Failed {
		return connectors.AsSettled, outbox.Tell(tx, "submissions", o.SubmissionID, 0)
	}
	f, err := s.fetch(tx, o.SubmissionID, true)
	if err != nil {
		return connectors.AsSettled, err
	}
	switch {
	case a.Verdict == connectors.NeedsUser:
		title := workflow.Text{EN: f.Lender.Name + " waits for something from you", IT: f.Lender.Name + " attende qualcosa da voi"}
		if err := s.files.Act(tx, f.app, workflow.Action{Do: "task.create", Role: "broker", Title: &title}); err != nil {
			return connectors.AsSettled, err
		}
		return connectors.AsSettled, outbox.Tell(tx, "submissions", f.ID, f.Version)
	case o.Method == connectors.Submit && a.Verdict == connectors.Done:
		return connectors.AsSettled, s.tookReceipt(tx, f, o, a)
	case o.Method == connectors.Status:
		return s.tookNews(tx, f, a)
	}
	return connectors.AsSettled, nil
}

// tookReceipt keeps the lender's reference and starts asking for news.
func (s *Service) tookReceipt(tx *tenancy.Tx, f *file, o connectors.Operation, a connectors.Answer) error {
	var r Receipt
	if err := json.Unmarshal(a.Payload, &r); err != nil || r.Reference == "" {
		return connectors.ErrGarbage
	}
	tx.Exec("update submissions set lender_reference = $2 where id = $1", f.ID, r.Reference)
	f.LenderReference = &r.Reference
	next := connectors.Status
	if f.Outcome != nil { // withdrawn before the lender had answered: now it can be told
		next = connectors.Withdraw
	}
	if _, err := connectors.Enqueue(tx, f.ID, f.ApplicationID, o.Connection(), o.Connector, next, map[string]string{"reference": r.Reference}); err != nil {
		return err
	}
	return outbox.Tell(tx, "submissions", f.ID, f.Version)
}

// tookNews plays each of the lender's steps once, in the lender's order. One that has to wait here (the lender approves, the
// appraisal is not accepted yet) waits with all that follow it: the lender is asked again.
func (s *Service) tookNews(tx *tenancy.Tx, f *file, a connectors.Answer) (connectors.Then, error) {
	var news News
	if err := json.Unmarshal(a.Payload, &news); err != nil {
		return connectors.AsSettled, connectors.ErrGarbage
	}
	taken := map[string]bool{}
	if err := tx.Load(tenancy.Scan("select event_id from taken_events where submission_id = $1", []any{f.ID}, func(rows pgx.Rows) error {
		var id string
		err := rows.Scan(&id)
		taken[id] = true
		return err
	})); err != nil {
		return connectors.AsSettled, err
	}
	waiting := slices.DeleteFunc(news.Events, func(e BankEvent) bool { return taken[e.ID] })
	for len(waiting) > 0 {
		next, err := s.playFirst(tx, f, waiting)
		switch {
		case err != nil:
			return connectors.AsSettled, err
		case next == 0:
			return connectors.AskAgain, nil
		}
		for _, e := range waiting[:next] {
			tx.Exec(`insert into taken_events (tenant_id, submission_id, event_id, at) values ($1, $2, $3, $4) on conflict do nothing`, tx.Scope().Tenant(), f.ID, e.ID, tx.Now())
		}
		waiting = waiting[next:]
	}
	if f.Outcome != nil {
		return connectors.Enough, nil
	}
	return connectors.AsSettled, s.settle(tx, f)
}

// playFirst plays the first of a lender's steps that the machine has a place for, and returns how many are then behind it.
//
// A step that is refused for its state may be one the machine has passed already (somebody entered it by hand): then a later
// one fits, and it is spent. If none fits, the machine is the one behind (an answer to the lender is still to be sent), or a guard stands
// in the way: none is spent, 0 is returned, and the lender is asked again. Once the submission has ended, nothing matters any more.
func (s *Service) playFirst(tx *tenancy.Tx, f *file, steps []BankEvent) (int, error) {
	for i, e := range steps {
		event, known := eventOf[e.Type]
		if f.Outcome != nil || !known || f.machine.Machine.Event(event) == nil {
			if i > 0 {
				continue
			}
			audit.Record(tx, "submission.event_unplaced", f.ID, map[string]string{"event": event})
			return 1, nil
		}
		_, err := s.send(tx, f, applications.Send{Event: event, Payload: payloadOf(e)}, workflow.System())
		switch failure := fault.As(err); {
		case err == nil:
			return i + 1, keepStep(tx, f, e)
		case failure.Code == "event.wrong_state":
			continue
		case failure.Kind == fault.Refused || failure.Kind == fault.Forbidden || failure.Kind == fault.Invalid:
			return 0, nil
		default:
			return 0, err
		}
	}
	return 0, nil
}

// keepStep stores what a lender's step brought. An item that is asked for again is open again.
func keepStep(tx *tenancy.Tx, f *file, e BankEvent) error {
	for _, item := range e.Items {
		r := Request{ID: ident.NewRequest(), Kind: item.Kind, Text: item.Text, external: item.ID}
		tx.Exec(`insert into submission_requests (tenant_id, id, submission_id, external_id, kind, text, created_at) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (tenant_id, submission_id, external_id) do update set kind = excluded.kind, text = excluded.text, document_id = null, answered_at = null`,
			tx.Scope().Tenant(), r.ID, f.ID, r.external, r.Kind, r.Text, tx.Now())
		f.RequestedItems = append(slices.DeleteFunc(f.RequestedItems, func(x Request) bool { return x.external == item.ID }), r)
	}
	if e.RateBPS != nil {
		f.RateBPS = e.RateBPS
	}
	if e.Expires != nil {
		f.OfferExpires = e.Expires
	}
	if e.RateBPS != nil || e.Expires != nil {
		tx.Exec("update submissions set rate_bps = $2, offer_expires = $3 where id = $1", f.ID, f.RateBPS, f.OfferExpires)
	}
	return nil
}

// settle lets the machine look at what a lender's steps or an answer changed.
func (s *Service) settle(tx *tenancy.Tx, f *file) error {
	if f.Outcome != nil {
		return nil
	}
	w, err := f.world(tx.Now())
	if err != nil {
		return err
	}
	result, err := s.engine.Settle(tx, f.machine, w, nil)
	if err != nil {
		return err
	}
	_, err = s.moved(tx, f, result)
	return err
}

// payloadOf is what the machine is told of a lender's step.
func payloadOf(e BankEvent) map[string]any {
	payload := map[string]any{}
	if e.ReasonCode != "" {
		payload["reason_code"] = e.ReasonCode
	}
	if e.Note != "" && (e.Type == "rejected" || e.Type == "bounced" || e.Type == "info_requested") {
		payload["note"] = e.Note
	}
	return payload
}

// answered tells a lender which of its items a document answers; the content travels beside it.
type answered struct {
	Reference string           `json:"reference"`
	Item      string           `json:"item_id"`
	Kind      string           `json:"kind"`
	Document  ident.DocumentID `json:"document_id"`
	SHA256    string           `json:"sha256"`
	FileName  string           `json:"file_name"`
	MediaType string           `json:"media_type"`
	SizeBytes int64            `json:"size_bytes"`
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// AnswerRequest answers an item a lender asked for with a document, which is sent to the lender.
func (s *Service) AnswerRequest(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID, item ident.RequestID, document ident.DocumentID) (Submission, error) {
	var out Submission
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		if f.Outcome != nil {
			return fault.New(fault.Conflict, "submission.ended", "This submission has ended; the lender takes nothing more.")
		}
		var asked *Request
		for i := range f.RequestedItems {
			if f.RequestedItems[i].ID == item {
				asked = &f.RequestedItems[i]
			}
		}
		if asked == nil {
			return fault.Input("submission.no_item", "/item_id", "The lender asked for no such item.")
		}
		paper := answered{Reference: text(f.LenderReference), Item: asked.external, Kind: asked.Kind, Document: document}
		var state string
		if err := tx.Load(tenancy.Scan(`select d.state, coalesce(encode(d.sha256, 'hex'), ''), d.file_name, d.media_type, d.size_bytes from documents d where d.id = $1 and (d.application_id = $2
				or d.subject_id in (select subject_id from application_parties where application_id = $2)
				or d.property_id in (select property_id from application_properties where application_id = $2))`, []any{document, f.ApplicationID}, func(rows pgx.Rows) error {
			return rows.Scan(&state, &paper.SHA256, &paper.FileName, &paper.MediaType, &paper.SizeBytes)
		})); err != nil {
			return err
		}
		switch state {
		case "": // another file's papers are not this lender's to see
			return fault.Missing("document")
		case "requested", "rejected":
			return fault.New(fault.Conflict, "document.no_content", "This document has nothing to send. Upload it first.")
		}
		asked.AnsweredDocumentID = document
		tx.Exec("update submission_requests set document_id = $2, answered_at = $3 where id = $1", item, document, tx.Now())
		audit.Record(tx, "submission.answered", id, nil)
		if err := webhooks.Emit(tx, webhooks.Answer{ID: id, ApplicationID: f.ApplicationID, ItemID: item, DocumentID: document, Version: f.Version}); err != nil {
			return err
		}
		if !f.connection.IsZero() && f.LenderReference != nil {
			if _, err := connectors.Enqueue(tx, f.ID, f.ApplicationID, f.connection, f.connector, connectors.Answering, paper); err != nil {
				return err
			}
		}
		if err := s.settle(tx, f); err != nil {
			return err
		}
		out = f.Submission
		return tx.Answer(out)
	})
	return out, err
}
