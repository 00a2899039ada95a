package documents

import (
	"context"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// Service keeps an agency's documents.
type Service struct {
	db    *tenancy.DB
	files *applications.Service
	store blob.Store

	direct  blob.Direct // the store, where it encrypts contents itself; else nil
	scanner Scanner     // nil: contents are marked not_scanned
	marker  Marker      // nil: no copies with watermarks
}

// New builds the service.
func New(db *tenancy.DB, files *applications.Service, store blob.Store) *Service {
	direct, _ := store.(blob.Direct)
	return &Service{db: db, files: files, store: store, direct: direct}
}

// ScanWith has every content that is uploaded looked at for malware; one that cannot be is refused.
func (s *Service) ScanWith(scanner Scanner) { s.scanner = scanner }

// MarkWith lets links open copies with a watermark.
func (s *Service) MarkWith(marker Marker) { s.marker = marker }

// OfApplication lists the documents that count for a file.
func (s *Service) OfApplication(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) ([]Document, error) {
	found, out := false, []Document{}
	err := s.db.Load(ctx, scope, tenancy.Value(&found, "select true from applications where id = $1", id), load(&out, ofFile, id))
	if err == nil && !found {
		err = fault.Missing("application")
	}
	return out, err
}

// Get reads one document.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.DocumentID) (Document, error) {
	var rows []Document
	err := s.db.Load(ctx, scope, load(&rows, "where d.id = $1", id))
	return one(rows, err)
}

func one(rows []Document, err error) (Document, error) {
	if err != nil {
		return Document{}, err
	}
	if len(rows) == 0 {
		return Document{}, fault.Missing("document")
	}
	return rows[0], nil
}

// Request asks for a document of a file, or of one of its people or properties.
func (s *Service) Request(ctx context.Context, scope tenancy.Scope, app ident.ApplicationID, in Input) (Document, error) {
	switch {
	case !Known(in.Kind):
		return Document{}, fault.Input("document.kind", "/kind", "There is no such kind of document; use other for what has no name.")
	case !in.SubjectID.IsZero() && !in.PropertyID.IsZero():
		return Document{}, fault.Input("document.owner", "/property_id", "A document belongs to a person or to a property, not to both.")
	}
	d := Document{ID: ident.NewDocument(), Kind: in.Kind, Title: Title(in.Kind), State: "requested", Scan: "not_scanned", SubjectID: in.SubjectID, PropertyID: in.PropertyID, Version: 1}
	if in.SubjectID.IsZero() && in.PropertyID.IsZero() {
		d.ApplicationID = app
	}
	d.date(Dates{in.IssuedOn, in.ExpiresOn})
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		found := false
		if err := tx.Load(tenancy.Value(&found, `select true from applications a where a.id = $1
			and ($2::uuid is null or exists (select from application_parties p where p.application_id = a.id and p.subject_id = $2))
			and ($3::uuid is null or exists (select from application_properties l where l.application_id = a.id and l.property_id = $3))`, app, in.SubjectID, in.PropertyID)); err != nil {
			return err
		}
		if !found {
			return fault.Missing("application")
		}
		d.CreatedAt, d.UpdatedAt = tx.Now(), tx.Now()
		tx.Exec(`insert into documents (tenant_id, id, kind, subject_id, property_id, application_id, issued_on, expires_on, created_by, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
			scope.Tenant(), d.ID, d.Kind, d.SubjectID, d.PropertyID, d.ApplicationID, d.IssuedOn, d.ExpiresOn, scope.Actor().ID(), tx.Now())
		audit.Record(tx, "document.requested", d.ID, map[string]string{"kind": d.Kind})
		if err := s.tellFiles(tx, &d); err != nil {
			return err
		}
		if err := outbox.Tell(tx, "documents", d.ID, 1); err != nil {
			return err
		}
		return tx.Answer(d)
	})
	return d, err
}

// Accept takes an uploaded document as good. Of a kind that ages it must be known until when: without a day it would
// be good for ever.
func (s *Service) Accept(ctx context.Context, scope tenancy.Scope, id ident.DocumentID, version int, in Dates) (Document, error) {
	return s.edit(ctx, scope, id, version, "document.accepted", func(_ *tenancy.Tx, d *Document) error {
		if d.State == "requested" {
			return errNoContent
		}
		d.State, d.RejectReason = "accepted", ""
		d.date(in)
		if _, ages := validity[d.Kind]; ages && d.ExpiresOn.IsZero() {
			return fault.Input("document.issued_on", "/issued_on", "This kind of paper is good for a limited time. Enter the day it was issued.")
		}
		return nil
	})
}

// Reject sends an uploaded document back with a reason.
func (s *Service) Reject(ctx context.Context, scope tenancy.Scope, id ident.DocumentID, version int, reason string) (Document, error) {
	return s.edit(ctx, scope, id, version, "document.rejected", func(_ *tenancy.Tx, d *Document) error {
		if d.State == "requested" {
			return errNoContent
		}
		d.State, d.RejectReason = "rejected", reason
		return nil
	})
}

// Redate corrects the days read off the paper.
func (s *Service) Redate(ctx context.Context, scope tenancy.Scope, id ident.DocumentID, version int, in Dates) (Document, error) {
	return s.edit(ctx, scope, id, version, "document.redated", func(_ *tenancy.Tx, d *Document) error {
		d.date(in)
		return nil
	})
}

var errNoContent = fault.New(fault.Conflict, "document.no_content", "Nothing has been uploaded yet. Upload the document first.")

// edit is the one way a document changes: lock, check the version (0: the caller did not say), change, and let the files see it.
func (s *Service) edit(ctx context.Context, scope tenancy.Scope, id ident.DocumentID, version int, action string, change func(*tenancy.Tx, *Document) error) (Document, error) {
	var d Document
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Document
		err := tx.Load(load(&rows, "where d.id = $1 for update", id))
		if d, err = one(rows, err); err != nil {
			return err
		}
		if version != 0 && d.Version != version {
			return fault.New(fault.Stale, "version.stale", "This document was changed since you read it. Load it again.")
		}
		if err := change(tx, &d); err != nil {
			return err
		}
		update(tx, &d)
		audit.Record(tx, action, id, map[string]string{"kind": d.Kind})
		if err := s.tellFiles(tx, &d); err != nil {
			return err
		}
		if action == "document.accepted" || action == "document.rejected" {
			if err := webhooks.Emit(tx, webhooks.Document{ID: id, Kind: d.Kind, State: d.State, ApplicationID: d.ApplicationID, SubjectID: d.SubjectID, PropertyID: d.PropertyID, Version: d.Version}); err != nil {
				return err
			}
		}
		if err := outbox.Tell(tx, "documents", id, d.Version); err != nil {
			return err
		}
		return tx.Answer(d)
	})
	return d, err
}

// tellFiles lets every file in flight that the document counts for see it.
func (s *Service) tellFiles(tx *tenancy.Tx, d *Document) error {
	switch {
	case !d.SubjectID.IsZero():
		return s.files.SubjectChanged(tx, d.SubjectID)
	case !d.PropertyID.IsZero():
		return s.files.PropertyChanged(tx, d.PropertyID)
	}
	return s.files.Recompute(tx, d.ApplicationID, "application.document_changed")
}
