package submissions

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Submission is a file at one lender. Amount in cents, rate in basis points.
type Submission struct {
	ID              ident.SubmissionID    `json:"id"`
	ApplicationID   ident.ApplicationID   `json:"application_id"`
	Lender          Named                 `json:"lender"`
	Product         *Named                `json:"product"`
	AmountCents     int64                 `json:"amount_cents"`
	RateBPS         *int                  `json:"rate_bps"`
	LenderReference *string               `json:"lender_reference"`
	State           string                `json:"state"`
	StateTitle      workflow.Text         `json:"state_title"`
	Outcome         *string               `json:"outcome" enum:"won,lost"`
	RequestedItems  []Request             `json:"requested_items"`
	Breaches        []instances.Breach    `json:"breaches" doc:"Invariants that stand broken"`
	OfferExpires    *time.Time            `json:"offer_expires"`
	AcceptsCounter  bool                  `json:"accepts_counter_offer" doc:"Whether the lender may offer less rather than refuse"`
	Operation       *connectors.Operation `json:"operation"`
	Version         int                   `json:"version"`
	UpdatedAt       time.Time             `json:"updated_at"`

	workflow ident.WorkflowID
	recorded map[string]any // facts of one in which something stands broken
}

// Tag is the version answered as ETag.
func (s Submission) Tag() int { return s.Version }

// Named is a lender or product by name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Request is an item a lender asked for.
type Request struct {
	ID                 ident.RequestID  `json:"id"`
	Kind               string           `json:"kind"`
	Text               string           `json:"text"`
	AnsweredDocumentID ident.DocumentID `json:"answered_document_id"`
	AmountCents        *int64           `json:"amount_cents,omitempty" doc:"For a counter-offer: what the lender would lend"`
	RateBPS            *int             `json:"rate_bps,omitempty"`
	TermMonths         *int             `json:"term_months,omitempty"`
	Choice             *string          `json:"choice,omitempty" enum:"accept,decline" doc:"How a counter-offer was answered"`

	external string
}

func load(dst *[]Submission, where string, args ...any) tenancy.Load {
	return tenancy.Unseal(`select s.id, s.application_id, s.lender_id, l.name, s.product_id, coalesce(p.name, ''), s.amount_cents, s.rate_bps, s.lender_reference,
			i.state, i.outcome, i.breaches, s.offer_expires, s.accepts_counter_offer, i.version, i.updated_at, i.workflow_version_id, `+instances.RecordedColumns+`
		from submissions s join instances i on i.id = s.id join lenders l on l.id = s.lender_id left join products p on p.id = s.product_id `+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		s := Submission{RequestedItems: []Request{}}
		var lender ident.LenderID
		var product ident.ProductID
		var name string
		var sealed instances.Recorded
		if err := rows.Scan(append([]any{&s.ID, &s.ApplicationID, &lender, &s.Lender.Name, &product, &name, &s.AmountCents, &s.RateBPS, &s.LenderReference,
			&s.State, &s.Outcome, &s.Breaches, &s.OfferExpires, &s.AcceptsCounter, &s.Version, &s.UpdatedAt, &s.workflow}, sealed.Dest()...)...); err != nil {
			return err
		}
		var err error
		s.recorded, err = sealed.Open(k, ident.Instance(s.ID))
		s.Lender.ID = lender.String()
		if !product.IsZero() {
			s.Product = &Named{product.String(), name}
		}
		*dst = append(*dst, s)
		return err
	})
}

func loadRequests(dst map[ident.SubmissionID][]Request, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select r.submission_id, r.id, r.kind, r.text, r.document_id, r.external_id, r.amount_cents, r.rate_bps, r.term_months, r.choice from submission_requests r join submissions s on s.id = r.submission_id `+where+` order by r.id`, args, func(rows pgx.Rows) error {
		var of ident.SubmissionID
		var r Request
		err := rows.Scan(&of, &r.ID, &r.Kind, &r.Text, &r.AnsweredDocumentID, &r.external, &r.AmountCents, &r.RateBPS, &r.TermMonths, &r.Choice)
		dst[of] = append(dst[of], r)
		return err
	})
}

// file is a submission with all its machine looks at.
type file struct {
	Submission
	machine    *instances.Running
	app        *applications.File
	agreements []products.Agreement
	connection ident.ConnectionID
	connector  string
	stood      []string // the states of the machine as it was looked at last
}

// fetch reads and locks a submission, and reads its file.
func (s *Service) fetch(tx *tenancy.Tx, id ident.SubmissionID, lock bool) (*file, error) {
	f := &file{machine: &instances.Running{}}
	var rows []Submission
	requests := map[ident.SubmissionID][]Request{}
	err := tx.Load(instances.Load(f.machine, ident.Instance(id), lock), load(&rows, "where s.id = $1", id), loadRequests(requests, "where s.id = $1", id),
		tenancy.Scan(`select a.starts_on, a.ends_on from lender_agreements a join submissions s on s.lender_id = a.lender_id where s.id = $1`, []any{id}, func(rows pgx.Rows) error {
			var a products.Agreement
			err := rows.Scan(&a.From, &a.To)
			f.agreements = append(f.agreements, a)
			return err
		}),
		tenancy.Scan(`select c.id, c.connector from connections c join submissions s on s.lender_id = c.lender_id where s.id = $1 order by c.id limit 1`, []any{id}, func(rows pgx.Rows) error {
			return rows.Scan(&f.connection, &f.connector)
		}))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errMissing
	}
	f.Submission = rows[0]
	f.RequestedItems = append(f.RequestedItems, requests[id]...)
	if err := s.engine.Attach(tx, f.machine); err != nil {
		return nil, err
	}
	f.stood = f.machine.Instance.States
	f.StateTitle = f.machine.Machine.Template.StateTitle(f.State)
	f.app, err = s.files.Fetch(tx, f.ApplicationID, false)
	return f, err
}

// world is what the submission's machine sees: its own facts, its file's, and how file and lender stand.
func (f *file) world(now time.Time) (workflow.World, error) {
	amount := f.AmountCents
	if f.LenderReference == nil { // not with the lender yet: what would be sent is the file's
		amount = f.app.AmountCents
	}
	facts := map[string]any{"lender_id": f.Lender.ID, "amount_cents": amount, "requested_items_open": int64(f.open()),
		"application_state": f.app.State, "agreement_active": products.ActiveOn(f.agreements, now)}
	if f.Product != nil {
		facts["product_id"] = f.Product.ID
	}
	if f.RateBPS != nil {
		facts["rate_bps"] = *f.RateBPS
	}
	if f.LenderReference != nil {
		facts["lender_reference"] = *f.LenderReference
	}
	if f.OfferExpires != nil {
		facts["offer_expires"] = *f.OfferExpires
	}
	own, err := f.app.World(now)
	if err != nil {
		return workflow.World{}, err
	}
	for name, v := range own.Facts {
		facts["application."+name] = v
	}
	return f.machine.World(facts, f.app.Domain, now)
}

func (f *file) open() (n int) {
	for _, r := range f.RequestedItems {
		if r.AnsweredDocumentID.IsZero() && r.Choice == nil {
			n++
		}
	}
	return n
}
