package applications

import (
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// File is a file with all that facts are computed from, read in one batch.
type File struct {
	Application
	Machine  *instances.Running
	Details  map[ident.SubjectID]Detail
	Counts   SubmissionCounts
	Ratios   Ratios
	Underway []ident.SubmissionID // its submissions that have not ended
	Domain   workflow.Domain      // answers about documents; documents sets it
	Extra    map[string]any       // facts that features above contribute
}

// Detail is what of a party's subject rules look at.
type Detail struct {
	Natural          bool
	Employment       string
	Citizenship      string
	MaritalStatus    string
	PEP              bool
	Risk             *string
	LiabilitiesCents int64
	Liabilities      int
}

// SubmissionCounts are a file's submissions by how they stand.
type SubmissionCounts struct{ Open, Approved, Lost int64 }

// FactSource lets a feature above contribute to the facts of files, in the same batch. documents implements it.
type FactSource interface {
	// Gather returns loads for a file, and what to do with them once they and the file's own have answered.
	Gather(id ident.ApplicationID) (loads []tenancy.Load, apply func(*File))
}

// Fetch reads a file with its machine and facts in one round trip; with lock, to move it.
func (s *Service) Fetch(tx *tenancy.Tx, id ident.ApplicationID, lock bool) (*File, error) {
	f, loads, assemble := s.prepare(id, lock)
	if err := tx.Load(loads...); err != nil {
		return nil, err
	}
	return f, assemble(tx)
}

func (s *Service) prepare(id ident.ApplicationID, lock bool) (f *File, loads []tenancy.Load, assemble func(*tenancy.Tx) error) {
	f = &File{Machine: &instances.Running{}, Details: map[ident.SubjectID]Detail{}, Extra: map[string]any{}}
	var page pageRow
	var parties []Party
	var properties []Collateral
	loads = []tenancy.Load{instances.Load(f.Machine, ident.Instance(id), lock), loadPage(&page, id), loadParties(&parties, id), loadProperties(&properties, id),
		loadDetails(f.Details, id), loadCounts(f, id)}
	var applies []func(*File)
	for _, source := range s.sources {
		more, apply := source.Gather(id)
		loads = append(loads, more...)
		applies = append(applies, apply)
	}
	return f, loads, func(tx *tenancy.Tx) error {
		if !page.found {
			return errMissing
		}
		if err := s.engine.Attach(tx, f.Machine); err != nil {
			return err
		}
		m := f.Machine.Machine
		f.Application = page.assemble(m, orEmpty(parties), orEmpty(properties))
		debts := map[ident.SubjectID]int64{}
		for id, d := range f.Details {
			debts[id] = d.LiabilitiesCents
		}
		f.Ratios = ratiosOf(&f.Application, debts)
		for _, apply := range applies {
			apply(f)
		}
		return nil
	}
}

// World is what the file's machine sees at an instant.
func (f *File) World(now time.Time) (workflow.World, error) {
	return f.Machine.World(f.Facts(), f.Domain, now)
}

// Facts are the built-in facts of workflow.md for an application. What is not known is absent.
func (f *File) Facts() map[string]any {
	facts := map[string]any{
		"amount_cents": f.AmountCents, "term_months": f.TermMonths, "purpose": f.Purpose, "rate_kind": f.RateKind, "product_kind": f.ProductKind,
		"created_by": f.CreatedBy, "owner_id": f.Owner.ID.String(), "planned_submission": f.PlannedSubmission.Time(),
		"submissions_open": f.Counts.Open, "submissions_approved": f.Counts.Approved, "submissions_lost": f.Counts.Lost,
	}
	if v := f.Ratios.LTV.ValueCents; v != nil {
		facts["value_cents"] = *v
	}
	if v := f.Ratios.LTV.ResultBPS; v != nil {
		facts["ltv_bps"] = *v
	}
	if v := f.Ratios.DTI.ResultBPS; v != nil {
		facts["dti_bps"] = *v
	}
	parties := []any{}
	pep := false
	for _, p := range f.Parties {
		d := f.Details[p.SubjectID]
		pep = pep || d.PEP
		party := map[string]any{"subject_id": p.SubjectID.String(), "role_type": p.RoleType, "natural": d.Natural}
		if d.Employment != "" {
			party["employment"] = d.Employment
		}
		parties = append(parties, party)
	}
	facts["parties"] = parties
	if len(f.Parties) > 0 {
		facts["pep"] = pep
	}
	if risk := f.risk(); risk != "" {
		facts["risk_profile"] = risk
	}
	properties := []any{}
	for _, c := range f.Properties {
		p := map[string]any{"property_id": c.PropertyID.String(), "purpose": c.Purpose}
		if v := lower(c.PriceCents, c.AppraisalCents); v != nil {
			p["value_cents"] = *v
		}
		properties = append(properties, p)
	}
	facts["properties"] = properties
	maps.Copy(facts, f.Extra)
	return facts
}

// risk is the highest profile of the file's parties; "" until every one is assessed.
func (f *File) risk() string {
	rank := map[string]int{"low": 1, "medium": 2, "high": 3}
	highest := ""
	for _, d := range f.Details {
		if d.Risk == nil {
			return ""
		}
		if rank[*d.Risk] > rank[highest] {
			highest = *d.Risk
		}
	}
	return highest
}

func loadDetails(dst map[ident.SubjectID]Detail, id ident.ApplicationID) tenancy.Load {
	return tenancy.Unseal(`select s.id, s.kind = 'natural', s.citizenship, s.marital_status, s.pep, s.risk_profile, `+subjects.ExtractColumns+`
		from application_parties p join subjects s on s.id = p.subject_id where p.application_id = $1`, []any{id}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var subject ident.SubjectID
		var d Detail
		var e subjects.Extract
		if err := rows.Scan(append([]any{&subject, &d.Natural, &d.Citizenship, &d.MaritalStatus, &d.PEP, &d.Risk}, e.Dest()...)...); err != nil {
			return err
		}
		err := e.Open(k, subject)
		d.Employment, d.LiabilitiesCents, d.Liabilities = e.Employment(), e.DebtsCents(), len(e.Liabilities)
		dst[subject] = d
		return err
	})
}

// approved are the states of a submission in which its lender has said yes.
var approved = []string{"approved", "offer_reflection", "accepted"}

// Count is what one submission adds to the counts; one that moves without changing it changes no fact of its file.
func Count(state string, outcome *string) (c SubmissionCounts) {
	if outcome == nil && state != "draft" {
		c.Open = 1
	}
	if slices.Contains(approved, state) {
		c.Approved = 1
	}
	if outcome != nil && *outcome == "lost" {
		c.Lost = 1
	}
	return c
}

func loadCounts(dst *File, id ident.ApplicationID) tenancy.Load {
	return tenancy.Scan(`select s.id, i.state, i.outcome from submissions s join instances i on i.id = s.id where s.application_id = $1`, []any{id}, func(rows pgx.Rows) error {
		var sent ident.SubmissionID
		var state string
		var outcome *string
		err := rows.Scan(&sent, &state, &outcome)
		c, n := Count(state, outcome), &dst.Counts
		n.Open, n.Approved, n.Lost = n.Open+c.Open, n.Approved+c.Approved, n.Lost+c.Lost
		if outcome == nil {
			dst.Underway = append(dst.Underway, sent)
		}
		return err
	})
}
