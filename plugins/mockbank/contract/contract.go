// Package contract holds a handler to OpenAPI documents in tests: every request and every answer that passes is checked, and what no
// document speaks of fails.
//
// The official documents are read from the folder shared/contracts beside the repository. Without it the tests that need them are skipped, and say so.
//
// Three things about the official documents: whole-document validation is left out, since their examples break their own schemas; their
// objects are open, and are closed here, so that a misspelt field is found; and the versions they differ in are made of the last one, see Berlin.
package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// The official documents.
const (
	BerlinGroup = "berlin-group-psd2-api-1.3.11.yaml"
	Europace    = "europace-antraege-2.97.yaml"
)

// Document is an OpenAPI document, ready to be checked against. Loading one takes long, so tests share it.
type Document struct {
	name   string
	doc    *openapi3.T
	router routers.Router
	turn   *sync.Mutex // one check at a time: versions share a document
	put    func()      // makes the document the version's; nil: there are no versions
}

var (
	mu     sync.Mutex
	loaded = map[string]*Document{}
)

// Need skips the test when an official document is not here, and says so.
func Need(t testing.TB, file string) {
	t.Helper()
	if _, found := find(file); !found {
		t.Skipf("the official contract %s is not here: put it into shared/contracts beside the repository", file)
	}
}

// Official reads an official document for an API that is mounted below any of the roots, such as "/aurora/psd2".
func Official(t testing.TB, file string, roots ...string) *Document {
	t.Helper()
	Need(t, file)
	path, _ := find(file)
	return load(t, strings.Join(append(roots, file), " "), func() ([]byte, error) { return os.ReadFile(path) }, func(doc *openapi3.T) {
		for _, schema := range doc.Components.Schemas {
			closeObject(schema.Value)
		}
		doc.Servers = nil
		for _, root := range roots {
			doc.Servers = append(doc.Servers, &openapi3.Server{URL: root})
		}
	})
}

// Own reads a document of the repository.
func Own(t testing.TB, name string, text []byte) *Document {
	t.Helper()
	return load(t, name, func() ([]byte, error) { return text, nil }, func(*openapi3.T) {})
}

func find(file string) (string, bool) {
	dir, err := os.Getwd()
	for err == nil {
		path := filepath.Join(dir, "shared", "contracts", file)
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		break
	}
	return "", false
}

func load(t testing.TB, key string, text func() ([]byte, error), prepare func(*openapi3.T)) *Document {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if d, known := loaded[key]; known {
		return d
	}
	body, err := text()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(body)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	prepare(doc)
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	loaded[key] = &Document{name: key, doc: doc, router: router, turn: &sync.Mutex{}}
	return loaded[key]
}

// check runs a check while the document is this version's.
func (d *Document) check(check func() error) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	if d.put != nil {
		d.put()
	}
	return check()
}

// closeObject lets an object have the properties its schema names, and no others, unless the schema speaks of others itself.
func closeObject(s *openapi3.Schema) {
	if s == nil || len(s.Properties) == 0 || s.AdditionalProperties.Has != nil || s.AdditionalProperties.Schema != nil || len(s.AllOf)+len(s.OneOf)+len(s.AnyOf) > 0 {
		return
	}
	no := false
	s.AdditionalProperties.Has = &no
}

// Watch is a handler behind its contracts.
type Watch struct {
	t      testing.TB
	next   http.Handler
	of     func(*http.Request) *Document
	strict bool

	mu      sync.Mutex
	seen    int
	expect  int
	against []error
}

// New watches a handler until the test ends. of tells a request's document; nil: no contract speaks of it (pages for people, dials). A request that breaks its contract
// must be refused with a 4xx; with strict it must not come at all, which is what connectors are held to.
func New(t testing.TB, next http.Handler, strict bool, of func(*http.Request) *Document) *Watch {
	t.Helper()
	w := &Watch{t: t, next: next, of: of, strict: strict}
	t.Cleanup(func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.against) != w.expect {
			t.Errorf("%d answers or requests broke their contract, %d should have:\n%v", len(w.against), w.expect, errors.Join(w.against...))
		}
	})
	return w
}

// Broken says that n more answers will break their contract: those that a fault dial spoils. Fewer are a failure too.
func (w *Watch) Broken(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expect += n
}

// Seen is how many answers were held to a contract.
func (w *Watch) Seen() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

func (w *Watch) complain(r *http.Request, what string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.against = append(w.against, fmt.Errorf("%s %s: %s: %w", r.Method, r.URL, what, err))
}

// ServeHTTP answers as the handler does, and checks both sides.
func (w *Watch) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	document := w.of(r)
	if document == nil {
		w.next.ServeHTTP(out, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client broke off
	}
	trailer := r.Trailer
	again := func() io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) }
	in, wrong := document.request(r, again)
	r.Body, r.Trailer = again(), trailer
	kept := &answer{ResponseWriter: out, status: http.StatusOK}
	defer func() {
		if thrown := recover(); thrown != nil {
			w.complain(r, "answer", errors.New("it broke off"))
			panic(thrown)
		}
	}()
	w.next.ServeHTTP(kept, r)
	if r.Context().Err() != nil && !kept.wrote { // the client went away unanswered
		return
	}
	w.mu.Lock()
	w.seen++
	w.mu.Unlock()
	refused := kept.status >= 400 && kept.status < 500
	switch {
	case wrong != nil && (w.strict || !refused):
		w.complain(r, fmt.Sprintf("request, answered %d", kept.status), wrong)
	case in == nil && kept.status == http.StatusNotFound: // there is no such path, and the handler says so
		return
	}
	if in == nil {
		return
	}
	if err := document.response(in, kept, r); err != nil {
		w.complain(r, fmt.Sprintf("answer %d %s", kept.status, kept.body.String()), err)
	}
}

var options = &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}

// request checks a request. Without a route the input is nil.
func (d *Document) request(r *http.Request, body func() io.ReadCloser) (*openapi3filter.RequestValidationInput, error) {
	copied := r.Clone(context.WithoutCancel(r.Context()))
	copied.Body = body()
	route, params, err := d.router.FindRoute(copied)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	in := &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route, Options: options}
	return in, d.check(func() error { return openapi3filter.ValidateRequest(copied.Context(), in) })
}

func (d *Document) response(in *openapi3filter.RequestValidationInput, kept *answer, r *http.Request) error {
	return d.check(func() error {
		return openapi3filter.ValidateResponse(context.WithoutCancel(r.Context()), &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: kept.status,
			Header: kept.Header(), Body: io.NopCloser(bytes.NewReader(kept.body.Bytes())), Options: options})
	})
}

// answer keeps what passes.
type answer struct {
	http.ResponseWriter
	status int
	wrote  bool
	body   bytes.Buffer
}

func (a *answer) WriteHeader(status int) {
	a.status, a.wrote = status, true
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	a.wrote = true
	a.body.Write(p)
	return a.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
