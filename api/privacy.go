package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/pdf"
	"github.com/pratica-crm/pratica/core/privacy"
)

// ExportPath names a copy in the address. Exported because huma reads embedded fields only then.
type ExportPath struct {
	ID ident.ExportID `path:"id"`
}

// PrivacyPath names a person's request in the address. Exported because huma reads embedded fields only then.
type PrivacyPath struct {
	ID ident.PrivacyID `path:"id"`
}

type exportLinking struct {
	ExportPath
	Body struct {
		Format string `json:"format" enum:"json,pdf,zip" doc:"zip: both, and the contents of the person's documents"`
	}
}

type exportLink struct {
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

type exportAsk struct {
	SubjectPath
	Body struct {
		Locale string `json:"locale" enum:"it,en" doc:"Of the readable copy"`
	}
}

type erasureAsk struct {
	SubjectPath
	Body struct {
		Reason string `json:"reason" enum:"no_longer_needed,consent_withdrawn,objection,unlawful,legal_obligation" doc:"Letter a to e of GDPR Art. 17(1)"`
	}
}

type liftAsk struct {
	SubjectPath
	Body struct {
		Reason string `json:"reason" enum:"came_back,request_withdrawn,mistake,legal_claim"`
	}
}

type requestRefusal struct {
	PrivacyPath
	Body struct {
		Reason string `json:"reason" enum:"identity,excessive,in_flight,kept_by_law" doc:"Who asks is not certain; it is manifestly unfounded or excessive; a file is under way; the law keeps the data"`
	}
}

type consentBody struct {
	SubjectPath
	Body privacy.ConsentInput
}

type termsBody struct {
	Body struct {
		Months map[string]int `json:"months" doc:"By purpose, in months; at least what the register says"`
	}
}

// RegisterAnswer is the record of processing with whose it is.
type RegisterAnswer struct {
	Agency string `json:"agency"`
	privacy.Register
}

func privacyRoutes(d Deps) []Route {
	p := d.Privacy
	return []Route{
		on("GET", "/privacy/register", "privacy.read", "The record of processing (GDPR Art. 30): what is kept of people, for what, how long, for whom", func(ctx context.Context, c Call, _ *none) (RegisterAnswer, error) {
			r, agency, err := p.Register(ctx, c.Scope)
			return RegisterAnswer{agency, r}, err
		}),
		Raw{Method: "GET", Path: base + "/privacy/register/document", Action: "privacy.read", Summary: "The record of processing for people to read (?locale=it|en&format=text|pdf)", Serve: func(w http.ResponseWriter, r *http.Request, c Call) error {
			register, agency, err := p.Register(r.Context(), c.Scope)
			if err != nil {
				return err
			}
			return writePaper(w, r, "register", func(locale string) pdf.Paper { return register.Paper(agency, locale, time.Now()) })
		}},
		on("GET", "/privacy/retention", "privacy.manage", "How long what is kept, and what goes when", func(ctx context.Context, c Call, _ *none) (privacy.Retention, error) {
			return p.Retention(ctx, c.Scope)
		}),
		on("PUT", "/privacy/retention", "privacy.manage", "Keep data of some purposes for longer than the register says", func(ctx context.Context, c Call, in *termsBody) (privacy.Retention, error) {
			return p.SetTerms(ctx, c.Scope, c.Version, in.Body.Months)
		}).matched(),
		on("GET", "/privacy/requests", "privacy.manage", "What people have asked for through the portal, the most urgent first", func(ctx context.Context, c Call, _ *none) (list[privacy.NamedRequest], error) {
			return listOf(p.Requests(ctx, c.Scope))
		}),
		on("POST", "/privacy/requests/{id}/refuse", "privacy.manage", "Answer a request with no; the portal shows the person why, and the agency tells them more", func(ctx context.Context, c Call, in *requestRefusal) (privacy.Request, error) {
			return p.RefuseRequest(ctx, c.Scope, in.ID, in.Body.Reason)
		}),
		on("GET", "/privacy/restricted", "privacy.restricted", "People who are locked away until the law lets them go, and those who are erased", func(ctx context.Context, c Call, _ *none) (list[privacy.RestrictedPerson], error) {
			return listOf(p.Restricted(ctx, c.Scope))
		}),
		on("GET", "/consent-texts", "privacy.read", "What people are asked to agree to", func(ctx context.Context, c Call, in *privacy.ConsentTextFilter) (list[privacy.ConsentText], error) {
			if in.Purpose != "" {
				return listOf(p.ConsentVersions(ctx, c.Scope, in.Purpose))
			}
			return listOf(p.ConsentTexts(ctx, c.Scope))
		}),
		on("POST", "/consent-texts", "privacy.manage", "Put a new version of a text in force", func(ctx context.Context, c Call, in *struct{ Body privacy.ConsentTextInput }) (privacy.ConsentText, error) {
			return p.WriteConsentText(ctx, c.Scope, in.Body)
		}).created(),
		on("GET", "/subjects/{id}/consents", "privacy.read", "Where a person's consents stand, and how they came to", func(ctx context.Context, c Call, in *SubjectPath) (privacy.Consents, error) {
			return p.Consents(ctx, c.Scope, in.ID)
		}),
		on("POST", "/subjects/{id}/consents", "consents.write", "Write down what a person has agreed to or withdrawn", func(ctx context.Context, c Call, in *consentBody) (privacy.Consents, error) {
			return p.Consent(ctx, c.Scope, in.ID, in.Body)
		}),
		on("GET", "/subjects/{id}/exports", "privacy.manage", "Copies of a person's data", func(ctx context.Context, c Call, in *SubjectPath) (list[privacy.Export], error) {
			return listOf(p.Exports(ctx, c.Scope, in.ID))
		}),
		on("POST", "/subjects/{id}/exports", "privacy.export", "Make a copy of all the agency has of a person (GDPR Art. 15 and 20)", func(ctx context.Context, c Call, in *exportAsk) (privacy.Export, error) {
			return p.Export(ctx, c.Scope, in.ID, in.Body.Locale)
		}).accepted(),
		on("POST", "/exports/{id}/link", "privacy.export", "A link that opens a copy for this user in this session", func(ctx context.Context, c Call, in *exportLinking) (exportLink, error) {
			token, until, err := p.Link(ctx, c.Scope, in.ID, in.Body.Format)
			return exportLink{base + "/exports/open/" + token, until}, err
		}),
		Raw{Method: "GET", Path: base + "/exports/open/{token}", Action: "privacy.export", Summary: "Open a copy by its link", Serve: openExport(p)},
		on("GET", "/subjects/{id}/erasure", "privacy.restricted", "Where a person's erasure stands; without one, what would become of their data", func(ctx context.Context, c Call, in *SubjectPath) (privacy.Erasure, error) {
			return p.Erasures(ctx, c.Scope, in.ID)
		}),
		on("POST", "/subjects/{id}/erasure", "privacy.erase", "Erase what nothing keeps, and lock what the law keeps until its day (GDPR Art. 17)", func(ctx context.Context, c Call, in *erasureAsk) (privacy.Erasure, error) {
			return p.Erase(ctx, c.Scope, in.ID, in.Body.Reason)
		}),
		on("POST", "/subjects/{id}/erasure/lift", "privacy.erase", "Unlock a person whom the law has kept; what was erased stays so, and certificates stay", func(ctx context.Context, c Call, in *liftAsk) (privacy.Erasure, error) {
			return p.Lift(ctx, c.Scope, in.ID, in.Body.Reason)
		}),
		Raw{Method: "GET", Path: base + "/subjects/{id}/erasure/certificate", Action: "privacy.restricted", Summary: "The last certificate of a person's erasure (?locale=it|en&format=text|pdf|json; json is what was hashed)", Serve: certificate(p)},
		on("GET", "/subjects/{id}/portal-access", "portal.invite", "Where a person's access to the portal stands", func(ctx context.Context, c Call, in *SubjectPath) (privacy.PortalState, error) {
			return p.PortalState(ctx, c.Scope, in.ID)
		}),
		on("POST", "/subjects/{id}/portal-access", "portal.invite", "Mail a person a link to the portal, which opens once", func(ctx context.Context, c Call, in *SubjectPath) (privacy.Invitation, error) {
			return p.Invite(ctx, c.Scope, in.ID)
		}).created(),
	}
}

// openExport answers 404 for whoever the link is not for, and for a link that has ended.
func openExport(p *privacy.Service) func(http.ResponseWriter, *http.Request, Call) error {
	return func(w http.ResponseWriter, r *http.Request, c Call) error {
		o, err := p.Open(r.Context(), c.Scope, mux.Vars(r)["token"])
		if err != nil && fault.As(err).Code == "access.denied" {
			return fault.Missing("export") // nor may they know of links
		}
		if err != nil {
			return err
		}
		defer func() { _ = o.Content.Close() }()
		h := w.Header()
		h.Set("Cache-Control", "private, no-store")
		h.Set("Content-Security-Policy", opaque)
		h.Set("Content-Type", o.MediaType)
		h.Set("Content-Disposition", documents.Disposition("attachment", o.Name))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if _, err := io.Copy(w, o.Content); err != nil {
			// The status has gone out: only breaking off tells the reader that this is not the whole copy.
			panic(fmt.Errorf("%w: %w", http.ErrAbortHandler, err))
		}
		return nil
	}
}

func certificate(p *privacy.Service) func(http.ResponseWriter, *http.Request, Call) error {
	return func(w http.ResponseWriter, r *http.Request, c Call) error {
		var id ident.SubjectID
		if id.UnmarshalText([]byte(mux.Vars(r)["id"])) != nil {
			return fault.Missing("subject")
		}
		e, err := p.Erasures(r.Context(), c.Scope, id)
		if err != nil {
			return err
		}
		if len(e.Certificates) == 0 {
			return fault.Missing("certificate")
		}
		last := e.Certificates[len(e.Certificates)-1]
		if r.URL.Query().Get("format") == "json" {
			return writeBytes(w, "application/json", "certificate.json", []byte(last.Text))
		}
		cert, err := privacy.ReadCertificate(last.Text)
		if err != nil {
			return err
		}
		return writePaper(w, r, "certificate", func(locale string) pdf.Paper { return cert.Paper(locale, last.Hash) })
	}
}

// writePaper answers a paper as the query asks for it.
func writePaper(w http.ResponseWriter, r *http.Request, name string, paper func(locale string) pdf.Paper) error {
	q := r.URL.Query()
	locale, format := q.Get("locale"), q.Get("format")
	if locale != "en" {
		locale = "it"
	}
	body, media, ending := []byte(paper(locale).Text()), "text/plain; charset=utf-8", "txt"
	switch format {
	case "", "text":
	case "pdf":
		var out bytes.Buffer
		if err := paper(locale).Write(&out); err != nil {
			return err
		}
		body, media, ending = out.Bytes(), "application/pdf", "pdf"
	default:
		return fault.Input("input.invalid", "/format", "A paper comes as text or pdf.")
	}
	return writeBytes(w, media, name+"."+ending, body)
}

func writeBytes(w http.ResponseWriter, media, name string, body []byte) error {
	h := w.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Security-Policy", opaque)
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", documents.Disposition("inline", name))
	h.Set("X-Content-Type-Options", "nosniff")
	_, err := w.Write(body)
	return err
}
