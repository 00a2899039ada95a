package applications

import (
	"context"
	"slices"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Service keeps the files of agencies.
type Service struct {
	db      *tenancy.DB
	engine  *instances.Engine
	sources []FactSource
	effects Effects
}

// Effects carries out actions of a transition that features above own (connector calls, submissions, document requests),
// through the caller's transaction.
type Effects interface {
	Apply(tx *tenancy.Tx, f *File, a workflow.Action) error
}

// New builds the service. sources contribute facts of other features, in this order.
func New(db *tenancy.DB, engine *instances.Engine, sources ...FactSource) *Service {
	return &Service{db: db, engine: engine, sources: sources}
}

// Carry names who carries out the actions that features above own.
func (s *Service) Carry(e Effects) { s.effects = e }

// Create opens a file in the initial state of the agency's published application template.
func (s *Service) Create(ctx context.Context, scope tenancy.Scope, in Input) (Application, error) {
	id := ident.NewApplication()
	var out Application
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		owner := scope.Actor().User()
		if owner.IsZero() {
			return fault.New(fault.Invalid, "application.no_owner", "A file is kept by a person: create it signed in, not with a key.")
		}
		opened, err := s.engine.Open(tx, "application", ident.Instance(id))
		if err != nil {
			return err
		}
		if err := webhooks.Emit(tx, webhooks.Application{ID: id, From: []string{}, States: opened.Instance.States, Version: opened.Version}); err != nil {
			return err
		}
		number, err := nextNumber(tx)
		if err != nil {
			return err
		}
		insert(tx, id, number, in, owner)
		if out, err = s.settle(tx, id, "application.created", nil); err != nil {
			return err
		}
		out.Masked = maskParties(out.Parties, tx.May)
		return tx.Answer(out)
	})
	return out, err
}

// Get reads a file with its people and properties, in one round trip.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (Application, error) {
	var page pageRow
	var parties []Party
	var properties []Collateral
	var masked []string
	roles, err := s.db.LoadAs(ctx, scope, loadPage(&page, id), loadParties(&parties, id).Then(func(tx *tenancy.Tx) error {
		masked = maskParties(parties, tx.May)
		return nil
	}), loadProperties(&properties, id))
	if err != nil {
		return Application{}, err
	}
	if !page.found {
		return Application{}, errMissing
	}
	m, err := s.engine.Pinned(ctx, s.db, scope, page.workflow)
	if err != nil {
		return Application{}, err
	}
	page.Breaches = instances.Reveal(m, page.Breaches, page.recorded, roles)
	out := page.assemble(m, orEmpty(parties), orEmpty(properties))
	out.Masked = masked
	return out, nil
}

// settle lets the machine look at a file's changed data, writes what follows from it, and returns the file as it then is.
func (s *Service) settle(tx *tenancy.Tx, id ident.ApplicationID, action string, given []workflow.FactChange) (Application, error) {
	f, err := s.Fetch(tx, id, true)
	if err != nil {
		return Application{}, err
	}
	return f.Application, s.settled(tx, f, action, given)
}

// settled is settle for a file that is already fetched and locked.
func (s *Service) settled(tx *tenancy.Tx, f *File, action string, given []workflow.FactChange) error {
	for _, g := range given {
		f.Machine.Recorded[g.Name] = g.Value
	}
	w, err := f.World(tx.Now())
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "facts.invalid", "A value does not fit what the workflow allows.")
	}
	result, err := s.engine.Settle(tx, f.Machine, w, given)
	if err != nil {
		return err
	}
	tx.Exec(`update applications set ltv_bps = $2, dti_bps = $3, fee_cents = $4, updated_at = $5 where id = $1`, f.ID, f.Ratios.LTV.ResultBPS, f.Ratios.DTI.ResultBPS, f.fee(), tx.Now())
	audit.Record(tx, action, f.ID, nil)
	return s.moved(tx, f, result)
}

// fee is the recorded mediation fee in cents; nil without one.
func (f *File) fee() *int64 {
	cents, ok := f.Machine.Recorded["mediation_fee_cents"].(int64)
	if !ok {
		return nil
	}
	return &cents
}

// moved shows the machine's new standing on the file, carries out the actions, and tells whoever is looking.
func (s *Service) moved(tx *tenancy.Tx, f *File, result workflow.Result) error {
	r := f.Machine
	from := f.States
	f.Version, f.State, f.States, f.UpdatedAt = r.Version, r.State(), r.Instance.States, tx.Now()
	f.titles(r.Machine)
	f.LTVBPS, f.DTIBPS = f.Ratios.LTV.ResultBPS, f.Ratios.DTI.ResultBPS
	f.Breaches = r.BreachesFor(tx.Roles())
	if r.Instance.Ended != "" {
		f.Outcome = &r.Instance.Ended
	}
	if err := s.FollowBreaches(tx, f.ID, r, "", ""); err != nil {
		return err
	}
	for _, a := range result.Actions {
		if err := s.Act(tx, f, a); err != nil {
			return err
		}
	}
	for _, id := range f.Underway { // they see the file's facts, and look in transactions of their own
		if err := outbox.Emit(tx, outbox.Event, id, outbox.Signal{To: "submissions"}); err != nil {
			return err
		}
	}
	if !slices.Equal(from, f.States) {
		if err := webhooks.Emit(tx, webhooks.Application{ID: f.ID, From: from, States: f.States, Outcome: f.Outcome, Version: f.Version}); err != nil {
			return err
		}
	}
	return outbox.Tell(tx, "applications", f.ID, f.Version)
}

