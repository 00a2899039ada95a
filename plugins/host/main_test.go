package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/plugins/host/jail"
)

// programs is where TestMain builds connectors; childOf names the folder a child of TestHostKilled opens.
const (
	programs = "HOST_TEST_PROGRAMS"
	childOf  = "HOST_TEST_CHILD_OF"
)

func TestMain(m *testing.M) {
	jail.Enter()
	if dir := os.Getenv(childOf); dir != "" {
		beHost(dir)
		return
	}
	if os.Getenv(programs) != "" { // in a child of TestHostWithoutRoot
		os.Exit(m.Run())
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "host-test-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		if err := os.Chmod(dir, 0o755); err != nil {
			panic(err)
		}
		out, err := exec.Command("go", "build", "-o", dir+"/", "../connectors/bankportal", "../connectors/berlingroup", "../connectors/bureau", "../connectors/cashflow", "./testdata/hostile", "./testdata/stubborn", "./testdata/mute", "./testdata/babbler", "./testdata/acme", "./jail/stage").CombinedOutput()
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s", out)
			return 1
		}
		_ = os.Setenv(programs, dir)
		return m.Run()
	}())
}

// folder links the named programs into a connectors folder with its catalogue.
func folder(t testing.TB, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	var catalogue strings.Builder
	for _, name := range names {
		body, err := os.ReadFile(filepath.Join(os.Getenv(programs), name))
		must(t, err)
		must(t, os.Symlink(filepath.Join(os.Getenv(programs), name), filepath.Join(dir, name)))
		sum := sha256.Sum256(body)
		fmt.Fprintf(&catalogue, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	}
	must(t, os.WriteFile(filepath.Join(dir, Catalogue), []byte(catalogue.String()), 0o600))
	return dir
}

// quick starts again at once, and never out of quarantine.
func quick() tempo {
	return tempo{pause: func(context.Context, time.Duration) {}, rest: func(ctx context.Context, _ time.Duration) { <-ctx.Done() }, start: startTimeout}
}

func start(t testing.TB, o Options, pace tempo) *Host {
	t.Helper()
	if o.RunDir == "" {
		var err error
		o.RunDir, err = os.MkdirTemp("", "r") // t.TempDir() is too long for a socket
		must(t, err)
		t.Cleanup(func() { _ = os.RemoveAll(o.RunDir) })
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Jail.Stage == "" { // this program starts slowly under the race detector
		o.Jail.Stage = filepath.Join(os.Getenv(programs), "stage")
	}
	h, err := open(o, pace)
	must(t, err)
	t.Cleanup(func() { must(t, h.Close()) })
	return h
}

// await waits until a connector is in one of the states.
func await(t testing.TB, h *Host, name string, want ...State) *process {
	t.Helper()
	for {
		state, p, _, changed := h.unit(name).main().look()
		if slices.Contains(want, state) {
			return p
		}
		select {
		case <-changed:
		case <-t.Context().Done():
			t.Fatalf("%s is %s, not %v", name, state, want)
		}
	}
}

func newCall(config string) connectors.Call {
	return connectors.Call{Tenant: ident.NewAgency(), Connection: ident.NewConnection(), Operation: ident.NewOperation(),
		IdempotencyKey: ident.NewOperation().String(), Attempt: 1, Config: json.RawMessage(config)}
}

func wantFailure(t testing.TB, a connectors.Answer, kind, code, effect string) {
	t.Helper()
	if a.Verdict != connectors.Failed {
		t.Fatalf("verdict %q, want failed", a.Verdict)
	}
	if f := *a.Failure; f.Kind != kind || f.Code != code || f.SideEffect != effect {
		t.Fatalf("failed with %s %s %s, want %s %s %s", f.Kind, f.Code, f.SideEffect, kind, code, effect)
	}
}

func wantDone(t testing.TB, a connectors.Answer) {
	t.Helper()
	if a.Verdict != connectors.Done {
		t.Fatalf("verdict %q %+v, want done", a.Verdict, a.Failure)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
