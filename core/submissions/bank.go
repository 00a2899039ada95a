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

	AcceptsCounterOffer bool `json:"accepts_counter_offer,omitempty"`
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
		NominalRateBPS: a.NominalRateBPS, InstalmentCents: a.Ratios.Instalment.InstalmentCents, Parties: []PayloadParty{}, Properties: []PayloadProperty{}, Documents: []PayloadDocument{}, AcceptsCounterOffer: f.AcceptsCounter}
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
	// For a counter-offer: what the lender would lend instead. Cents come as text, as all 64-bit numbers of a connector do.
	AmountCents *int64 `json:"amount_cents,omitempty,string"`
	TermMonths  *int   `json:"term_months,omitempty"`
}

// BankItem is something a lender asks for.
type BankItem struct {
	ID   string `json:"id"`
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// eventOf names the machine's event for each step of a lender.
//
// A counter-offer asks something of the broker, as a missing document does: both wait for an answer.
var eventOf = map[string]string{"acknowledged": "acknowledge", "counter_offer": "request_info", "bounced": "bounce", "info_requested": "request_info", "income_approved": "income_approve",
	"property_checks": "order_property_checks", "approved": "final_approve", "offer": "issue_offer", "rejected": "reject"}

// carries are the calls that bring a lender a file, or papers of it.
var carries = []string{connectors.Submit, connectors.Document, connectors.Answering}

// Prepare lets nothing more go to a lender once the submission has ended here: not the file of a submission that was withdrawn while the
// lender was down, nor one that somebody puts back in the queue, nor papers.
func (s *Service) Prepare(ctx context.Context, scope tenancy.Scope, o connectors.Operation, _ *connectors.Call) (payload any, refused *connectors.Failure, err error) {
	if !slices.Contains(carries, o.Method) {
		return o.Payload(), nil, nil
	}
	ended := false
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Value(&ended, "select outcome is not null from instances where id = $1", o.SubmissionID))
	})
	if ended {
		refused = connectors.TakenBack()
	}
	return o.Payload(), refused, err
}

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
	if _, err := connectors.Enqueue(tx, connectors.Order{Method: next, Connector: o.Connector, Connection: o.Connection(), Submission: f.ID, Application: f.ApplicationID,
		Payload: map[string]string{"reference": r.Reference}}); err != nil {
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
		if item.Kind == counterOffer {
			if e.Type != "counter_offer" || e.AmountCents == nil || *e.AmountCents <= 0 {
				return connectors.ErrGarbage
			}
			r.AmountCents, r.RateBPS, r.TermMonths = e.AmountCents, e.RateBPS, e.TermMonths
		}
		tx.Exec(`insert into submission_requests (tenant_id, id, submission_id, external_id, kind, text, created_at, amount_cents, rate_bps, term_months) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			on conflict (tenant_id, submission_id, external_id) do update set kind = excluded.kind, text = excluded.text, document_id = null, answered_at = null, choice = null,
				amount_cents = excluded.amount_cents, rate_bps = excluded.rate_bps, term_months = excluded.term_months`,
			tx.Scope().Tenant(), r.ID, f.ID, r.external, r.Kind, r.Text, tx.Now(), r.AmountCents, r.RateBPS, r.TermMonths)
		f.RequestedItems = append(slices.DeleteFunc(f.RequestedItems, func(x Request) bool { return x.external == item.ID }), r)
	}
	if e.Type == "counter_offer" { // nothing is agreed yet
		return nil
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
	if e.Note != "" && (e.Type == "rejected" || e.Type == "bounced" || e.Type == "info_requested" || e.Type == "counter_offer") {
		payload["note"] = e.Note
	}
	return payload
}
