package documents_test

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const pdf = "%PDF-1.4\nsigned by the client\n%%EOF\n"

func wantFault(t *testing.T, what string, err error, kind fault.Kind, code string) {
	t.Helper()
	if e := fault.As(err); err == nil || e.Kind != kind || e.Code != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

// desk is an office with a file.
type desk struct {
	*office.Office
	t   *testing.T
	app applications.Application
}

func newDesk(t *testing.T) *desk {
	d := &desk{Office: office.New(t), t: t}
	d.app, _, _ = d.Peopled(t)
	return d
}

func (d *desk) request(kind string) documents.Document {
	d.t.Helper()
	doc, err := d.Documents.Request(d.t.Context(), d.A.Do("broker", "documents.write"), d.app.ID, documents.Input{Kind: kind})
	office.Must(d.t, err)
	return doc
}

func (d *desk) upload(doc documents.Document, name, content string) (documents.Document, error) {
	return d.Documents.Upload(d.t.Context(), d.A.Do("broker", "documents.write"), doc.ID, doc.Version, name, strings.NewReader(content))
}

// failure is how the checklist's line of a kind stands: missing, rejected, expires, or "" when it is in order.
func (d *desk) failure(kind string) string {
	d.t.Helper()
	list, err := d.Documents.Checklist(d.t.Context(), d.A.Do("broker", "documents.read"), d.app.ID)
	office.Must(d.t, err)
	for _, i := range list.Items {
		if i.Kind == kind && i.Failure != nil {
			return *i.Failure
		} else if i.Kind == kind {
			return ""
		}
	}
	d.t.Fatalf("the checklist has no %s", kind)
	return ""
}

// TestDocument: a paper is asked for, uploaded, rejected, uploaded again and accepted; the checklist follows; the other agency
// sees nothing of it.
func TestDocument(t *testing.T) {
	d := newDesk(t)
	review := d.A.Do("back_office", "documents.review")
	doc := d.request("mandate")
	_, err := d.Documents.Accept(t.Context(), review, doc.ID, doc.Version, documents.Dates{})
	wantFault(t, "accepting nothing", err, fault.Conflict, "document.no_content")
	for what, c := range map[string]struct {
		content string
		code    string
	}{"a program": {"\x7fELF", "document.type"}, "half a PDF": {"%PDF-1.4 and then", "document.unreadable"}, "nothing": {"", "document.type"}} {
		_, err := d.upload(doc, "x.pdf", c.content)
		wantFault(t, what, err, fault.Invalid, c.code)
	}
	first, err := d.upload(doc, `C:\Users\ada\..\mandato".pdf`, pdf)
	office.Must(t, err)
	if first.State != "uploaded" || first.FileName != "mandato.pdf" || first.MediaType != "application/pdf" || first.SizeBytes != int64(len(pdf)) {
		t.Errorf("%+v", first)
	}
	_, err = d.upload(doc, "x.pdf", pdf)
	wantFault(t, "an older version", err, fault.Stale, "version.stale")
	rejected, err := d.Documents.Reject(t.Context(), review, doc.ID, first.Version, "not signed")
	office.Must(t, err)
	if got := d.failure("mandate"); got != "rejected" {
		t.Errorf("a rejected paper: %q", got)
	}
	again, err := d.upload(rejected, "mandato.pdf", pdf)
	office.Must(t, err)
	accepted, err := d.Documents.Accept(t.Context(), review, doc.ID, again.Version, documents.Dates{IssuedOn: calendar.On(2026, time.November, 1)})
	office.Must(t, err)
	if got := d.failure("mandate"); got != "" || accepted.RejectReason != "" {
		t.Errorf("an accepted paper: %q", got)
	}
	_, err = d.upload(accepted, "other.pdf", pdf)
	wantFault(t, "what was accepted is kept", err, fault.Conflict, "document.kept")
	_, content, err := d.Documents.Content(t.Context(), d.A.Do("broker", "documents.read"), doc.ID)
	office.Must(t, err)
	text, err := io.ReadAll(content)
	if err = errorsOf(err, content.Close()); err != nil || string(text) != pdf {
		t.Errorf("it reads %q, %v", text, err)
	}
	d.unseen(accepted)
}

func errorsOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// unseen: to B the paper is not there, nor can it be opened by a link that somebody in A was given.
func (d *desk) unseen(doc documents.Document) {
	d.t.Helper()
	s, ctx := d.Documents, d.t.Context()
	token, _, err := s.Link(ctx, d.A.Do("broker", "documents.open"), doc.ID, documents.LinkOptions{})
	office.Must(d.t, err)
	opened, err := s.Open(ctx, d.A.Do("broker", "documents.open"), token)
	office.Must(d.t, err)
	office.Must(d.t, opened.Content.Close())
	who := d.A.Scope("broker").Actor()
	for name, c := range map[string]struct {
		scope tenancy.Scope
		lives bool
	}{"A": {d.A.Do("broker", "documents.open"), true}, "B": {d.B.Do("broker", "documents.open"), false}} {
		lives := false
		office.Must(d.t, d.DB.Load(ctx, c.scope, tenancy.Value(&lives, "select session_lives($1, $2)", who.Session(), who.User())))
		if lives != c.lives {
			d.t.Errorf("%s is told that a session of A lives: %v", name, lives)
		}
	}
	for name, ask := range map[string]func() error{
		"get":       func() error { _, err := s.Get(ctx, d.B.Do("broker", "documents.read"), doc.ID); return err },
		"of file":   func() error { _, err := s.OfApplication(ctx, d.B.Do("broker", "documents.read"), d.app.ID); return err },
		"checklist": func() error { _, err := s.Checklist(ctx, d.B.Do("broker", "documents.read"), d.app.ID); return err },
		"content":   func() error { _, _, err := s.Content(ctx, d.B.Do("broker", "documents.read"), doc.ID); return err },
		"link": func() error {
			_, _, err := s.Link(ctx, d.B.Do("broker", "documents.open"), doc.ID, documents.LinkOptions{})
			return err
		},
		"open":      func() error { _, err := s.Open(ctx, d.B.Do("broker", "documents.open"), token); return err },
		"colleague": func() error { _, err := s.Open(ctx, d.A.Do("back_office", "documents.open"), token); return err },
		"accept": func() error {
			_, err := s.Accept(ctx, d.B.Do("back_office", "documents.review"), doc.ID, 0, documents.Dates{})
			return err
		},
		"request": func() error {
			_, err := s.Request(ctx, d.B.Do("broker", "documents.write"), d.app.ID, documents.Input{Kind: "mandate"})
			return err
		},
		"upload": func() error {
			_, err := s.Upload(ctx, d.B.Do("broker", "documents.write"), doc.ID, 0, "x.pdf", strings.NewReader(pdf))
			return err
		},
	} {
		if err := ask(); !fault.Is(err, fault.NotFound) {
			d.t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExpiry: what counts is whether the paper is still good on the day the file goes out.
func TestExpiry(t *testing.T) {
	d := newDesk(t)
	doc := d.request("mandate")
	doc, err := d.upload(doc, "mandato.pdf", pdf)
	office.Must(t, err)
	doc, err = d.Documents.Accept(t.Context(), d.A.Do("back_office", "documents.review"), doc.ID, doc.Version, documents.Dates{})
	office.Must(t, err)
	for _, c := range []struct {
		what    string
		expires calendar.Date
		failure string
	}{
		{"the day before", office.Planned.AddDays(-1), "expires"},
		{"the very day", office.Planned, ""},
		{"a month later", office.Planned.AddMonths(1), ""},
	} {
		before, err := d.Applications.Get(t.Context(), d.A.Do("broker", "applications.read"), d.app.ID)
		office.Must(t, err)
		doc, err = d.Documents.Redate(t.Context(), d.A.Do("broker", "documents.write"), doc.ID, doc.Version, documents.Dates{ExpiresOn: c.expires})
		office.Must(t, err)
		if got := d.failure("mandate"); got != c.failure {
			t.Errorf("good until %s: %q, want %q", c.what, got, c.failure)
		}
		after, err := d.Applications.Get(t.Context(), d.A.Do("broker", "applications.read"), d.app.ID)
		office.Must(t, err)
		if after.Version <= before.Version {
			t.Errorf("%s: the file's machine has not looked again", c.what)
		}
	}
	later := office.Planned.AddMonths(2)
	_, err = d.Applications.Change(t.Context(), d.A.Do("broker", "applications.write"), d.app.ID, 0, applications.Patch{PlannedSubmission: &later})
	office.Must(t, err)
	if got := d.failure("mandate"); got != "expires" {
		t.Errorf("the file goes out later than the paper is good: %q", got)
	}
}

// TestTwoUploadsAtOnce: one of two is taken up and can be read whole; the other is told so and leaves nothing.
func TestTwoUploadsAtOnce(t *testing.T) {
	d := newDesk(t)
	doc := d.request("mandate")
	contents := []string{pdf, "%PDF-1.4\n" + strings.Repeat("another ", 100) + "\n%%EOF\n"}
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i, content := range contents {
		both.Go(func() { _, errs[i] = d.upload(doc, "x.pdf", content) })
	}
	both.Wait()
	won := 0
	for i, err := range errs {
		if err != nil {
			wantFault(t, "the other one", err, fault.Stale, "version.stale")
			continue
		}
		won++
		_, content, err := d.Documents.Content(t.Context(), d.A.Do("broker", "documents.read"), doc.ID)
		office.Must(t, err)
		var text bytes.Buffer
		if _, err := text.ReadFrom(content); err != nil || text.String() != contents[i] {
			t.Errorf("the one that was taken up reads %.40q, %v", text.String(), err)
		}
		office.Must(t, content.Close())
	}
	if won != 1 {
		t.Errorf("%d were taken up", won)
	}
}

// TestPaperThatAgesNeedsItsDay: a kind that is good for a limited time is not accepted without a day to count from.
func TestPaperThatAgesNeedsItsDay(t *testing.T) {
	d := newDesk(t)
	doc, err := d.upload(d.request("payslip"), "busta.pdf", pdf)
	office.Must(t, err)
	review := d.A.Do("back_office", "documents.review")
	_, err = d.Documents.Accept(t.Context(), review, doc.ID, doc.Version, documents.Dates{})
	wantFault(t, "without a day", err, fault.Invalid, "document.issued_on")
	doc, err = d.Documents.Accept(t.Context(), review, doc.ID, doc.Version, documents.Dates{IssuedOn: office.Planned.AddDays(-10)})
	office.Must(t, err)
	if doc.ExpiresOn != office.Planned.AddDays(50) {
		t.Errorf("good until %v", doc.ExpiresOn)
	}
}
