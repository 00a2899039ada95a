package api

import (
	"context"
	"net/http"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/page"
)

func auditRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/audit", "audit.read", "Who did what, the newest first", func(ctx context.Context, c Call, in *audit.Filter) (page.Page[audit.Entry], error) {
			return audit.List(ctx, d.DB, c.Scope, *in)
		}),
		on("GET", "/audit/proof", "audit.read", "The newest signed checkpoint and the entries since, or those of a range, with what leads from one to the next", func(ctx context.Context, c Call, in *audit.Range) (audit.Proof, error) {
			return d.Audit.Proof(ctx, c.Scope, *in)
		}),
		Raw{Method: "GET", Path: base + "/audit/export", Action: "audit.read", Summary: "The whole trail as NDJSON, signed up to its end", Serve: exportAudit(d)},
	}
}

// exportAudit streams. What goes wrong after the first line breaks the answer off, and a file that was broken off does not verify.
func exportAudit(d Deps) func(http.ResponseWriter, *http.Request, Call) error {
	return func(w http.ResponseWriter, r *http.Request, c Call) error {
		out := &attachment{w: w}
		err := d.Audit.Export(r.Context(), c.Scope, out)
		if err != nil && out.begun {
			panic(http.ErrAbortHandler)
		}
		return err
	}
}

// attachment sets the headers with the first bytes: until then an error can still be answered.
type attachment struct {
	w     http.ResponseWriter
	begun bool
}

func (a *attachment) Write(p []byte) (int, error) {
	if !a.begun {
		a.begun = true
		h := a.w.Header()
		h.Set("Content-Type", "application/x-ndjson")
		h.Set("Content-Disposition", `attachment; filename="audit.ndjson"`)
	}
	return a.w.Write(p)
}
