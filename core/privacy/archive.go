package privacy

import (
	"archive/zip"
	"context"
	"errors"
	"io"

	"github.com/pratica-crm/pratica/core/pdf"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// archive writes a copy with the contents of the person's papers as a ZIP: copy.json, copy.pdf and documents/. Contents are streamed, not
// held; they are PDFs and pictures, which compress no further.
func (s *Service) archive(ctx context.Context, scope tenancy.Scope, w io.Writer, c Copy, raw []byte, paper pdf.Paper) error {
	z := zip.NewWriter(w)
	entry := func(name string, method uint16, write func(io.Writer) error) error {
		e, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: c.IssuedAt})
		if err != nil {
			return err
		}
		return write(e)
	}
	err := errors.Join(
		entry("copy.json", zip.Deflate, func(e io.Writer) error { _, err := e.Write(raw); return err }),
		entry("copy.pdf", zip.Deflate, paper.Write))
	for _, p := range c.Papers {
		if err != nil {
			return err
		}
		if p.Content != "" {
			err = entry(p.Content, zip.Store, func(e io.Writer) error { return s.content(ctx, scope, p, e) })
		}
	}
	return errors.Join(err, z.Close())
}

func (s *Service) content(ctx context.Context, scope tenancy.Scope, p PaperCopy, w io.Writer) error {
	r, err := s.papers.OwnContent(ctx, scope, p.ID)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, r.Close())
}
