package privacy

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Service answers people's rights for an agency.
type Service struct {
	db     *tenancy.DB
	engine *instances.Engine
	papers *documents.Service
	store  blob.Store
	public string
}

// New builds the service; store keeps the copies people ask for, publicURL is the base of the links in mails.
func New(db *tenancy.DB, engine *instances.Engine, papers *documents.Service, store blob.Store, publicURL string) *Service {
	return &Service{db, engine, papers, store, strings.TrimSuffix(publicURL, "/")}
}

// Register is the record of processing, with the agency's own terms, and the agency's name.
func (s *Service) Register(ctx context.Context, scope tenancy.Scope) (r Register, agency string, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		if r, err = ours(tx); err != nil {
			return err
		}
		return tx.Load(tenancy.Value(&agency, `select name from agencies`))
	})
	return r, agency, err
}

// one reads one person, who is locked until the transaction ends. Whoever was deleted is not there, also where a report keeps them.
func one(tx *tenancy.Tx, id ident.SubjectID) (person, error) {
	var rows []person
	found := false
	if err := tx.Load(tenancy.Value(&found, `select true from subjects where id = $1 and deleted_at is null for update`, id)); err != nil {
		return person{}, err
	}
	if !found {
		return person{}, fault.Missing("subject")
	}
	err := tx.Load(loadPeople(&rows, tx.Now(), "s.id = $2", id))
	if err == nil && len(rows) == 0 {
		err = fault.Missing("subject")
	}
	if err != nil {
		return person{}, err
	}
	return rows[0], nil
}

// seeing lets a transaction see restricted people where its actor may.
func seeing(tx *tenancy.Tx) error {
	if err := tx.Load(); err != nil {
		return err
	}
	if tx.May("privacy.restricted") {
		tx.Restricted()
	}
	return nil
}

// discard takes what was erased out of storage. What fails is left for the sweep: its keys are destroyed already.
func (s *Service) discard(ctx context.Context, scope tenancy.Scope) {
	ctx, scope = context.WithoutCancel(ctx), scope.Once("", nil) // the request's own key is spent
	if err := errors.Join(s.papers.Discard(ctx, scope), s.discardExports(ctx, scope)); err != nil {
		slog.Warn("erased contents are still stored", "error", err)
	}
}
