package documents

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Marker makes copies of PDFs with a watermark.
type Marker interface {
	// Mark writes to w a copy of pdf with the text on every page, or nothing and an error.
	Mark(ctx context.Context, w io.Writer, pdf io.Reader, text string) error
}

var (
	errNoMark = fault.New(fault.Conflict, "document.no_watermark", "Only PDFs are stamped. Ask for a link without a watermark, or upload the paper as a PDF.")
	errMarker = fault.New(fault.Unavailable, "document.watermark_unavailable", "Nothing stamps documents in this installation. Ask for a link without a watermark.")
)

// Mark is what a watermark says: who opened a document, in which agency, and when.
type Mark struct {
	Name   string    `db:"name"`
	Email  string    `db:"email"`
	Agency string    `db:"agency"`
	At     time.Time `db:"-"`
}

func (m *Mark) load(tx *tenancy.Tx) tenancy.Load {
	m.At = tx.Now()
	return tenancy.Scan("select m.name, m.email, a.name from members m join agencies a on a.id = m.tenant_id where m.user_id = $1", []any{tx.Scope().Actor().User()},
		func(rows pgx.Rows) error { return rows.Scan(&m.Name, &m.Email, &m.Agency) })
}

// String is the text on the page, in no language.
func (m Mark) String() string {
	return fmt.Sprintf("%s  %s\n%s\n%s", m.Name, m.Email, m.Agency, m.At.UTC().Format("2006-01-02 15:04:05 MST"))
}

// marked makes the viewer's copy of a document. It is whole before a byte of it goes out, and waits for a slow reader in a file
// that has no name any more, encrypted under a key that nobody keeps.
func (s *Service) marked(ctx context.Context, scope tenancy.Scope, d Document, mark Mark) (_ io.ReadCloser, size int64, err error) {
	if s.marker == nil {
		return nil, 0, errMarker
	}
	key, err := s.tenantKey(ctx, scope)
	if err != nil {
		return nil, 0, err
	}
	_, once, err := key.NewContentKey("copy of " + d.ID.String())
	if err != nil {
		return nil, 0, err
	}
	original, err := s.content(ctx, scope, d)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = original.Close() }()
	file, err := os.CreateTemp("", "pratica-copy-*")
	if err != nil {
		return nil, 0, fmt.Errorf("copy with a watermark: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	if err := os.Remove(file.Name()); err != nil {
		return nil, 0, fmt.Errorf("copy with a watermark: %w", err)
	}
	sealed, err := once.Encrypt(file)
	if err != nil {
		return nil, 0, err
	}
	out := &counted{w: sealed}
	if err := errors.Join(s.marker.Mark(ctx, out, original, mark.String()), sealed.Close()); err != nil {
		return nil, 0, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, 0, fmt.Errorf("copy with a watermark: %w", err)
	}
	plain, err := once.Decrypt(file)
	return &opened{plain, file}, out.n, err
}

type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
