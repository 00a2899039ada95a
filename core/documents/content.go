package documents

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
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
	errTooLarge   = fault.New(fault.TooLarge, "document.too_large", "A document has at most 25 MiB. Scan it with a lower resolution.")
	errType       = fault.New(fault.Invalid, "document.type", "Documents are PDF, JPEG or PNG files.")
	errUnreadable = fault.New(fault.Invalid, "document.unreadable", "This PDF is damaged or not complete. Save it again and upload that.")
	errKept       = fault.New(fault.Conflict, "document.kept", "What was accepted is kept as it is. Ask for a new document instead.")
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
	key, err := s.tenantKey(ctx, scope)
	if err != nil {
		return d, err
	}
	wrapped, content, err := key.NewContentKey(id.String())
	if err != nil {
		return d, err
	}
	blobKey := newBlobKey(scope, id)
	in := &intake{sum: sha256.New()}
	if err := s.store.Put(ctx, blobKey, func(w io.Writer) error { return in.copy(w, content, body) }); err != nil {
		return d, err
	}
	previous := ""
	d, err = s.edit(ctx, scope, id, d.Version, "document.uploaded", func(tx *tenancy.Tx, d *Document) error {
		previous = d.blobKey
		d.State, d.RejectReason = "uploaded", ""
		d.FileName, d.MediaType, d.SizeBytes, d.SHA256 = cleanName(name, id), in.media, in.size, hex.EncodeToString(in.sum.Sum(nil))
		d.blobKey, d.dataKey, d.UploadedBy = blobKey, wrapped, tx.Scope().Actor().ID()
		return nil
	})
	if err != nil {
		return d, errors.Join(err, s.abandon(context.WithoutCancel(ctx), scope, id, blobKey))
	}
	if previous != "" {
		err = s.store.Delete(context.WithoutCancel(ctx), previous)
	}
	return d, err
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

// intake looks at a content while it streams past.
type intake struct {
	media string
	size  int64
	sum   interface {
		io.Writer
		Sum([]byte) []byte
	}
	tail []byte
}

func (in *intake) copy(w io.Writer, key *crypto.ContentKey, body io.Reader) error {
	head := make([]byte, 512)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return interrupted(err)
	}
	head = head[:n]
	if in.media = sniff(head); in.media == "" {
		return errType
	}
	sealed, err := key.Encrypt(w)
	if err != nil {
		return err
	}
	all := io.MultiReader(bytes.NewReader(head), body)
	in.size, err = io.Copy(io.MultiWriter(sealed, in.sum, in), io.LimitReader(all, MaxBytes+1))
	switch {
	case err != nil:
		return interrupted(err)
	case in.size > MaxBytes:
		return errTooLarge
	case in.media == "application/pdf" && !bytes.Contains(in.tail, []byte("%%EOF")):
		return errUnreadable
	}
	return sealed.Close()
}

// Write keeps the last kilobyte: a whole PDF ends in %%EOF.
func (in *intake) Write(p []byte) (int, error) {
	in.tail = append(in.tail, p...)
	if len(in.tail) > 1024 {
		in.tail = append(in.tail[:0], in.tail[len(in.tail)-1024:]...)
	}
	return len(p), nil
}

func interrupted(err error) error {
	return fault.Wrap(err, fault.Malformed, "document.interrupted", "The upload broke off. Nothing was kept; upload it again.")
}

// sniff tells by its first bytes what a content is, whatever its name says.
func sniff(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return "application/pdf"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	}
	return ""
}

// cleanName keeps the last part of a name, without control characters.
func cleanName(name string, id ident.DocumentID) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '"' {
			return -1
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > 150 {
		name = string(runes[len(runes)-150:])
	}
	if name == "" || name == "." || name == "/" {
		return id.String()
	}
	return strings.ToValidUTF8(name, "")
}

// LinkFor is how long a link opens its document.
const LinkFor = 5 * time.Minute

// Link makes a link that opens a document for this user in this session only.
func (s *Service) Link(ctx context.Context, scope tenancy.Scope, id ident.DocumentID) (token string, until time.Time, err error) {
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
		}
		until = tx.Now().Add(LinkFor)
		tx.Exec(`insert into document_links (tenant_id, token_hash, document_id, user_id, session_id, expires_at) values ($1, $2, $3, $4, $5, $6)`,
			scope.Tenant(), hash[:], id, scope.Actor().User(), scope.Actor().Session(), until)
		audit.Record(tx, "document.link", id, nil)
		return nil
	})
	return token, until, err
}

// Open follows a link: only the session and user that asked for it, only until it ends.
func (s *Service) Open(ctx context.Context, scope tenancy.Scope, token string) (Document, io.ReadCloser, error) {
	hash := sha256.Sum256([]byte(token))
	var d Document
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Document
		err := tx.Load(load(&rows, `join document_links l on l.document_id = d.id where l.token_hash = $1 and l.user_id = $2 and l.session_id = $3 and l.expires_at > $4`,
			hash[:], scope.Actor().User(), scope.Actor().Session(), tx.Now()))
		if d, err = one(rows, err); err != nil {
			return err
		}
		audit.Record(tx, "document.opened", d.ID, nil)
		return nil
	})
	if err != nil {
		return d, nil, err
	}
	r, err := s.content(ctx, scope, d)
	return d, r, err
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
	key, err := s.tenantKey(ctx, scope)
	if err != nil {
		return nil, err
	}
	content, err := key.ContentKey(d.ID.String(), d.dataKey)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "document.key", "The document's key does not open.")
	}
	stored, err := s.store.Open(ctx, d.blobKey)
	if errors.Is(err, blob.ErrMissing) {
		return nil, fault.Wrap(err, fault.Internal, "document.lost", "The document's content is not in storage.")
	}
	if err != nil {
		return nil, err
	}
	plain, err := content.Decrypt(stored)
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
