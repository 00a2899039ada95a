package subjects

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Service keeps an agency's subjects.
type Service struct {
	db    *tenancy.DB
	files Files
}

// Files lets the files of a subject see that it changed; applications implements it.
type Files interface {
	SubjectChanged(tx *tenancy.Tx, id ident.SubjectID) error
}

// New builds the service.
func New(db *tenancy.DB, files Files) *Service { return &Service{db, files} }

// Filter narrows the list.
type Filter struct {
	page.Query
	Q string `query:"q" maxLength:"100" doc:"Part of a name or partita IVA; or a whole codice fiscale, e-mail, phone number or IBAN"`
}

type nameKey struct {
	Name string          `json:"n"`
	ID   ident.SubjectID `json:"i"`
}

// List pages through subjects by name.
func (s *Service) List(ctx context.Context, scope tenancy.Scope, f Filter) (page.Page[Subject], error) {
	var key nameKey
	after, err := f.Key(&key)
	if err != nil {
		return page.Page[Subject]{}, err
	}
	args := []any{f.Q, after, key.Name, key.ID, f.Size() + 1}
	exact := "true"
	if f.Q != "" {
		k, err := s.db.Keys(ctx, scope)
		if err != nil {
			return page.Page[Subject]{}, err
		}
		indexes, err := Find(k, f.Q)
		if err != nil {
			return page.Page[Subject]{}, err
		}
		args, exact = append(args, indexes...), FoundBy(len(args)+1)
	}
	var rows []Subject
	err = s.db.Load(ctx, scope, show(&rows, `where ($1 = '' or s.id in (select x.id from search_ids($1, 200) x where x.noun = 'subject') or `+exact+`)
		and (not $2 or (lower(s.display_name), s.id) > ($3, $4::uuid)) order by lower(s.display_name), s.id limit $5`, args...))
	return page.Of(rows, f.Size(), func(s Subject) nameKey { return nameKey{lower(s.DisplayName), s.ID} }), err
}

// Get reads one subject.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.SubjectID) (Subject, error) {
	var rows []Subject
	err := s.db.Load(ctx, scope, show(&rows, "where s.id = $1", id))
	return one(rows, err)
}

func one(rows []Subject, err error) (Subject, error) {
	if err != nil {
		return Subject{}, err
	}
	if len(rows) == 0 {
		return Subject{}, fault.Missing("subject")
	}
	return rows[0], nil
}

// Create stores a new subject.
func (s *Service) Create(ctx context.Context, scope tenancy.Scope, d Data) (Subject, error) {
	d, err := d.clean()
	if err != nil {
		return Subject{}, err
	}
	var subject Subject
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		subject = Subject{ID: ident.NewSubject(), DisplayName: d.name(), Data: d, Version: 1}
		subject.warn()
		subject.CreatedAt, subject.UpdatedAt = tx.Now(), tx.Now()
		if err := insert(tx, &subject); err != nil {
			return err
		}
		subject.mask(tx.May)
		audit.Record(tx, "subject.created", subject.ID, nil)
		if err := outbox.Tell(tx, "subjects", subject.ID, 1); err != nil {
			return err
		}
		return tx.Answer(subject)
	})
	return subject, unique(err)
}

// Change applies a JSON merge patch to a subject; its files see the new facts in the same transaction.
func (s *Service) Change(ctx context.Context, scope tenancy.Scope, id ident.SubjectID, version int, patch map[string]json.RawMessage) (Subject, error) {
	return s.edit(ctx, scope, id, version, "subject.changed", func(tx *tenancy.Tx, subject *Subject) error {
		if err := hidden(patch, tx.May); err != nil {
			return err
		}
		d, err := merge(subject.Data, patch)
		if err != nil {
			return err
		}
		if subject.Data, err = d.clean(); err != nil {
			return err
		}
		subject.DisplayName = subject.name()
		subject.warn()
		return nil
	})
}

// Assess sets the anti-money-laundering profile.
func (s *Service) Assess(ctx context.Context, scope tenancy.Scope, id ident.SubjectID, version int, profile string) (Subject, error) {
	return s.edit(ctx, scope, id, version, "subject.assessed", func(_ *tenancy.Tx, subject *Subject) error {
		subject.RiskProfile = &profile
		return nil
	})
}

