package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/blob"
	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/catalogue"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/plugins/archive"
	"github.com/pratica-crm/pratica/plugins/host"
)

// market is a publisher, an operator and a worker.
type market struct {
	*office.Office
	t       *testing.T
	dir     string
	key     ed25519.PrivateKey
	program []byte
	desk    *desk
	worker  *follower
}

func newMarket(t *testing.T) *market {
	t.Helper()
	m := &market{Office: office.New(t), t: t, dir: t.TempDir()}
	built := filepath.Join(m.dir, "built")
	out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", built, "../../plugins/host/testdata/acme").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	m.program, err = os.ReadFile(built)
	must(t, err)
	_, m.key, err = ed25519.GenerateKey(nil)
	must(t, err)
	store, err := blob.OpenFiles(filepath.Join(m.dir, "blobs"))
	must(t, err)
	folder := filepath.Join(m.dir, "connectors")
	must(t, os.MkdirAll(folder, 0o700))
	must(t, os.WriteFile(filepath.Join(folder, host.Catalogue), []byte(strings.Repeat("0", 64)+"  bankportal\n"), 0o600))
	cfg := Config{DatabaseURL: redact.Secret(m.URL("pratica_app")), ConnectorsDir: folder}
	m.desk = &desk{catalogue.Keeper{Operator: m.Operator}, cfg, store, "olga"}
	run, err := os.MkdirTemp("", "r") // t.TempDir() is too long for a socket
	must(t, err)
	told, lines := make(chan host.Event, 100), newTails()
	h, err := host.Open(host.Options{RunDir: run, Stderr: lines, Tell: func(e host.Event) { told <- e }})
	must(t, err)
	t.Cleanup(func() { must(t, h.Close()); _ = os.RemoveAll(run) })
	m.worker = &follower{host: h, folder: folder, keeper: m.desk.Keeper, store: store, told: told, tails: lines, banks: func(time.Time) []breakers.Rest { return nil }, worker: "worker-1"}
	return m
}

// publish packages and signs a version that asks for what about says.
func (m *market) publish(id, version string, egress ...string) string {
	m.t.Helper()
	about, err := json.Marshal(map[string]any{"version": version, "egress": egress})
	must(m.t, err)
	body := bytes.Clone(m.program)
	at := bytes.Index(body, []byte(`{"version":"1.0.0"}@`))
	copy(body[at:], append(about, '@'))
	for i := at + len(about); body[i] != '@' || i < at+len(about)+20; i++ { // what the text before was longer by
		body[i] = '@'
	}
	manifest := archive.Manifest{ID: id, Version: version, Title: "Acme", Capabilities: []string{"bank_portal"}, ConfigSchema: json.RawMessage(`{"type":"object"}`), Egress: egress, Protocols: []int{1}}
	path := filepath.Join(m.dir, manifest.FileName())
	var whole bytes.Buffer
	_, err = archive.Write(&whole, manifest, map[string][]byte{runtime.GOOS + "/" + runtime.GOARCH: body}, nil)
	must(m.t, err)
	must(m.t, os.WriteFile(path, whole.Bytes(), 0o600))
	signature, err := json.Marshal(archive.Sign(manifest.FileName(), archive.Sum(whole.Bytes()), m.key))
	must(m.t, err)
	must(m.t, os.WriteFile(path+archive.SignatureSuffix, signature, 0o600))
	return path
}

func (m *market) approve(c PluginApproveCmd, typed string) (string, error) {
	m.t.Helper()
	var out bytes.Buffer
	err := c.approve(m.t.Context(), m.desk, strings.NewReader(typed), &out)
	return out.String(), err
}

func (m *market) wantError(err error, words string) {
	m.t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		m.t.Errorf("%v, want %q", err, words)
	}
}

