package webhooks_test

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/netguard"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
	"github.com/pratica-crm/pratica/core/webhooks/post"
)

// names resolves what a test says it does.
type names struct {
	mu sync.Mutex
	of map[string]string
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return []netip.Addr{netip.MustParseAddr(n.of[host])}, nil
}

func (n *names) say(host, addr string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.of[host] = addr
}

// got is a delivery as a receiver has it.
type got struct {
	header http.Header
	body   []byte
	path   string
}

// receiver is a system of an agency's own: a real server over TLS, that answers as it is told.
type receiver struct {
	*httptest.Server
	came   chan got
	answer func(w http.ResponseWriter, r *http.Request)
}

func receive(t testing.TB, answer func(http.ResponseWriter, *http.Request)) *receiver {
	t.Helper()
	r := &receiver{came: make(chan got, 1000), answer: answer}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.came <- got{q.Header.Clone(), body, q.URL.RequestURI()}
		if r.answer != nil {
			r.answer(w, q)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) next(t testing.TB) got {
	t.Helper()
	select {
	case g := <-r.came:
		return g
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		return got{}
	}
}

// house is the world with its service, whose guard knows the receivers by their host:port.
type house struct {
	*coretest.World
	*webhooks.Service
	t     testing.TB
	guard *netguard.Guard
	names *names
}

func open(t testing.TB, receivers ...*receiver) *house {
	t.Helper()
	h := &house{World: coretest.New(t), t: t, names: &names{of: map[string]string{}}}
	roots := x509.NewCertPool()
	h.guard = &netguard.Guard{Ports: webhooks.Ports, Resolver: h.names}
	for _, r := range receivers {
		h.guard.Targets = append(h.guard.Targets, r.Listener.Addr().String())
		roots.AddCert(r.Certificate())
	}
	client := post.New(h.guard, roots)
	t.Cleanup(client.Close)
	h.Service = webhooks.New(h.DB, h.guard, client, "https://pratica.example")
	return h
}

// hook registers a receiver in an agency, for types; all of them when none are named.
func (h *house) hook(a *coretest.Agency, r *receiver, types ...string) webhooks.NewEndpoint {
	h.t.Helper()
	if len(types) == 0 {
		for _, k := range h.Kinds(a.ID) {
			types = append(types, k.Type)
		}
	}
	e, err := h.Create(h.t.Context(), a.Do("agency_admin", "webhooks.write"), webhooks.Input{URL: r.URL + "/in?token=sesame", Types: types})
	must(h.t, err)
	return e
}

// emit writes events in a transaction of an agency.
func (h *house) emit(a *coretest.Agency, events ...webhooks.Event) {
	h.t.Helper()
	must(h.t, h.DB.Write(h.t.Context(), a.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		for _, e := range events {
			if err := webhooks.Emit(tx, e); err != nil {
				return err
			}
		}
		return nil
	}))
}

func moved(id ident.ApplicationID, version int) webhooks.Event {
	return webhooks.Application{ID: id, From: []string{"document_collection"}, States: []string{"file_check"}, Version: version}
}

// attempt delivers one, and reports whether there was one.
func (h *house) attempt(a *coretest.Agency, id ident.WebhookID) bool {
	h.t.Helper()
	scope, err := h.Operator.Scope(a.ID, "test")
	must(h.t, err)
	did, err := h.Deliver(h.t.Context(), scope, id)
	must(h.t, err)
	return did
}

func (h *house) deliveries(a *coretest.Agency, id ident.WebhookID, state string) []webhooks.Delivery {
	h.t.Helper()
	page, err := h.Deliveries(h.t.Context(), a.Do("agency_admin", "webhooks.read"), id, webhooks.Filter{State: state})
	must(h.t, err)
	return page.Items
}

func (h *house) endpoint(a *coretest.Agency, id ident.WebhookID) webhooks.Endpoint {
	h.t.Helper()
	e, err := h.Get(h.t.Context(), a.Do("agency_admin", "webhooks.read"), id)
	must(h.t, err)
	return e
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
