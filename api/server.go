// Package api is the HTTP interface: one file per feature, endpoints as values, errors in one place.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/redis"
	"github.com/pratica-crm/pratica/core/tenancy"
)

type server struct {
	deps Deps
	mux  *mux.Router
	huma huma.API
	auth *authenticator
	live *live

	limits *limiter
	now    func() time.Time
}

// problems makes huma report in our shape, and take a member's name only as it is written: of price_cents and PRICE_CENTS in one body it would judge the
// first, and encoding/json keep the last. huma keeps both in package variables.
var problems = sync.OnceFunc(func() { huma.NewError, huma.ValidateStrictCasing = fromHuma, true })

// New builds the handler of the whole product from its services.
func New(deps Deps) http.Handler {
	problems()
	s := &server{deps: deps, mux: mux.NewRouter(), auth: newAuthenticator(deps), live: newLive(deps.News), limits: newLimiter(deps), now: time.Now}
	if s.deps.Metrics == nil {
		s.deps.Metrics = NewMetrics()
	}
	s.mux.Use(s.limited)
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Pratica", Version: "1", Description: "Credit and mortgage brokerage: files, documents, workflows, lenders."},
			Components: &huma.Components{
				Responses: limitResponses(),
				Schemas:   huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key":     {Type: "http", Scheme: "bearer"},
					"session": {Type: "apiKey", In: "cookie", Name: "pratica_session"},
				},
			},
			Security: []map[string][]string{{"key": {}}, {"session": {}}},
		},
		OpenAPIPath:                  "/api/openapi",
		Formats:                      map[string]huma.Format{"application/json": strict, "json": strict},
		Transformers:                 []huma.Transformer{noteCode},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
	s.huma = humamux.New(s.mux, config)
	for _, r := range routes(deps) {
		r.register(s)
	}
	s.pages()
	protection := http.NewCrossOriginProtection()
	protection.AddInsecureBypassPattern("/callbacks/") // banks post people back; no cookie counts there, only the secret in the address
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, fault.New(fault.Forbidden, "request.cross_origin", "This request comes from another site."), requestOf(r.Context()).id)
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
	route    string // method and template of the matched route
	code     string // of the problem that is answered

	presented []byte        // SHA-256 of a credential or one-time link that was refused
	visitor   tenancy.Owner // who is in the portal
	grant     redis.Grant
}

type requestKey struct{}

func requestOf(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }

// noteCode tells the counters which problem huma is about to answer, and the problem its request: those that huma finds itself have none.
func noteCode(ctx huma.Context, _ string, v any) (any, error) {
	if p, is := v.(*Problem); is {
		req := requestOf(ctx.Context())
		req.code, p.TraceID = p.Code, req.id
	}
	return v, nil
}

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
	f.server.protect(h, r)
	seen := &recorder{ResponseWriter: w, req: req}
	w = seen
	defer f.server.deps.Metrics.began(f.server.now, req, seen)()
	defer f.server.noteRefusal(r, req, seen)
	defer logRefusal(req, seen)
	defer func() {
		switch p := recover(); {
		case p == nil:
		case aborted(p):
			panic(http.ErrAbortHandler) // breaks the connection off: the reader learns that the answer is not whole
		default:
			cause := fault.Panicked(p)
			slog.Error("panic", "trace_id", req.id, "cause", cause, "stack", string(debug.Stack()))
			writeProblem(w, fault.Wrap(cause, fault.Internal, "panic", "Something went wrong on our side; it is in our log."), req.id)
		}
	}()
	if err := acceptable(r); err != nil {
		writeProblem(w, err, req.id)
		return
	}
	if f.server.auth.credential(r) {
		h.Set("Cache-Control", "no-store")
		req.identity, req.failure = f.server.auth.identify(r, f.server.deps.Directory.Session)
		if req.failure != nil {
			req.presented = f.server.auth.presented(r)
		}
		if fault.Is(req.failure, fault.Unauthenticated) {
			if err := f.server.limits.guess(r); err != nil {
				writeProblem(w, err, req.id)
				return
			}
		}
	}
	req.http = r
	paced := r.WithContext(context.WithValue(r.Context(), requestKey{}, req)) // a copy: by the body of its own the server knows what was left unread
	if r.Body != nil && r.Body != http.NoBody {
		paced.Body = &pace{ReadCloser: r.Body, out: http.NewResponseController(w), now: f.server.now, grace: bodyGrace, rate: bodyPace}
	}
	f.next.ServeHTTP(w, paced)
}