func (s *Service) edit(ctx context.Context, scope tenancy.Scope, id ident.SubjectID, version int, action string, change func(*tenancy.Tx, *Subject) error) (Subject, error) {
	var out Subject
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Subject
		err := tx.Load(load(&rows, "where s.id = $1 for update", id))
		if out, err = one(rows, err); err != nil {
			return err
		}
		if out.Version != version {
			return fault.New(fault.Stale, "version.stale", "This subject was changed since you read it. Load it again.")
		}
		if err := change(tx, &out); err != nil {
			return err
		}
		out.Version, out.UpdatedAt = out.Version+1, tx.Now()
		if err := update(tx, &out); err != nil {
			return err
		}
		tx.Exec(`update subjects set risk_profile = $2 where id = $1`, id, out.RiskProfile)
		audit.Record(tx, action, id, nil)
		if err := s.files.SubjectChanged(tx, id); err != nil {
			return err
		}
		if err := outbox.Tell(tx, "subjects", id, out.Version); err != nil {
			return err
		}
		out.mask(tx.May)
		return tx.Answer(out)
	})
	return out, unique(err)
}

// hidden refuses a patch of what its author is not shown: nobody can judge what they would overwrite.
func hidden(patch map[string]json.RawMessage, may func(access.Action) bool) error {
	for _, c := range sealed {
		if _, named := patch[c.name]; named && c.needs != "" && !may(c.needs) {
			e := fault.New(fault.Forbidden, "subject.masked", "A field you are not shown cannot be changed. Your roles do not include the permission "+string(c.needs)+"; leave the field out.")
			e.Fields = []fault.Field{{Pointer: "/" + c.name, Message: "needs the permission " + string(c.needs)}}
			return e
		}
	}
	return nil
}

// Delete removes a subject with their invitations to the portal; the database refuses when a file holds it, and the answer names the files,
// and when something of theirs is on record. One who has to be kept in secret is hidden instead, and nothing tells.
func (s *Service) Delete(ctx context.Context, scope tenancy.Scope, id ident.SubjectID, version int) error {
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Subject
		err := tx.Load(load(&rows, "where s.id = $1 for update", id))
		subject, err := one(rows, err)
		if err != nil {
			return err
		}
		if subject.Version != version {
			return fault.New(fault.Stale, "version.stale", "This subject was changed since you read it. Load it again.")
		}
		tx.Exec("select delete_subject($1, $2)", id, tx.Now())
		audit.Record(tx, "subject.deleted", id, nil)
		return outbox.Tell(tx, "subjects", id, version+1)
	})
	for _, constraint := range []string{"consents_given_subject_fkey", "subject_exports_subject_fkey", "erasures_subject_fkey", "privacy_requests_subject_fkey", "operations_subject_fkey"} {
		if tenancy.Violates(err, constraint) {
			return fault.Wrap(err, fault.Conflict, "subject.on_record", "What this person agreed to, asked for or was given a copy of is on record, so the record is not deleted. Ask compliance to erase the person instead.")
		}
	}
	if !tenancy.Violates(err, "application_parties_subject_fkey") && !tenancy.Violates(err, "documents_subject_fkey") {
		return err
	}
	held := &InUse{fault: fault.Wrap(err, fault.Conflict, "subject.in_use", "This person takes part in files, which are kept. Take them out of the files first, where those have not ended."), Files: []HeldFile{}}
	if err := s.db.Load(ctx, scope, loadHolders(&held.Files, id)); err != nil {
		return err
	}
	for _, f := range held.Files {
		held.fault.Fields = append(held.fault.Fields, fault.Field{Pointer: "/applications/" + f.ID.String(), Message: f.Number})
	}
	return held
}

// Kept reads the person of a suspicious-transaction report, in a transaction that sees who is hidden; nil when there is nobody.
func Kept(tx *tenancy.Tx, id ident.SubjectID) (*Subject, error) {
	var rows []Subject
	if err := tx.Load(load(&rows, "where s.id = $1", id)); err != nil || len(rows) == 0 {
		return nil, err
	}
	rows[0].mask(tx.May)
	return &rows[0], nil
}

// Applications lists the files a subject takes part in.
func (s *Service) Applications(ctx context.Context, scope tenancy.Scope, id ident.SubjectID) ([]HeldFile, error) {
	var rows []Subject
	files := []HeldFile{}
	err := s.db.Load(ctx, scope, load(&rows, "where s.id = $1", id), loadHolders(&files, id))
	if _, err := one(rows, err); err != nil {
		return nil, err
	}
	return files, nil
}

func unique(err error) error {
	for constraint, pointer := range map[string]string{"subjects_tax_code_key": "/tax_code", "subjects_vat_number_key": "/vat_number"} {
		if tenancy.Violates(err, constraint) {
			e := fault.Wrap(err, fault.Conflict, "subject.exists", "The agency already has a record with this code. Search for it and use that one; where the search does not show it to you, ask compliance, who see every record.")
			e.Fields = []fault.Field{{Pointer: pointer, Message: "already used by another subject of the agency"}}
			return e
		}
	}
	return err
}
