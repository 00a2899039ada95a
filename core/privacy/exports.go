package privacy

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// JobExport is the kind of the jobs that make copies.
const JobExport = "export"

// ExportFor is how long a copy is kept, LinkFor how long a link opens it.
const (
	ExportFor = 7 * 24 * time.Hour
	LinkFor   = 5 * time.Minute
)

// Export is a copy of a person's data: made by a job, kept encrypted, opened by links until it expires.
type Export struct {
	ID        ident.ExportID  `json:"id"`
	Subject   ident.SubjectID `json:"subject_id"`
	Locale    string          `json:"locale" enum:"it,en"`
	State     string          `json:"state" enum:"queued,ready,expired"`
	Job       *ident.JobID    `json:"job_id"`
	By        string          `json:"requested_by"`
	CreatedAt time.Time       `json:"created_at"`
	ReadyAt   *time.Time      `json:"ready_at"`
	ExpiresAt time.Time       `json:"expires_at"`

	blobKey string
	dataKey []byte
}

// Location is the address of the job that makes it.
func (e Export) Location() string { return jobs.Job{ID: *e.Job}.Location() }

func loadExports(dst *[]Export, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select id, subject_id, locale, state, job_id, requested_by, created_at, ready_at, expires_at, coalesce(blob_key, ''), data_key from subject_exports where `+where+` order by id desc limit 100`, args,
		func(rows pgx.Rows) error {
			var e Export
			err := rows.Scan(&e.ID, &e.Subject, &e.Locale, &e.State, &e.Job, &e.By, &e.CreatedAt, &e.ReadyAt, &e.ExpiresAt, &e.blobKey, &e.dataKey)
			e.dataKey = bytes.Clone(e.dataKey)
			*dst = append(*dst, e)
			return err
		}).From(func() { *dst = []Export{} })
}

// Exports lists the copies of a person's data.
func (s *Service) Exports(ctx context.Context, scope tenancy.Scope, id ident.SubjectID) (out []Export, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		if err := seeing(tx); err != nil {
			return err
		}
		found := false
		err := tx.Load(tenancy.Value(&found, `select true from subjects where id = $1`, id), loadExports(&out, "subject_id = $1", id))
		if err == nil && !found {
			err = fault.Missing("subject")
		}
		return err
	})
	return out, err
}

// Export starts the job that makes a copy of a person's data.
func (s *Service) Export(ctx context.Context, scope tenancy.Scope, id ident.SubjectID, locale string) (e Export, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := seeing(tx); err != nil {
			return err
		}
		found := false
		if err := tx.Load(tenancy.Value(&found, `select true from subjects where id = $1`, id)); err != nil {
			return err
		}
		if !found {
			return fault.Missing("subject")
		}
		e = Export{ID: ident.NewExport(), Subject: id, Locale: locale, State: "queued", By: scope.Actor().ID(), CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(ExportFor)}
		job, err := jobs.Create(tx, jobs.Spec{Kind: JobExport, About: map[string]string{"export_id": e.ID.String(), "subject_id": id.String()}})
		if err != nil {
			return err
		}
		e.Job = &job
		tx.Exec(`insert into subject_exports (tenant_id, id, subject_id, locale, job_id, requested_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			scope.Tenant(), e.ID, id, locale, job, e.By, e.CreatedAt, e.ExpiresAt)
		jobs.Fill(tx, job, `select 'export', $1::uuid, ''`, e.ID)
		audit.Record(tx, "export.asked", id, map[string]string{"export": e.ID.String()})
		return tx.Answer(e)
	})
	return e, err
}

// Copy gathers a person's data now, for the command line.
func (s *Service) Copy(ctx context.Context, scope tenancy.Scope, id ident.SubjectID) (c Copy, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		if c, err = copyOf(tx, id); err != nil {
			return err
		}
		audit.Record(tx, "export.made", id, nil)
		return nil
	})
	return c, err
}

// Work makes copies, as the job of kind export.
func (s *Service) Work(ctx context.Context, scope tenancy.Scope, _ jobs.Job, batch []jobs.Item) error {
	for _, item := range batch {
		if err := s.make(ctx, scope, item); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) make(ctx context.Context, scope tenancy.Scope, item jobs.Item) error {
	id := ident.ExportID{UUID: item.ID}
	var rows []Export
	var c Copy
	if err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) (err error) {
		tx.Restricted()
		if err = tx.Load(loadExports(&rows, "id = $1 and state = 'queued'", id)); err == nil && len(rows) == 1 {
			c, err = copyOf(tx, rows[0].Subject)
		}
		return err
	}); err != nil {
		return err
	}
	key, wrapped := fmt.Sprintf("%s/%s-%s", scope.Tenant(), id, strings.ToLower(rand.Text())), []byte(nil)
	if len(rows) == 1 {
		var err error
		if wrapped, err = s.keep(ctx, scope, id, key, c, rows[0].Locale); err != nil {
			return err
		}
	}
	taken := false
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		mine, kept := false, false
		if err := tx.Load(jobs.LoadTake(&mine, item)); err != nil || !mine {
			return err
		}
		if err := tx.Load(tenancy.Value(&kept, `update subject_exports set state = 'ready', blob_key = $2, data_key = $3, ready_at = $4 where id = $1 and state = 'queued' and $3::bytea is not null returning true`,
			id, key, wrapped, tx.Now())); err != nil {
			return err
		}
		if !kept { // it has expired, or the person was erased meanwhile
			return jobs.Settle(tx, item, jobs.Outcome{State: "skipped"})
		}
		taken = true
		answer(tx, rows[0].Subject, "access")
		audit.Record(tx, "export.made", rows[0].Subject, map[string]string{"export": id.String()})
		return jobs.Settle(tx, item, jobs.Outcome{State: "done", Result: map[string]string{"export_id": id.String()}})
	})
	if err == nil && !taken && wrapped != nil {
		return s.drop(context.WithoutCancel(ctx), key)
	}
	return err
}

