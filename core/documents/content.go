package documents

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// MaxBytes bounds one document.
const MaxBytes = 25 << 20

var (
	errTooLarge = fault.New(fault.TooLarge, "document.too_large", "A document has at most 25 MiB. Scan it with a lower resolution.")
	errKept     = fault.New(fault.Conflict, "document.kept", "What was accepted is kept as it is. Ask for a new document instead.")
)

// Upload streams a content into storage, encrypted on the way, and takes it up as the document's.
// Whatever fails, the document stays as it was.
func (s *Service) Upload(ctx context.Context, scope tenancy.Scope, id ident.DocumentID, version int, name string, body io.Reader) (Document, error) {
	d, err := s.Get(ctx, scope, id)
	switch {
	case err != nil:
		return d, err
	case d.State == "accepted":
		return d, errKept
	case version != 0 && d.Version != version:
		return d, fault.New(fault.Stale, "version.stale", "This document was changed since you read it. Load it again.")
	}
	wrapped, seal, err := s.sealing(ctx, scope, id)
	if err != nil {
		return d, err
	}
	blobKey := newBlobKey(scope, id)
	in := &intake{sum: sha256.New(), scanner: s.scanner}
	if err := s.store.Put(ctx, blobKey, func(w io.Writer) error { return in.take(ctx, w, seal, body) }); err != nil {
		return d, errors.Join(err, s.noted(ctx, scope, id, in.found))
	}
	previous := ""
	d, err = s.edit(ctx, scope, id, d.Version, "document.uploaded", func(tx *tenancy.Tx, d *Document) error {
		previous = d.blobKey
		d.State, d.RejectReason = "uploaded", ""
		d.FileName, d.MediaType, d.SizeBytes, d.SHA256 = cleanName(name, in.media, id.String()), in.media, in.size, hex.EncodeToString(in.sum.Sum(nil))
		d.blobKey, d.dataKey, d.UploadedBy = blobKey, wrapped, tx.Scope().Actor().ID()
		d.Scan = in.verdict()
		return nil
	})
	if err != nil {
		return d, errors.Join(err, s.abandon(context.WithoutCancel(ctx), scope, id, blobKey))
	}
	if previous != "" {
		if err := s.store.Delete(context.WithoutCancel(ctx), previous); err != nil { // the new one is taken up all the same
			slog.Warn("a content that was replaced is still stored", "content", previous, "error", err)
		}
	}
	return d, nil
}