// look has the worker look, and waits until a version of acme is healthy there.
func (m *market) look(version string) {
	m.t.Helper()
	must(m.t, m.worker.look(m.t.Context()))
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(5 * time.Millisecond) {
		all := []string{}
		for _, s := range m.worker.host.Status() {
			if s.Connector == "acme" {
				all = append(all, fmt.Sprint(s.State, " ", s.Version))
			}
		}
		if len(all) == 1 && all[0] == "healthy "+version {
			return
		}
	}
	m.t.Fatalf("no %s: %+v", version, m.worker.host.Status())
}

// From a signed package to a connector that an agency uses, and back.
func TestOperatorsOfConnectors(t *testing.T) {
	t.Parallel() // it packs and unpacks
	m := newMarket(t)
	ctx := t.Context()
	first := m.publish("acme", "1.0.0", "a.example")
	_, err := m.desk.take(ctx, first)
	m.wantError(err, "pratica plugin trust NAME ed25519:")
	for _, name := range []string{"Acme SpA", "built-in", ""} {
		m.wantError(m.desk.Trust(ctx, "olga", name, "x"), "is no name for a publisher")
	}
	for _, agency := range []string{"agn_", "olga", ident.NewAgency().String()} {
		_, err = m.desk.agencies(ctx, []string{m.A.ID.String(), agency})
		m.wantError(err, "there is no active agency")
	}
	must(t, m.desk.Trust(ctx, "olga", "acme-spa", string(archive.KeyOf(m.key.Public().(ed25519.PublicKey)))))
	whole, err := os.ReadFile(first)
	must(t, err)
	must(t, os.WriteFile(first, append(bytes.Clone(whole), 'x'), 0o600))
	_, err = m.desk.take(ctx, first)
	m.wantError(err, "the signature is not this package's")
	must(t, os.WriteFile(first, whole, 0o600))
	_, err = m.desk.take(ctx, m.publish("bankportal", "9.0.0"))
	m.wantError(err, "is a built-in connector")
	must(t, os.Remove(filepath.Join(m.dir, "bankportal-9.0.0.tar.gz.sig")))
	_, err = m.desk.take(ctx, filepath.Join(m.dir, "bankportal-9.0.0.tar.gz"))
	m.wantError(err, "has no signature beside it")

	out, err := m.approve(PluginApproveCmd{Release: first}, "no\n")
	m.wantError(err, "not approved")
	if !strings.Contains(out, "+ capability bank_portal\n  + egress a.example\n") || !strings.Contains(out, "of acme-spa, it is the first version") {
		t.Error(out)
	}
	_, err = m.approve(PluginApproveCmd{Release: "acme@1.0.0", Yes: "0000"}, "")
	m.wantError(err, "another difference")
	if out, err = m.approve(PluginApproveCmd{Release: "acme@1.0.0"}, "yes\n"); err != nil || !strings.Contains(out, "It is the first version and in force") {
		t.Error(out, err)
	}
	m.look("1.0.0")

	links := connectors.New(m.DB, m.worker.host, m.Documents)
	connect := func() (connectors.Connection, error) {
		return links.Connect(ctx, m.A.Do("agency_admin", "connectors.write"), connectors.ConnectionInput{Connector: "acme", LenderID: m.Lender(t, fmt.Sprint("b", time.Now().UnixNano())), Name: "Acme", Config: json.RawMessage(`{}`)})
	}
	_, err = connect()
	m.wantError(err, "connector.disabled")
	must(t, m.desk.enable(ctx, "acme", nil))
	scope, err := m.Operator.Scope(m.A.ID, "command line")
	must(t, err)
	must(t, links.Enable(ctx, scope, "acme"))
	c, err := connect()
	must(t, err)
	works := func() connectors.Health {
		h, err := links.CheckConnection(ctx, m.A.Do("agency_admin", "connectors.write"), c.ID)
		must(t, err)
		return h
	}
	if h := works(); !h.OK {
		t.Errorf("%+v", h)
	}

	if out, err = m.approve(PluginApproveCmd{Release: m.publish("acme", "1.1.0", "a.example", "b.example"), AcceptPermissions: true}, ""); err != nil || !strings.Contains(out, "against version 1.0.0, which is in force.\n  + egress b.example\n") {
		t.Error(out, err)
	}
	m.look("1.0.0")
	must(t, m.desk.Upgrade(ctx, "olga", "acme", "1.1.0", 0, nil))
	m.look("1.1.0")
	if out, err = m.approve(PluginApproveCmd{Release: m.publish("acme", "1.2.0", "a.example", "b.example"), AcceptPermissions: true}, ""); err != nil || !strings.Contains(out, "It asks for nothing new, and gives nothing up.") {
		t.Error(out, err)
	}
	must(t, m.desk.Revoke(ctx, "olga", "acme", "1.1.0", "leaks"))
	m.look("1.0.0")
	if h := works(); !h.OK {
		t.Errorf("%+v", h)
	}

	must(t, m.desk.Report(ctx, "worker-1", m.worker.state()))
	workers, err := m.desk.workers(ctx, "acme")
	must(t, err)
	var table, catalogueTable bytes.Buffer
	must(t, statuses(&table, workers))
	all, err := m.desk.All(ctx)
	must(t, err)
	must(t, listed(&catalogueTable, all, []string{"bankportal"}))
	for text, want := range map[string]string{table.String(): "acme@1.0.0  shared  healthy", catalogueTable.String(): "acme@1.1.0  acme-spa   revoked   leaks"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}

	seen := &conditions{keeper: m.desk.Keeper, bank: m.worker.host.Bank}
	links.Observe(seen)
	is := func(want string) {
		t.Helper()
		seen.read = time.Time{}
		all, err := links.Connections(ctx, m.A.Do("broker", "connectors.read"))
		must(t, err)
		if len(all) != 1 || all[0].Condition == nil || all[0].Condition.Host != want || all[0].Condition.Breaker != "closed" {
			t.Errorf("the agency sees %+v, want %s", all[0].Condition, want)
		}
	}
	is("healthy")
	counts := &meter{metrics: api.NewMetrics()}
	counts.host.Store(m.worker.host)
	counts.Exchanged("acme", "a.example:443", 201, 10, 20)
	counts.Exchanged("acme", "an-agency.example:443", 503, 1, 2)
	counts.Exchanged("acme", "another.example:443", 503, 1, 2)
	answer := httptest.NewRecorder()
	counts.metrics.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(ctx, "GET", "/metrics", nil))
	for _, line := range []string{`pratica_egress_requests_total{class="2xx",connector="acme",host="a.example:443"} 1`, `pratica_egress_bytes_total{connector="acme",host="a.example:443",way="in"} 20`,
		`pratica_egress_requests_total{class="5xx",connector="acme",host="setting"} 2`} {
		if !strings.Contains(answer.Body.String(), line) {
			t.Errorf("not counted: %s", line)
		}
	}

	must(t, m.desk.RevokePublisher(ctx, "olga", "acme-spa", "key stolen"))
	must(t, m.worker.look(ctx))
	must(t, m.desk.Report(ctx, "worker-1", m.worker.state()))
	is("revoked")
	must(t, m.desk.Leave(ctx, "worker-1"))
	is("none")
	if h := works(); h.OK || h.Message != "connection.unavailable" {
		t.Errorf("%+v", h)
	}
	known, err := links.Available(ctx, m.A.Do("agency_admin", "connectors.read"))
	must(t, err)
	if len(known) != 1 || known[0].Status != "revoked" {
		t.Errorf("%+v", known)
	}
}

// What a connector prints is kept without what tells of people by its form.
func TestTailsAreMasked(t *testing.T) {
	tails := newTails()
	for range tailLines + 5 {
		_, _ = tails.Write([]byte("acme: asked for RSSMRA80A01H501U of mario@rossi.example at IT60X0542811101000000123456, call 12345678 took 15 ms\n"))
	}
	got := tails.of("acme")
	if len(got) != tailLines || got[0] != "asked for […] of […] at […], call […] took 15 ms" {
		t.Errorf("%d %q", len(got), got[0])
	}
}
