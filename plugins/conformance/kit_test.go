package conformance

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/host/jail"
	"github.com/pratica-crm/pratica/plugins/scaffold"
)

// flawed is a connector with a flaw for each name, stage what builds cells: this program starts slowly under the race detector.
var flawed, stage string

func TestMain(m *testing.M) {
	jail.Enter()
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "kit-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o755); err != nil {
			panic(err)
		}
		flawed, stage = filepath.Join(dir, "flawed"), filepath.Join(dir, "stage")
		if out, err := exec.Command("go", "build", "-o", dir+"/", "./testdata/flawed", "../host/jail/stage").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%s", out)
			return 1
		}
		return m.Run()
	}())
}

// connector is the program that behaves as its name says.
func connector(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.Link(flawed, path); err != nil {
		t.Fatal(err)
	}
	return path
}

// spec is the skeleton's of a capability.
func spec(t testing.TB, capability string) Spec {
	t.Helper()
	s, err := ReadSpec("../scaffold/go/" + capability + "/" + SpecName)
	if err != nil || !s.given {
		t.Fatalf("%+v %v", s, err)
	}
	s.MemoryMiB = 100
	return s
}

func run(t testing.TB, name string, s Spec) Report {
	t.Helper()
	r, err := Run(t.Context(), Options{stage: stage, Binary: connector(t, name), Spec: s, Patience: 150 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func failures(r Report) (out []string) {
	for _, c := range r.Checks {
		if c.Status == Failed {
			out = append(out, c.ID)
		}
	}
	return out
}

// TestSkeletonsConform: what an author starts from passes everything that applies.
func TestSkeletonsConform(t *testing.T) {
	for _, capability := range []string{"bankportal", "openbanking", "identity", "bureau", "analysis"} {
		t.Run(capability, func(t *testing.T) {
			t.Parallel()
			r := run(t, "good-"+capability, spec(t, capability))
			if !r.Conformant || r.Score != 100 {
				var text bytes.Buffer
				r.Text(&text)
				t.Errorf("%s", text.String())
			}
		})
	}
}

// flaws and the check that is there for each.
var found = map[string]string{
	"no-schema": "describe-schema", "english-only": "describe-translations", "message-missing": "describe-translations", "egress-wildcard": "describe-egress", "egress-unsaid": "describe-egress",
	"raw-methods": "protocol-methods", "raw-operation": "protocol-operation", "does-nothing": "work", "always-connected": "check-connection", "denied-is-final": "check-connection",
	"own-keys": "idempotency", "sure-of-itself": "reconcile", "never-arrived": "reconcile", "any-404": "reconcile", "tries-again": "retries", "outage-is-no": "timeout",
	"limit-is-outage": "rate-limited", "own-pause": "rate-limited", "garbage-is-no": "garbage", "forgets": "crash", "counts-callbacks": "callback", "believes-callbacks": "callback",
	"cancel-panics": "cancel", "few-at-a-time": "concurrency", "keeps-answers": "tenants", "hoards": "memory", "logs-people": "leaks", "logs-secrets": "leaks", "prints": "stdout", "unordered": "determinism", "calls-home": "egress", "same-page": "pagination", "first-page": "pagination",
}

// TestFlawsAreFound: each flaw fails exactly the check that is there for it. Runs mostly wait: many go on at once. The slowest two checks are
// made of the flaws that are theirs alone; CONFORMANCE=whole makes all of all.
func TestFlawsAreFound(t *testing.T) {
	signed := Callback{Path: "status", Method: "POST", Headers: map[string]string{"Signature": "x"}, Body: "{}"}
	few := make(chan struct{}, 6)
	for name, want := range found {
		binary, s := connector(t, name), spec(t, "bankportal")
		if name == "unordered" || strings.HasPrefix(name, "raw-") {
			s = spec(t, "analysis")
		}
		if strings.HasSuffix(name, "-page") {
			s = spec(t, "openbanking")
		}
		if strings.Contains(name, "callbacks") {
			s.Callback = &signed
		}
		slow := slices.DeleteFunc([]string{"crash", "timeout"}, func(id string) bool { return id == want || os.Getenv("CONFORMANCE") == "whole" })
		few <- struct{}{}
		go func() {
			defer func() { <-few }()
			r, err := Run(t.Context(), Options{stage: stage, Binary: binary, Spec: s, Patience: 150 * time.Millisecond, leaveOut: slow})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			if got := failures(r); !slices.Equal(got, []string{want}) || r.Conformant {
				var text bytes.Buffer
				r.Text(&text)
				t.Errorf("%s: %v failed, want %s\n%s", name, got, want, text.String())
			}
		}()
	}
	for range cap(few) {
		few <- struct{}{}
	}
	for _, c := range checks() {
		if !slices.Contains(slices.Collect(maps.Values(found)), c.id) && c.id != "cassettes" { // see TestCassettes
			t.Errorf("nothing shows that %s can fail", c.id)
		}
	}
}

// TestWithoutSpec: what could not be tried has not passed.
func TestWithoutSpec(t *testing.T) {
	r := run(t, "good-bankportal", Spec{})
	i := slices.IndexFunc(r.Checks, func(c Result) bool { return c.ID == "work" })
	if r.Checks[i].Status != NotApplicable || !strings.Contains(r.Checks[i].Detail, SpecName) || r.NotApplicable < 10 || r.Passed < 4 {
		t.Errorf("%+v", r.Checks[i])
	}
}

// TestCannotRun: what is no connector is not judged, and words say why.
func TestCannotRun(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"silent": "#!/bin/sh\nexit 3\n", "talks": "#!/bin/sh\necho hello\n"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(t.Context(), Options{stage: stage, Binary: path}); !errors.Is(err, ErrCannotRun) || !strings.Contains(err.Error(), "CHECKS.md#it-does-not-start") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Run(t.Context(), Options{stage: stage, Binary: filepath.Join(dir, "absent")}); !errors.Is(err, ErrCannotRun) || !strings.Contains(err.Error(), "Build the connector") {
		t.Errorf("%v", err)
	}
}

// TestReportForMachines: JUnit is XML with a case for each check; the stable report is the same for two runs.
func TestReportForMachines(t *testing.T) {
	first, again := run(t, "good-analysis", spec(t, "analysis")), run(t, "good-analysis", spec(t, "analysis"))
	a, err := first.Stable()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := again.Stable(); err != nil || !bytes.Equal(a, b) {
		t.Errorf("%s\n%s", a, b)
	}
	first.Checks[0].Status, first.Checks[0].Detail = Failed, `a < b & "c"`
	first.Failed++
	var out bytes.Buffer
	if err := first.JUnit(&out); err != nil {
		t.Fatal(err)
	}
	var read suites
	if err := xml.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	s := read.Suites[0]
	if len(s.Cases) != len(checks()) || s.Tests != len(s.Cases) || s.Cases[0].Failure == nil || s.Cases[0].Failure.Message != `a < b & "c"` || s.Failures != 1 {
		t.Errorf("%s", out.String())
	}
}

// TestLinksLead: every link of the kit leads to a heading of CHECKS.md.
func TestLinksLead(t *testing.T) {
	text, err := os.ReadFile("CHECKS.md")
	if err != nil {
		t.Fatal(err)
	}
	anchors := []string{"it-does-not-start", "the-file"}
	for _, c := range checks() {
		anchors = append(anchors, c.id)
	}
	for _, anchor := range anchors {
		if !slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool {
			heading, ok := strings.CutPrefix(line, "## ")
			return ok && strings.ReplaceAll(strings.ToLower(heading), " ", "-") == anchor
		}) {
			t.Errorf("CHECKS.md has no heading for #%s", anchor)
		}
	}
}

// TestFront: each fault is what its name says.
func TestFront(t *testing.T) {
	var carried atomic.Int32
	f, err := newFront(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { carried.Add(1); w.WriteHeader(204) }))
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	for _, c := range []struct {
		how             mood
		status, carried int
	}{{sound, 204, 1}, {limited, 429, 0}, {denied, 401, 0}, {lost, 500, 1}, {cut, 0, 1}, {refusing, 0, 0}, {webpage, 200, 0}} {
		f.now(c.how, false)
		carried.Store(0)
		status := 0
		answer, err := http.Post(f.url, "text/plain", strings.NewReader("x"))
		if err == nil {
			status = answer.StatusCode
			_, _ = io.Copy(io.Discard, answer.Body)
			_ = answer.Body.Close()
		}
		if status != c.status || int(carried.Load()) != c.carried {
			t.Errorf("%d: status %d, carried out %d", c.how, status, carried.Load())
		}
	}
}

// node is a skeleton in Node, built as its author does.
func node(t testing.TB, capability string) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed: " + err.Error())
	}
	dir := t.TempDir()
	if err := scaffold.New(dir, scaffold.Options{Name: "zeta", Capability: capability, Lang: "node"}); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("node", ".pratica-sdk/build.js", "main.js", "zeta")
	build.Dir = filepath.Join(dir, "zeta")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "zeta", "zeta")
}