// sealing is how a content is encrypted on its way to storage, under a key of its own; or not by us, where the store does it.
func (s *Service) sealing(ctx context.Context, scope tenancy.Scope, id ident.DocumentID) (wrapped []byte, seal func(io.Writer) (io.WriteCloser, error), err error) {
	if s.direct != nil {
		return nil, func(w io.Writer) (io.WriteCloser, error) { return unsealed{w}, nil }, nil
	}
	key, err := s.tenantKey(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	wrapped, content, err := key.NewContentKey(id.String())
	if err != nil {
		return nil, nil, err
	}
	return wrapped, content.Encrypt, nil
}

type unsealed struct{ io.Writer }

func (unsealed) Close() error { return nil }

// noted leaves the name of the malware that was found in the trail; the content itself was not kept.
func (s *Service) noted(ctx context.Context, scope tenancy.Scope, id ident.DocumentID, found string) error {
	if found == "" {
		return nil
	}
	return s.db.Write(context.WithoutCancel(ctx), scope, func(tx *tenancy.Tx) error {
		audit.Record(tx, "document.infected", id, map[string]string{"found": found})
		return nil
	})
}

// newBlobKey is another one for every attempt: of two uploads at once each writes, and takes away, its own content only.
func newBlobKey(scope tenancy.Scope, id ident.DocumentID) string {
	return fmt.Sprintf("%s/%s-%s", scope.Tenant(), id, strings.ToLower(rand.Text()))
}

// abandon deletes a content that was not taken up. When the connection broke at the commit it may have been taken up
// all the same: then, or when that cannot be told, the content stays.
func (s *Service) abandon(ctx context.Context, scope tenancy.Scope, id ident.DocumentID, blobKey string) error {
	if d, err := s.Get(ctx, scope, id); err != nil || d.blobKey == blobKey {
		return nil
	}
	return s.store.Delete(ctx, blobKey)
}

// LinkFor is how long a link opens its document.
const LinkFor = 5 * time.Minute

// LinkOptions say how a link opens its document.
type LinkOptions struct {
	Once      bool `json:"once,omitempty" required:"false" doc:"Opens the document once; of two readers at the same time one gets it"`
	Watermark bool `json:"watermark,omitempty" required:"false" doc:"Opens a copy that names the viewer, the agency and the time on every page; PDFs only"`
}

// Link makes a link that opens a document for this user in this session only, for at most LinkFor and not beyond the session.
func (s *Service) Link(ctx context.Context, scope tenancy.Scope, id ident.DocumentID, how LinkOptions) (token string, until time.Time, err error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails: the runtime aborts instead
	token = base64.RawURLEncoding.EncodeToString(raw)
	hash := sha256.Sum256([]byte(token))
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Document
		err := tx.Load(load(&rows, "where d.id = $1", id))
		d, err := one(rows, err)
		switch {
		case err != nil:
			return err
		case scope.Actor().Session().IsZero():
			return fault.New(fault.Forbidden, "document.no_session", "Documents are opened by a person who is signed in.")
		case d.blobKey == "":
			return errNoContent
		case d.Scan == "infected":
			return errInfected
		case how.Watermark && d.MediaType != "application/pdf":
			return errNoMark
		}
		until = tx.Now().Add(LinkFor)
		tx.Exec(`insert into document_links (tenant_id, token_hash, document_id, user_id, session_id, expires_at, once, watermark) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			scope.Tenant(), hash[:], id, scope.Actor().User(), scope.Actor().Session(), until, how.Once, how.Watermark)
		audit.Record(tx, "document.link", id, nil)
		return nil
	})
	return token, until, err
}

// Opened is what a link leads to: the content, or the address at which the store itself gives it out for a moment.
type Opened struct {
	Document
	Content   io.ReadCloser // nil with Elsewhere
	Elsewhere string
}

// Open follows a link: only the session and user that asked for it, only while both are what they were, only until it ends.
func (s *Service) Open(ctx context.Context, scope tenancy.Scope, token string) (Opened, error) {
	hash := sha256.Sum256([]byte(token))
	var o Opened
	var link struct {
		Document  ident.DocumentID `db:"document_id"`
		Once      bool             `db:"once"`
		Watermark bool             `db:"watermark"`
	}
	var mark Mark
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		actor := scope.Actor()
		if err := tx.Load(tenancy.One(&link, fault.Missing("document"), `update document_links set used_at = $4
			where token_hash = $1 and user_id = $2 and session_id = $3 and expires_at > $4 and not (once and used_at is not null) and session_lives($3, $2)
			returning document_id, once, watermark`, hash[:], actor.User(), actor.Session(), tx.Now())); err != nil {
			return err
		}
		var rows []Document
		err := tx.Load(load(&rows, "where d.id = $1", link.Document), mark.load(tx))
		if o.Document, err = one(rows, err); err != nil {
			return err
		}
		audit.Record(tx, "document.opened", o.ID, nil)
		return nil
	})
	switch {
	case err != nil:
	case link.Watermark:
		o.Content, o.SizeBytes, err = s.marked(ctx, scope, o.Document, mark)
	case s.direct != nil && o.dataKey == nil && !link.Once: // what is fetched elsewhere cannot be counted
		o.Elsewhere, err = s.direct.Address(ctx, o.blobKey, o.MediaType, Disposition("inline", o.FileName))
	default:
		o.Content, err = s.content(ctx, scope, o.Document)
	}
	return o, err
}

// Content reads a document's content for the platform itself: what a lender is sent.
func (s *Service) Content(ctx context.Context, scope tenancy.Scope, id ident.DocumentID) (Document, io.ReadCloser, error) {
	d, err := s.Get(ctx, scope, id)
	if err != nil {
		return d, nil, err
	}
	r, err := s.content(ctx, scope, d)
	return d, r, err
}

func (s *Service) content(ctx context.Context, scope tenancy.Scope, d Document) (io.ReadCloser, error) {
	open := func(stored io.Reader) (io.Reader, error) { return stored, nil }
	if d.dataKey != nil {
		key, err := s.tenantKey(ctx, scope)
		if err != nil {
			return nil, err
		}
		content, err := key.ContentKey(d.ID.String(), d.dataKey)
		if err != nil {
			return nil, fault.Wrap(err, fault.Internal, "document.key", "The document's key does not open.")
		}
		open = content.Decrypt
	}
	stored, err := s.store.Open(ctx, d.blobKey)
	if errors.Is(err, blob.ErrMissing) {
		return nil, fault.Wrap(err, fault.Internal, "document.lost", "The document's content is not in storage.")
	}
	if err != nil {
		return nil, err
	}
	plain, err := open(stored)
	if err != nil {
		return nil, errors.Join(err, stored.Close())
	}
	return &opened{plain, stored}, nil
}

type opened struct {
	io.Reader
	stored io.Closer
}

func (o *opened) Close() error { return o.stored.Close() }

// tenantKey is the agency's key.
func (s *Service) tenantKey(ctx context.Context, scope tenancy.Scope) (*crypto.TenantKey, error) {
	return s.db.Keys(ctx, scope)
}
