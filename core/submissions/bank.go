package submissions

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
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
	p := Payload{File: a.Number, Purpose: a.Purpose, ProductKind: a.ProductKind, RateKind: a.RateKind, AmountCents: f.AmountCents, TermMonths: a.TermMonths,
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
	err := tx.Load(tenancy.Scan(`select p.role_type, s.first_name, s.last_name, s.company_name, coalesce(s.tax_code, s.vat_number, ''), coalesce(s.employments->0->>'kind', ''),
				coalesce((select sum((x->>'net_monthly_cents')::bigint)::bigint from jsonb_array_elements(s.incomes) x), 0),
				coalesce((select sum((x->>'monthly_cents')::bigint)::bigint from jsonb_array_elements(s.liabilities) x), 0)
			from application_parties p join subjects s on s.id = p.subject_id where p.application_id = $1 order by p.id`, []any{a.ID}, func(rows pgx.Rows) error {
		var x PayloadParty
		err := rows.Scan(&x.Role, &x.FirstName, &x.LastName, &x.CompanyName, &x.TaxCode, &x.Employment, &x.NetMonthlyCents, &x.DebtsCents)
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
func (s *Service) Took(tx *tenancy.Tx, o connectors.Operation, a connectors.Answer) (again bool, err error) {
	if o.SubmissionID.IsZero() || a.Verdict == connectors.Failed || a.Verdict == connectors.NeedsUser {
		return false, outbox.Tell(tx, "submissions", o.SubmissionID, 0)
	}
	f, err := s.fetch(tx, o.SubmissionID, true)
	if err != nil {
		return false, err
	}
	switch o.Method {
	case connectors.Submit:
		return false, s.tookReceipt(tx, f, o, a)
	case connectors.Status:
		return s.tookNews(tx, f, a)
	}
	return false, nil
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

// tookNews plays each of the lender's steps once, in the lender's order. A step that a guard still holds (the lender
// approves, the appraisal is not accepted here yet) waits, and the ones after it with it: the lender is asked again.
func (s *Service) tookNews(tx *tenancy.Tx, f *file, a connectors.Answer) (again bool, err error) {
	var news News
	if err := json.Unmarshal(a.Payload, &news); err != nil {
		return false, connectors.ErrGarbage
	}
	taken := map[string]bool{}
	if err := tx.Load(tenancy.Scan("select event_id from taken_events where submission_id = $1", []any{f.ID}, func(rows pgx.Rows) error {
		var id string
		err := rows.Scan(&id)
		taken[id] = true
		return err
	})); err != nil {
		return false, err
	}
	for _, e := range news.Events {
		if taken[e.ID] {
			continue
		}
		taken[e.ID] = true
		held, err := s.play(tx, f, e)
		if held || err != nil {
			return held, err
		}
		tx.Exec("insert into taken_events (tenant_id, submission_id, event_id, at) values ($1, $2, $3, $4)", tx.Scope().Tenant(), f.ID, e.ID, tx.Now())
	}
	return false, nil
}

// play sends the event of a lender's step and keeps what the step brings. held: a guard still stands in its way.
// One the machine has no place for (the file was withdrawn meanwhile) changes nothing and is in the trail.
func (s *Service) play(tx *tenancy.Tx, f *file, e BankEvent) (held bool, err error) {
	event, known := eventOf[e.Type]
	if !known {
		audit.Record(tx, "submission.event_unknown", f.ID, nil)
		return false, nil
	}
	_, err = s.send(tx, f, applications.Send{Event: event, Payload: payloadOf(e)}, workflow.System())
	if err != nil {
		switch e := fault.As(err); {
		case e.Code == "event.refused":
			return true, nil
		case e.Kind != fault.Refused && e.Kind != fault.Forbidden && e.Kind != fault.Invalid:
			return false, err
		}
		audit.Record(tx, "submission.event_refused", f.ID, map[string]string{"event": event})
		return false, nil
	}
	for _, item := range e.Items {
		r := Request{ID: ident.NewRequest(), Kind: item.Kind, Text: item.Text, external: item.ID}
		tx.Exec(`insert into submission_requests (tenant_id, id, submission_id, external_id, kind, text, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			tx.Scope().Tenant(), r.ID, f.ID, r.external, r.Kind, r.Text, tx.Now())
		f.RequestedItems = append(f.RequestedItems, r)
	}
	if e.RateBPS != nil || e.Expires != nil {
		f.RateBPS, f.OfferExpires = e.RateBPS, e.Expires
		tx.Exec("update submissions set rate_bps = $2, offer_expires = $3 where id = $1", f.ID, e.RateBPS, e.Expires)
	}
	return false, nil
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
		if err := tx.Load(tenancy.Scan(`select state, coalesce(encode(sha256, 'hex'), ''), file_name, media_type, size_bytes from documents where id = $1`, []any{document}, func(rows pgx.Rows) error {
			return rows.Scan(&state, &paper.SHA256, &paper.FileName, &paper.MediaType, &paper.SizeBytes)
		})); err != nil {
			return err
		}
		switch state {
		case "":
			return fault.Missing("document")
		case "requested", "rejected":
			return fault.New(fault.Conflict, "document.no_content", "This document has nothing to send. Upload it first.")
		}
		tx.Exec("update submission_requests set document_id = $2, answered_at = $3 where id = $1", item, document, tx.Now())
		audit.Record(tx, "submission.answered", id, nil)
		if !f.connection.IsZero() && f.LenderReference != nil {
			if _, err := connectors.Enqueue(tx, f.ID, f.ApplicationID, f.connection, f.connector, connectors.Answering, paper); err != nil {
				return err
			}
		}
		w, err := func() (workflow.World, error) { asked.AnsweredDocumentID = document; return f.world(tx.Now()) }()
		if err != nil {
			return err
		}
		if _, err := s.engine.Settle(tx, f.machine, w, nil); err != nil {
			return err
		}
		return outbox.Tell(tx, "submissions", id, f.machine.Version)
	})
	if err != nil {
		return Submission{}, err
	}
	return s.Get(ctx, scope, id)
}
