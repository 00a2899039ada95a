package documents_test

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/instances"
)

// during does something before a content is read: an upload that is overtaken.
type during struct {
	do func()
	io.Reader
}

func (d *during) Read(p []byte) (int, error) {
	if d.do != nil {
		do := d.do
		d.do = nil
		do()
	}
	return d.Reader.Read(p)
}

func paper(word string) *bytes.Reader {
	return bytes.NewReader([]byte("%PDF-1.4\n" + word + "\n%%EOF\n"))
}

// TestOvertakenUpload: of two uploads of one version the first to end wins, and the other takes nothing of it away.
func TestOvertakenUpload(t *testing.T) {
	w := coretest.New(t)
	ctx, dir := context.Background(), t.TempDir()
	store, err := blob.OpenFiles(dir)
	must(t, err)
	files := applications.New(w.DB, instances.NewEngine(), documents.Source{})
	s := documents.New(w.DB, files, store)
	app, err := files.Create(ctx, w.A.Do("broker", "applications.write"), applications.Input{Purpose: "first_home", ProductKind: "mortgage", RateKind: "fixed", AmountCents: 100_000_00, TermMonths: 300, PlannedSubmission: calendar.On(2026, time.December, 1)})
	must(t, err)
	write := w.A.Do("broker", "documents.write")
	d, err := s.Request(ctx, write, app.ID, documents.Input{Kind: "mandate"})
	must(t, err)
	late := &during{Reader: paper("loser"), do: func() {
		_, err := s.Upload(ctx, write, d.ID, d.Version, "winner.pdf", paper("winner"))
		must(t, err)
	}}
	if _, err := s.Upload(ctx, write, d.ID, d.Version, "loser.pdf", late); !fault.Is(err, fault.Stale) {
		t.Errorf("the upload that was overtaken: %v", err)
	}
	got, r, err := s.Content(ctx, w.A.Do("broker", "documents.read"), d.ID)
	must(t, err)
	content, err := io.ReadAll(r)
	must(t, err)
	must(t, r.Close())
	if !bytes.Contains(content, []byte("winner")) || got.FileName != "winner.pdf" {
		t.Errorf("%s holds %q", got.FileName, content)
	}
	// A new content takes the place of the old one, and nothing else is left.
	_, err = s.Upload(ctx, write, d.ID, got.Version, "next.pdf", paper("next"))
	must(t, err)
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "*")); len(left) != 1 {
		t.Errorf("%d contents are stored", len(left))
	}
	if _, err := s.Get(ctx, w.B.Do("broker", "documents.read"), d.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("B sees it: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