// keep writes a copy into storage in every format, under a key of its own.
func (s *Service) keep(ctx context.Context, scope tenancy.Scope, id ident.ExportID, key string, c Copy, locale string) (wrapped []byte, err error) {
	paper, err := c.Paper(locale)
	if err != nil {
		return nil, err
	}
	raw, err := c.JSON()
	if err != nil {
		return nil, err
	}
	agency, err := s.db.Keys(ctx, scope)
	if err != nil {
		return nil, err
	}
	wrapped, content, err := agency.NewContentKey(id.String())
	if err != nil {
		return nil, err
	}
	writers := map[string]func(io.Writer) error{
		"json": func(w io.Writer) error { _, err := w.Write(raw); return err },
		"pdf":  paper.Write,
		"zip":  func(w io.Writer) error { return s.archive(ctx, scope, w, c, raw, paper) },
	}
	for _, format := range formats {
		if err := s.store.Put(ctx, key+"-"+format, func(w io.Writer) error {
			sealed, err := content.Encrypt(w)
			if err != nil {
				return err
			}
			return errors.Join(writers[format](sealed), sealed.Close())
		}); err != nil {
			return nil, err
		}
	}
	return wrapped, nil
}

func (s *Service) drop(ctx context.Context, key string) (err error) {
	for _, format := range formats {
		err = errors.Join(err, s.store.Delete(ctx, key+"-"+format))
	}
	return err
}

var errNotReady = fault.New(fault.Conflict, "export.not_ready", "This copy is not ready, or has expired. Wait for its job, or ask for another one.")

// bearer is the session a link is bound to: a member's, or one of the portal.
func bearer(scope tenancy.Scope) string {
	if a := scope.Actor(); !a.Portal().IsZero() {
		return a.Portal().String()
	}
	return scope.Actor().Session().String()
}

// Link makes a link that opens a copy, in this session only, for at most LinkFor; the one before opens nothing any more.
func (s *Service) Link(ctx context.Context, scope tenancy.Scope, id ident.ExportID, format string) (token string, until time.Time, err error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := seeing(tx); err != nil {
			return err
		}
		var rows []Export
		if err := tx.Load(loadExports(&rows, "id = $1", id)); err != nil {
			return err
		}
		switch {
		case len(rows) == 0:
			return fault.Missing("export")
		case bearer(scope) == "":
			return fault.New(fault.Forbidden, "export.no_session", "Copies are opened by a person who is signed in.")
		case rows[0].State != "ready" || !tx.Now().Before(rows[0].ExpiresAt):
			return errNotReady
		}
		until = tx.Now().Add(LinkFor)
		hash := sha256.Sum256([]byte(token))
		tx.Exec(`update subject_exports set link_hash = $2, link_bearer = $3, link_format = $4, link_until = $5 where id = $1`, id, hash[:], bearer(scope), format, until)
		audit.Record(tx, "export.link", rows[0].Subject, map[string]string{"export": id.String()})
		return nil
	})
	return token, until, err
}

// Opened is a copy that a link has opened.
type Opened struct {
	Name, MediaType string
	Content         io.ReadCloser
}

// Open follows a link.
func (s *Service) Open(ctx context.Context, scope tenancy.Scope, token string) (o Opened, err error) {
	hash := sha256.Sum256([]byte(token))
	var rows []Export
	format := ""
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := seeing(tx); err != nil {
			return err
		}
		if err := tx.Load(loadExports(&rows, `link_hash = $1 and link_bearer = $2 and link_until > $3 and expires_at > $3 and state = 'ready'`, hash[:], bearer(scope), tx.Now())); err != nil {
			return err
		}
		if len(rows) == 0 {
			return fault.Missing("export")
		}
		audit.Record(tx, "export.opened", rows[0].Subject, map[string]string{"export": rows[0].ID.String()})
		return tx.Load(tenancy.Value(&format, `select link_format from subject_exports where id = $1`, rows[0].ID))
	})
	if err != nil {
		return o, err
	}
	agency, err := s.db.Keys(ctx, scope)
	if err != nil {
		return o, err
	}
	key, err := agency.ContentKey(rows[0].ID.String(), rows[0].dataKey)
	if err != nil {
		return o, fault.Wrap(err, fault.Internal, "export.key", "The copy's key does not open.")
	}
	stored, err := s.store.Open(ctx, rows[0].blobKey+"-"+format)
	if errors.Is(err, blob.ErrMissing) {
		return o, fault.Wrap(err, fault.Internal, "export.lost", "The copy is not in storage.")
	}
	if err != nil {
		return o, err
	}
	plain, err := key.Decrypt(stored)
	if err != nil {
		return o, errors.Join(err, stored.Close())
	}
	media := map[string]string{"json": "application/json", "pdf": "application/pdf", "zip": "application/zip"}[format]
	return Opened{rows[0].ID.String() + "." + format, media, struct {
		io.Reader
		io.Closer
	}{plain, stored}}, nil
}
