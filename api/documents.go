package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// DocumentPath names a document in the address. Exported because huma reads embedded fields only then.
type DocumentPath struct {
	ID ident.DocumentID `path:"id"`
}

type documentBody struct {
	ApplicationPath
	Body documents.Input
}

type documentDates struct {
	DocumentPath
	Body documents.Dates
}

type documentReject struct {
	DocumentPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000"`
	}
}

type documentLinking struct {
	DocumentPath
	Body *documents.LinkOptions `required:"false"`
}

type documentLink struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

func documentRoutes(d Deps) []Route {
	s := d.Documents
	return []Route{
		on("GET", "/applications/{id}/documents", "documents.read", "The documents that count for a file", func(ctx context.Context, c Call, in *ApplicationPath) (list[documents.Document], error) {
			return listOf(s.OfApplication(ctx, c.Scope, in.ID))
		}),
		on("POST", "/applications/{id}/documents", "documents.write", "Ask for a document", func(ctx context.Context, c Call, in *documentBody) (documents.Document, error) {
			return s.Request(ctx, c.Scope, in.ID, in.Body)
		}).created(),
		on("GET", "/documents/{id}", "documents.read", "A document's data", func(ctx context.Context, c Call, in *DocumentPath) (documents.Document, error) {
			return s.Get(ctx, c.Scope, in.ID)
		}),
		on("PATCH", "/documents/{id}", "documents.write", "Correct the days read off the paper", func(ctx context.Context, c Call, in *documentDates) (documents.Document, error) {
			return s.Redate(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched(),
		on("POST", "/documents/{id}/accept", "documents.review", "Take a document as good", func(ctx context.Context, c Call, in *documentDates) (documents.Document, error) {
			return s.Accept(ctx, c.Scope, in.ID, c.Version, in.Body)
		}),
		on("POST", "/documents/{id}/reject", "documents.review", "Send a document back", func(ctx context.Context, c Call, in *documentReject) (documents.Document, error) {
			return s.Reject(ctx, c.Scope, in.ID, c.Version, in.Body.Reason)
		}),
		on("POST", "/documents/{id}/link", "documents.open", "A link that opens the document for this user in this session", func(ctx context.Context, c Call, in *documentLinking) (documentLink, error) {
			var how documents.LinkOptions
			if in.Body != nil {
				how = *in.Body
			}
			token, until, err := s.Link(ctx, c.Scope, in.ID, how)
			return documentLink{"/d/" + token, until}, err
		}),
		Raw{Method: "PUT", Path: base + "/documents/{id}/content", Action: "documents.write", Summary: "Upload the content", Match: true, Serve: uploadDocument(s)},
		Raw{Method: "GET", Path: "/d/{token}", Action: "documents.open", Summary: "Open a document by its link", Serve: openDocument(s)},
	}
}

// uploadDocument streams the body: it is never in memory as a whole.
func uploadDocument(s *documents.Service) func(http.ResponseWriter, *http.Request, Call) error {
	return func(w http.ResponseWriter, r *http.Request, c Call) error {
		var id ident.DocumentID
		if id.UnmarshalText([]byte(mux.Vars(r)["id"])) != nil {
			return fault.Missing("document")
		}
		name, err := url.PathUnescape(r.Header.Get("X-File-Name"))
		if err != nil {
			return fault.New(fault.Malformed, "document.name", "X-File-Name is percent-encoded UTF-8.")
		}
		if r.ContentLength > documents.MaxBytes {
			return fault.New(fault.TooLarge, "document.too_large", "A document has at most 25 MiB. Scan it with a lower resolution.")
		}
		d, err := s.Upload(r.Context(), c.Scope, id, c.Version, name, r.Body)
		if err != nil {
			return err
		}
		w.Header().Set("ETag", etag(d))
		return writeJSON(w, http.StatusOK, d)
	}
}

// opaque is how a content is shown that strangers made: nothing in it runs, loads, sends or reaches the page around it.
const opaque = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"

// openDocument answers 404 for whoever the link is not for, and for a link that has ended.
func openDocument(s *documents.Service) func(http.ResponseWriter, *http.Request, Call) error {
	return func(w http.ResponseWriter, r *http.Request, c Call) error {
		d, err := s.Open(r.Context(), c.Scope, mux.Vars(r)["token"])
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Cache-Control", "private, no-store")
		h.Set("Content-Security-Policy", opaque)
		if d.Elsewhere != "" {
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Location", d.Elsewhere)
			w.WriteHeader(http.StatusSeeOther)
			return nil
		}
		defer func() { _ = d.Content.Close() }()
		h.Set("Content-Type", d.MediaType)
		h.Set("Content-Length", strconv.FormatInt(d.SizeBytes, 10))
		h.Set("Content-Disposition", documents.Disposition("inline", d.FileName))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if _, err := io.Copy(w, d.Content); err != nil {
			// The status has gone out: only breaking off tells the reader that this is not the whole document.
			panic(fmt.Errorf("%w: %w", http.ErrAbortHandler, err))
		}
		return nil
	}
}
