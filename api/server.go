// Package api is the HTTP interface: one file per feature, endpoints as values, errors in one place.
package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

type server struct {
	deps Deps
	mux  *mux.Router
	huma huma.API
	auth *authenticator
	live *live
}

// problems makes huma report in our shape; huma keeps the constructor in a package variable.
var problems = sync.OnceFunc(func() { huma.NewError = fromHuma })

// New builds the handler of the whole product from its services.
func New(deps Deps) http.Handler {
	problems()
	s := &server{deps: deps, mux: mux.NewRouter(), auth: newAuthenticator(deps), live: newLive(deps.News)}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Pratica", Version: "1", Description: "Credit and mortgage brokerage: files, documents, workflows, lenders."},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key":     {Type: "http", Scheme: "bearer"},
					"session": {Type: "apiKey", In: "cookie", Name: "pratica_session"},
				},
			},
			Security: []map[string][]string{{"key": {}}, {"session": {}}},
		},
		OpenAPIPath:                  "/api/openapi",
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
	s.huma = humamux.New(s.mux, config)
	for _, r := range routes(deps) {
		r.register(s)
	}
	s.pages()
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, fault.New(fault.Forbidden, "request.cross_origin", "This request comes from another site."), "")
	}))
	return s.admit(protection.Handler(s.mux))
}

// schemaName puts the noun before the name: subjects and properties both have an Address.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := huma.DefaultSchemaNamer(t, hint)
	if noun := path.Base(t.PkgPath()); t.PkgPath() != "" && noun != "api" && t.Name() != "" {
		return strings.ToUpper(noun[:1]) + noun[1:] + name
	}
	return name
}

// OpenAPI is the document of the interface, generated from the same values that serve it.
func OpenAPI(deps Deps) ([]byte, error) {
	problems()
	s := New(deps).(*front)
	return s.server.huma.OpenAPI().YAML()
}

// request is what the front door learned of a request; it rides in the context once.
type request struct {
	http     *http.Request
	id       string
	identity tenancy.Identity
	failure  error // a credential was sent and is not good, or could not be looked up
	cookies  []http.Cookie
	forget   func() // drops remembered sessions: after logout, a new password or another agency
}

type requestKey struct{}

func requestOf(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }

func aborted(p any) bool {
	err, ok := p.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}

type front struct {
	server *server
	next   http.Handler
}

// admit gives every request an id and an identity, and no panic leaves.
func (s *server) admit(next http.Handler) http.Handler { return &front{s, next} }

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := &request{id: uuid.Must(uuid.NewV7()).String(), forget: f.server.auth.forget}
	h := w.Header()
	h.Set("X-Request-Id", req.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	defer func() {
		switch p := recover(); {
		case p == nil:
		case aborted(p):
			panic(http.ErrAbortHandler) // breaks the connection off: the reader learns that the answer is not whole
		default:
			writeProblem(w, fault.New(fault.Internal, "panic", fmt.Sprint(p, "\n", string(debug.Stack()))), req.id)
		}
	}()
	if f.server.auth.credential(r) {
		h.Set("Cache-Control", "no-store")
		req.identity, req.failure = f.server.auth.identify(r, f.server.deps.Directory.Session)
	}
	req.http = r
	f.next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, req)))
}
