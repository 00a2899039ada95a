package compliance

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Sealer encrypts a text of the scope's agency, bound to its report: moved to another it does not open.
type Sealer interface {
	Seal(ctx context.Context, scope tenancy.Scope, report ident.SuspicionID, plain string) ([]byte, error)
	Open(ctx context.Context, scope tenancy.Scope, report ident.SuspicionID, sealed []byte) (string, error)
}

// Service keeps suspicion reports.
type Service struct {
	db   *tenancy.DB
	seal Sealer
}

// New builds the service.
func New(db *tenancy.DB, seal Sealer) *Service { return &Service{db, seal} }

// person refuses machines: a report is a person's to write and to read, whatever roles a key was given.
func person(scope tenancy.Scope) error {
	if scope.Actor().User().IsZero() {
		return tenancy.Denied("compliance.report")
	}
	return nil
}

// stored is a report as it is kept.
type stored struct {
	Report
	Sealed []byte `json:"sealed"`
}

const columns = `id, subject_id, application_id, reason, state, uif_protocol, created_by, created_at, updated_at, version`

func load(dst *[]stored, where string, args ...any) tenancy.Load {
	return tenancy.Scan("select "+columns+" from suspicion_reports "+where, args, func(rows pgx.Rows) error {
		var r stored
		err := rows.Scan(&r.ID, &r.Subject, &r.Application, &r.Sealed, &r.State, &r.UIFProtocol, &r.CreatedBy, &r.CreatedAt, &r.UpdatedAt, &r.Version)
		*dst = append(*dst, r)
		return err
	})
}

func one(rows []stored, err error) (stored, error) {
	switch {
	case err != nil:
		return stored{}, err
	case len(rows) == 0:
		return stored{}, fault.Missing("suspicion_report")
	}
	return rows[0], nil
}

// opened is a report with its reason in clear.
func (s *Service) opened(ctx context.Context, scope tenancy.Scope, r stored) (Report, error) {
	reason, err := s.seal.Open(ctx, scope, r.ID, r.Sealed)
	r.Reason = reason
	return r.Report, err
}

// List pages through the reports, the newest first.
func (s *Service) List(ctx context.Context, scope tenancy.Scope, q page.Query) (page.Page[Report], error) {
	if err := person(scope); err != nil {
		return page.Page[Report]{}, err
	}
	var last ident.SuspicionID
	after, err := q.Key(&last)
	if err != nil {
		return page.Page[Report]{}, err
	}
	var rows []stored
	noting := scope.Noting(func(tx *tenancy.Tx) { audit.RecordConfidential(tx, "suspicion_reports.listed", scope.Tenant(), nil) })
	err = s.db.Load(ctx, noting, load(&rows, "where not $1 or id < $2::uuid order by id desc limit $3", after, last, q.Size()+1))
	if err != nil {
		return page.Page[Report]{}, err
	}
	var out []Report
	for _, r := range rows {
		report, err := s.opened(ctx, scope, r)
		if err != nil {
			return page.Page[Report]{}, err
		}
		out = append(out, report)
	}
	return page.Of(out, q.Size(), func(r Report) ident.SuspicionID { return r.ID }), nil
}

// Get reads one report.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.SuspicionID) (Report, error) {
	if err := person(scope); err != nil {
		return Report{}, err
	}
	var rows []stored
	noting := scope.Noting(func(tx *tenancy.Tx) { audit.RecordConfidential(tx, "suspicion_report.seen", id, nil) })
	r, err := one(rows, s.db.Load(ctx, noting, load(&rows, "where id = $1", id)))
	if err != nil {
		return Report{}, err
	}
	if err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) (err error) {
		tx.Restricted()
		r.Person, err = subjects.Kept(tx, r.Subject)
		return err
	}); err != nil {
		return Report{}, err
	}
	return s.opened(ctx, scope, r)
}

// Create writes a draft.
func (s *Service) Create(ctx context.Context, scope tenancy.Scope, in Input) (Report, error) {
	if err := person(scope); err != nil {
		return Report{}, err
	}
	r := stored{Report: Report{ID: ident.NewSuspicion(), Subject: in.Subject, Application: in.Application, State: "draft", CreatedBy: scope.Actor().ID(), Version: 1}}
	var err error
	if r.Sealed, err = s.seal.Seal(ctx, scope, r.ID, in.Reason); err != nil {
		return r.Report, err
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		found, named := false, in.Application == nil
		err := tx.Load(tenancy.Value(&found, "select true from subjects where id = $1", in.Subject), tenancy.Value(&named, "select true from applications where id = $1", in.Application))
		switch {
		case err != nil:
			return err
		case !found:
			return fault.Missing("subject")
		case !named:
			return fault.Missing("application")
		}
		r.CreatedAt, r.UpdatedAt = tx.Now(), tx.Now()
		tx.Exec(`insert into suspicion_reports (tenant_id, id, subject_id, application_id, reason, state, created_by, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
			scope.Tenant(), r.ID, r.Subject, r.Application, r.Sealed, r.State, r.CreatedBy, r.CreatedAt)
		audit.RecordConfidential(tx, "suspicion_report.created", r.ID, nil)
		return tx.Answer(r)
	})
	var again *tenancy.Replay
	if errors.As(err, &again) { // the answer was kept sealed, like everything else of it
		if err = json.Unmarshal(again.Answer, &r); err != nil {
			return r.Report, err
		}
	}
	if err != nil {
		return r.Report, err
	}
	return s.opened(ctx, scope, r)
}

// Change applies a JSON merge patch.
func (s *Service) Change(ctx context.Context, scope tenancy.Scope, id ident.SuspicionID, version int, members map[string]json.RawMessage) (Report, error) {
	if err := person(scope); err != nil {
		return Report{}, err
	}
	var rows []stored
	was, err := one(rows, s.db.Load(ctx, scope, load(&rows, "where id = $1", id)))
	if err != nil {
		return Report{}, err
	}
	r, err := s.opened(ctx, scope, was)
	switch {
	case err != nil:
		return r, err
	case r.Version != version:
		return r, errStale
	}
	if err := r.patch(members); err != nil {
		return r, err
	}
	sealed, err := s.seal.Seal(ctx, scope, id, r.Reason)
	if err != nil {
		return r, err
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		r.Version, r.UpdatedAt = version+1, tx.Now()
		tx.ExecOne(errStale, `update suspicion_reports set reason = $3, state = $4, uif_protocol = $5, updated_at = $6, version = $7 where id = $1 and version = $2`,
			id, version, sealed, r.State, r.UIFProtocol, r.UpdatedAt, r.Version)
		audit.RecordConfidential(tx, "suspicion_report.changed", id, map[string]string{"state": r.State})
		return nil
	})
	return r, err
}

// Trail pages through what was done with reports.
func (s *Service) Trail(ctx context.Context, scope tenancy.Scope, f audit.Filter) (page.Page[audit.Entry], error) {
	if err := person(scope); err != nil {
		return page.Page[audit.Entry]{}, err
	}
	return audit.ListConfidential(ctx, s.db, scope, f)
}

var errStale = fault.New(fault.Stale, "version.stale", "This report was changed since you read it. Load it again.")