// TestNodeConforms: what an author in Node starts from passes everything that applies, too.
func TestNodeConforms(t *testing.T) {
	for _, capability := range []string{"bankportal", "openbanking", "identity", "bureau", "analysis"} {
		t.Run(capability, func(t *testing.T) {
			t.Parallel()
			r, err := Run(t.Context(), Options{stage: stage, Binary: node(t, capability), Spec: spec(t, capability), Patience: 150 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if !r.Conformant || r.Score != 100 || r.Passed < 14 {
				var text bytes.Buffer
				r.Text(&text)
				t.Errorf("%s", text.String())
			}
		})
	}
}

// BenchmarkStart is how long a connector takes until it may be called, and the kit until it has judged it.
func BenchmarkStart(b *testing.B) {
	for name, program := range map[string]func() string{"go": func() string { return connector(b, "good-bankportal") }, "node": func() string { return node(b, "bankportal") }} {
		b.Run(name, func(b *testing.B) {
			binary, s := program(), spec(b, "bankportal")
			var start, whole float64
			for b.Loop() {
				began := time.Now()
				r, err := Run(b.Context(), Options{stage: stage, Binary: binary, Spec: s})
				if err != nil || !r.Conformant {
					b.Fatalf("%v %v", err, failures(r))
				}
				start += r.Figures["start_ms"]
				whole += time.Since(began).Seconds()
			}
			b.ReportMetric(start/float64(b.N), "ms-start")
			b.ReportMetric(whole/float64(b.N), "s-kit")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkFirstGreen is how long an author waits from `plugin new` to green tests of their own.
func BenchmarkFirstGreen(b *testing.B) {
	for lang, tests := range map[string][]string{"go": {"go", "test", "./..."}, "node": {"node", "--test"}} {
		b.Run(lang, func(b *testing.B) {
			var whole float64
			for b.Loop() {
				began := time.Now()
				dir := b.TempDir()
				if err := scaffold.New(dir, scaffold.Options{Name: "zeta", Capability: "openbanking", Lang: lang}); err != nil {
					b.Fatal(err)
				}
				cmd := exec.Command(tests[0], tests[1:]...)
				cmd.Dir = filepath.Join(dir, "zeta")
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				whole += time.Since(began).Seconds()
			}
			b.ReportMetric(whole/float64(b.N), "s-green")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// TestCassettes: what was recorded at a bank is replayed without it; another connector does not end as it did; people's data are refused, or
// replaced where that is asked for.
func TestCassettes(t *testing.T) {
	program := connector(t, "good-bankportal")
	recorded, err := Record(t.Context(), Options{stage: stage, Binary: program, Spec: spec(t, "bankportal")}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(recorded, []byte("demo-aurora")) {
		t.Errorf("the token is in it: %s", recorded)
	}
	for name, want := range map[string]Status{"good-bankportal": Passed, "does-nothing": Failed} {
		binary := connector(t, name)
		dir := filepath.Join(filepath.Dir(binary), "cassettes")
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "first.json"), recorded, 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := open(t.Context(), Options{stage: stage, Binary: binary})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(checks(), func(c check) bool { return c.id == "cassettes" })
		c := checks()[i]
		c.needs = nil
		if got := k.make(c); got.Status != want {
			t.Errorf("%s: %+v", name, got)
		}
		k.close()
	}
	config := map[string]any{"url": "u", "token": "sesame-opens", "key": "revealed-secret", "qwac": "PRIVATE KEY", "pin": "1"}
	about := connectors.Connector{ConfigSchema: json.RawMessage(`{"properties":{"url":{},"token":{"x-secret":true},"key":{"x-secret":true,"x-reveal":true},"qwac":{"x-certificate":"qwac"},"pin":{"x-secret":true},"none":{"x-secret":true}}}`)}
	secrets := without(config, connectors.PermissionsOf(about))
	if !maps.Equal(config, map[string]any{"url": "u", "token": "-", "key": "-", "qwac": "-", "pin": "-"}) ||
		!maps.Equal(secrets, map[string]string{"token": "sesame-opens", "key": "revealed-secret", "qwac": "PRIVATE KEY"}) {
		t.Errorf("%v %v", config, secrets)
	}
	for _, code := range []string{"rssmra79b11c566r", "IT60 X054 2811 1010 0000 0123 456"} {
		if _, err := clean([]byte(code), nil, false); err == nil {
			t.Errorf("%s is written", code)
		}
	}
	tape := []byte("{\n\"body\": \"{\\\"who\\\":\\\"RSSMRA79B11C566R\\\",\\\"iban\\\":\\\"IT60X0542811101000000123456\\\",\\\"mail\\\":\\\"mario@rossi.it\\\"}\"\n}")
	_, err = clean(tape, nil, false)
	for _, says := range []string{"line 2 (\"body\") has a tax code", "an IBAN", "an e-mail", "--redact"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
	if cleaned, err := clean(tape, nil, true); err != nil || bytes.Contains(cleaned, []byte("RSSMRA")) || bytes.Contains(cleaned, []byte("IT60")) || bytes.Contains(cleaned, []byte("rossi.it")) {
		t.Errorf("%s %v", cleaned, err)
	}
}