// Change edits what is asked for; version is the one the caller saw.
func (s *Service) Change(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, p Patch) (Application, error) {
	return s.edit(ctx, scope, id, version, "application.changed", whole, func(tx *tenancy.Tx, a *Application) error {
		set(&a.Title, p.Title)
		set(&a.Purpose, p.Purpose)
		set(&a.ProductKind, p.ProductKind)
		set(&a.RateKind, p.RateKind)
		set(&a.AmountCents, p.AmountCents)
		set(&a.TermMonths, p.TermMonths)
		set(&a.NominalRateBPS, p.NominalRateBPS)
		set(&a.PlannedSubmission, p.PlannedSubmission)
		set(&a.Owner.ID, p.OwnerID)
		set(&a.Branch, p.Branch)
		updateAsked(tx, a)
		return nil
	})
}

// AddParty gives a subject a role in the file.
func (s *Service) AddParty(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, p Party) (Party, error) {
	p.ID = ident.NewParty()
	_, err := s.edit(ctx, scope, id, version, "application.party_added", func(a *Application) any {
		p = a.Parties[slices.IndexFunc(a.Parties, func(x Party) bool { return x.ID == p.ID })]
		p.Of = a.Version
		return p
	}, func(tx *tenancy.Tx, a *Application) error {
		insertParty(tx, id, p)
		if a.Title == "" || p.RoleType == "applicant" {
			tx.Exec(`update applications set title = (select display_name from subjects where id = $2) where id = $1 and title = ''`, id, p.SubjectID)
		}
		return nil
	})
	switch {
	case tenancy.Violates(err, "application_parties_role_key"):
		return p, fault.Wrap(err, fault.Conflict, "party.exists", "This person already has this role in the file.")
	case tenancy.Violates(err, "application_parties_subject_fkey"):
		return p, fault.Missing("subject")
	}
	return p, err
}

// ChangeParty sets a party's share of the liability.
func (s *Service) ChangeParty(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, party ident.PartyID, shareBPS int) (Application, error) {
	return s.edit(ctx, scope, id, version, "application.party_changed", whole, func(tx *tenancy.Tx, _ *Application) error {
		updateParty(tx, id, party, shareBPS)
		return nil
	})
}

// RemoveParty takes a role away.
func (s *Service) RemoveParty(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, party ident.PartyID) (Application, error) {
	return s.edit(ctx, scope, id, version, "application.party_removed", whole, func(tx *tenancy.Tx, _ *Application) error {
		deleteParty(tx, id, party)
		return nil
	})
}

// AddProperty links a property for a purpose.
func (s *Service) AddProperty(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, c Collateral) (Collateral, error) {
	c.ID = ident.NewCollateral()
	_, err := s.edit(ctx, scope, id, version, "application.property_added", func(a *Application) any {
		c = a.Properties[slices.IndexFunc(a.Properties, func(x Collateral) bool { return x.ID == c.ID })]
		c.Of = a.Version
		return c
	}, func(tx *tenancy.Tx, _ *Application) error {
		insertCollateral(tx, id, c)
		return nil
	})
	switch {
	case tenancy.Violates(err, "application_properties_purpose_key"):
		return c, fault.Wrap(err, fault.Conflict, "property.exists", "This property already serves that purpose in the file.")
	case tenancy.Violates(err, "application_properties_property_fkey"):
		return c, fault.Missing("property")
	}
	return c, err
}

// ChangeProperty sets the rank of the lien on a linked property; nil: none.
func (s *Service) ChangeProperty(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, link ident.CollateralID, lienRank *int) (Application, error) {
	return s.edit(ctx, scope, id, version, "application.property_changed", whole, func(tx *tenancy.Tx, _ *Application) error {
		updateCollateral(tx, id, link, lienRank)
		return nil
	})
}

// RemoveProperty takes a property off the file.
func (s *Service) RemoveProperty(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, link ident.CollateralID) (Application, error) {
	return s.edit(ctx, scope, id, version, "application.property_removed", whole, func(tx *tenancy.Tx, _ *Application) error {
		deleteCollateral(tx, id, link)
		return nil
	})
}

// edit is the one way a file's own data changes: lock, check the version (0: the caller did not say), change,
// let the machine see the new facts. answer picks what a repetition of the request is answered.
func (s *Service) edit(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, action string,
	answer func(*Application) any, change func(*tenancy.Tx, *Application) error) (Application, error) {
	var out Application
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.Fetch(tx, id, true)
		switch {
		case err != nil:
			return err
		case version != 0 && f.Version != version:
			return errStale
		case f.Outcome != nil:
			return errEnded
		}
		if err := change(tx, &f.Application); err != nil {
			return err
		}
		if out, err = s.settle(tx, id, action, nil); err != nil {
			return err
		}
		out.Masked = maskParties(out.Parties, tx.May)
		return tx.Answer(answer(&out))
	})
	return out, err
}

// whole answers with the file itself.
func whole(a *Application) any { return a }

func set[T any](dst *T, v *T) {
	if v != nil {
		*dst = *v
	}
}

func orEmpty[T any](list []T) []T { return append([]T{}, list...) } // slices.Concat of nothing is nil
