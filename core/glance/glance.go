// Package glance shows, in a file, how what comes from banks, bureaus and digital identities stands for each of its borrowers: at a glance,
// in one question to the database. What was found, and what can be done, is the business of core/consents, core/creditreports and
// core/verifications; no figure and no report is read here.
//
// It reads their tables and application_parties. Actions: applications.read; a part is shown to whoever may read it (bank_consents.read,
// credit_reports.read, verifications.read). Errors: application.not_found (404).
package glance

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Borrower is a natural person who borrows (applicant, co-applicant), and how they stand.
type Borrower struct {
	SubjectID  ident.SubjectID `json:"subject_id"`
	Consent    *Consent        `json:"consent" doc:"The one in force, else the newest; null: none was asked for"`
	CashFlowAt *time.Time      `json:"cash_flow_at" doc:"When the newest figures were drawn; null where none were, or they count no more"`
	Report     *Report         `json:"report" doc:"The newest credit report"`
	Identity   *Identity       `json:"identity" doc:"The best proof, else the newest try"`
}

// Consent is one to read accounts.
type Consent struct {
	State      string        `json:"state"`
	StateTitle workflow.Text `json:"state_title"`
	Ended      bool          `json:"ended"`
	Withdrawn  bool          `json:"withdrawn" doc:"The person took it back: it is not in force, whatever its state"`
	ValidUntil calendar.Date `json:"valid_until"`
	process    ident.WorkflowID
}

// Report is a credit report.
type Report struct {
	State string    `json:"state" enum:"requested,ready,failed"`
	At    time.Time `json:"at" doc:"Issued, else asked for"`
}

// Identity is a proof of who somebody is.
type Identity struct {
	State    string    `json:"state" enum:"started,verified,refused"`
	Provider string    `json:"provider" enum:"spid,cie"`
	Level    string    `json:"level" enum:"low,substantial,high"`
	At       time.Time `json:"at" doc:"Proved, else asked for"`
}

// Service looks at files.
type Service struct {
	db     *tenancy.DB
	engine *instances.Engine
}

// New builds the service.
func New(db *tenancy.DB, engine *instances.Engine) *Service { return &Service{db, engine} }

// Of shows how a file's borrowers stand, in the order they were added.
func (s *Service) Of(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (out []Borrower, err error) {
	found := false
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		err := tx.Load(tenancy.Value(&found, `select true from applications where id = $1`, id), load(&out, id))
		for i := range out {
			out[i].only(tx.May)
		}
		return err
	})
	if err == nil && !found {
		err = fault.Missing("application")
	}
	for i := range out {
		if c := out[i].Consent; c != nil && err == nil {
			var m *workflow.Machine
			if m, err = s.engine.Pinned(ctx, s.db, scope, c.process); err == nil {
				c.StateTitle = m.Template.StateTitle(c.State)
			}
		}
	}
	return out, err
}

// only leaves what its reader may see.
func (b *Borrower) only(may func(access.Action) bool) {
	if !may("bank_consents.read") {
		b.Consent, b.CashFlowAt = nil, nil
	}
	if !may("credit_reports.read") {
		b.Report = nil
	}
	if !may("verifications.read") {
		b.Identity = nil
	}
}

func load(dst *[]Borrower, id ident.ApplicationID) tenancy.Load {
	return tenancy.Scan(`select b.subject_id, c.state, c.ended, c.withdrawn, c.valid_until, c.workflow_version_id, f.at, r.state, r.at, v.state, v.provider, v.level, v.at
		from (select distinct on (p.subject_id) p.subject_id, p.id as place from application_parties p join subjects s on s.id = p.subject_id
				where p.application_id = $1 and p.role_type in ('applicant', 'co_applicant') and s.kind = 'natural' order by p.subject_id, p.id) b
			left join lateral (select i.state, i.outcome is not null as ended, x.withdrawn_at is not null as withdrawn, x.valid_until, i.workflow_version_id from bank_consents x join instances i on i.id = x.id
				where x.subject_id = b.subject_id order by i.state in ('valid', 'expiring') and x.withdrawn_at is null desc, x.id desc limit 1) c on true
			left join lateral (select x.at, x.over_at from cash_flows x where x.subject_id = b.subject_id order by x.id desc limit 1) f on f.over_at is null
			left join lateral (select x.state, coalesce(x.issued_at, x.created_at) as at from credit_reports x where x.subject_id = b.subject_id order by x.id desc limit 1) r on true
			left join lateral (select x.state, x.provider, x.level, coalesce(x.verified_at, x.created_at) as at from verifications x
				where x.subject_id = b.subject_id order by x.state = 'verified' desc, x.id desc limit 1) v on true
		order by b.place`, []any{id}, func(rows pgx.Rows) error {
		var b Borrower
		var c, r, v, provider, level *string
		var ended, withdrawn *bool
		var consent Consent
		var reportAt, identityAt *time.Time
		if err := rows.Scan(&b.SubjectID, &c, &ended, &withdrawn, &consent.ValidUntil, &consent.process, &b.CashFlowAt, &r, &reportAt, &v, &provider, &level, &identityAt); err != nil {
			return err
		}
		if c != nil {
			consent.State, consent.Ended, consent.Withdrawn = *c, *ended, *withdrawn
			b.Consent = &consent
		}
		if r != nil {
			b.Report = &Report{*r, *reportAt}
		}
		if v != nil {
			b.Identity = &Identity{*v, *provider, *level, *identityAt}
		}
		*dst = append(*dst, b)
		return nil
	}).From(func() { *dst = []Borrower{} })
}
