package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestBrowserStory clicks through the story of TestStory in a real browser, against the very program a user starts.
func TestBrowserStory(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	p := startWorkspace(t)
	out, err := os.MkdirTemp("", "pratica-story-")
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what everybody had before their eyes: %s", out)
			return
		}
		_ = os.RemoveAll(out)
	})
	runScript(t, "story.mjs", "BASE_URL="+p.url, "BANK_URL="+p.address("Bank"), "OUT="+out, "LOGIN="+p.link("network_admin"))
}

// TestFilePage works a file's page by hand: reasons that lead to where they are cleared, forms that refuse, uploads, the
// preview of a paper in the page.
func TestFilePage(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	p := startWorkspace(t)
	runScript(t, "application.mjs", "BASE_URL="+p.url, "LOGIN="+p.link("broker", "Bologna"))
}

// TestWorkflowScreens works the settings of a workflow by hand: a guard is broken, found and mended, the text is tried on a real
// file, published with its differences shown, and the files in flight move, back, and again by a plan that was tried first.
func TestWorkflowScreens(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	p := startWorkspace(t)
	runScript(t, "workflow.mjs", "BASE_URL="+p.url, "LOGIN="+p.link("agency_admin"))
}

// TestSecurityScreens signs in by password, codes of an app, a recovery code and a passkey; confirms what is dangerous; makes a role
// with a condition and meets it as its holder; ends sessions; asks an agency for second factors; and forbids as a network. Passkeys
// want a host name. What ten minutes do to a proof is done by the database: the script asks for it at an address of this test.
func TestSecurityScreens(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	p := startWorkspace(t, "--listen", "localhost:0")
	db := (&story{t: t, program: p}).database("postgres")
	clock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := db.conn.Exec(r.Context(), "update sessions set verified_at = now() - interval '11 minutes'"); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	t.Cleanup(clock.Close)
	runScript(t, "security.mjs", "BASE_URL="+p.url, "AGE="+clock.URL, "LOGIN="+p.link("agency_admin", "Bari"),
		"BROKER="+p.link("broker", "Bari"), "LATE="+p.link("back_office", "Bari"), "NETWORK="+p.link("network_admin"))
}

// TestAxe looks at every route, wide and narrow, in light and dark, as two people see them; settings as the one they are for.
func TestAxe(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	p := startWorkspace(t)
	for role, but := range map[string]string{"broker": "/settings/", "agency_admin": ""} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			runScript(t, "axe.mjs", "BASE_URL="+p.url, "LOGIN="+p.link(role, "Bari"), "BUT="+but)
		})
	}
}

// startWorkspace starts a program that has the workspace in it. Without a build, or the packages the scripts need, there
// is nothing to test: `make test` makes both first, so it is a failure there.
func startWorkspace(t *testing.T, args ...string) *program {
	t.Helper()
	missing := t.Skip
	if os.Getenv("PRATICA_TEST_ADMIN_URL") != "" {
		missing = t.Fatal
	}
	if _, err := os.Stat(filepath.Join("..", "..", "web", "app", "node_modules", "playwright-core")); err != nil {
		missing("web/app has no packages: make web")
	}
	p := startDev(t, withDemo(t), args...)
	resp, err := http.Get(p.url)
	must(t, err)
	defer func() { _ = resp.Body.Close() }()
	page, err := io.ReadAll(resp.Body)
	must(t, err)
	if !bytes.Contains(page, []byte("/assets/")) {
		missing("the workspace is not built into the program: make web")
	}
	return p
}

// withDemo is a data directory with the demo data in it. They are loaded once, by whoever comes first; each test has a copy of its own.
func withDemo(t testing.TB) string {
	t.Helper()
	demo.Do(func() {
		demo.dir, demo.err = os.MkdirTemp("", "pratica-demo-")
		must(t, demo.err)
		must(t, os.Chmod(demo.dir, 0o755)) // the database server may be another user's process
		demo.err = startDev(t, demo.dir).interrupt()
	})
	must(t, demo.err)
	dir := passableDir(t)
	if said, err := exec.Command("cp", "-a", demo.dir+"/.", dir).CombinedOutput(); err != nil {
		t.Fatalf("copy the demo data: %v: %s", err, said)
	}
	return dir
}

var demo struct {
	sync.Once
	dir string
	err error
}

// runScript runs a script of web/app/e2e and logs its last line, or all it said when it fails.
func runScript(t *testing.T, name string, settings ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", filepath.Join("e2e", name))
	cmd.Dir = filepath.Join("..", "..", "web", "app")
	cmd.Env = append(environment(), settings...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // and its browser
	cmd.WaitDelay = 5 * time.Second
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, said)
	}
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	t.Log(lines[len(lines)-1])
}
