package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestDevLife is the life of a data directory: killed while the demo data are loaded, started again, refused to a second
// program, killed, started once more, and stopped without leaving anything behind.
func TestDevLife(t *testing.T) {
	t.Parallel() // it waits more than it works
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755)) // the database server may be another user's process
	killWhileLoading(t, dir)

	p := startDev(t, dir)
	if !saysIt(p, "interrupted, starting over") || !saysIt(p, "demo data: 10 of ") {
		t.Errorf("an interrupted loading did not begin again: %q", p.box)
	}
	visit(t, p)

	if said, err := dev(t, dir).CombinedOutput(); err == nil || !strings.Contains(string(said), "in use by another") {
		t.Errorf("a second start on the same directory: %v: %s", err, said)
	}

	server := postmaster(t, dir)
	p.kill()
	p = startDev(t, dir)
	if saysIt(p, "demo data") {
		t.Errorf("a whole demo was loaded again: %q", p.box)
	}
	visit(t, p)
	if again := postmaster(t, dir); again == server {
		t.Errorf("the database server of the killed program, %s, still runs", server)
	}

	server = postmaster(t, dir)
	must(t, p.interrupt())
	if _, err := os.Stat(filepath.Join(dir, "postgres", "cluster", "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the database server %s was left: %v", server, err)
	}
	whole, err := filepath.Abs(filepath.Join(dir, "postgres"))
	must(t, err)
	sum := sha256.Sum256([]byte(whole))
	if _, err := os.Stat(filepath.Join(os.TempDir(), "pratica-"+hex.EncodeToString(sum[:6]))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket was left: %v", err)
	}
}

// killWhileLoading starts the program and kills it once some of the demo data are there.
func killWhileLoading(t *testing.T, dir string) {
	t.Helper()
	cmd := dev(t, dir)
	must(t, cmd.Start())
	eventually(t, "a document of the demo data", func() bool {
		papers, err := filepath.Glob(filepath.Join(dir, blobFolder, "*", "doc*"))
		return err == nil && len(papers) > 20
	})
	must(t, cmd.Process.Kill())
	_ = cmd.Wait()
	if state, err := readDemoState(dir); err != nil || state != demoLoading {
		t.Errorf("the killed loading left the state %q, %v", state, err)
	}
}

// dev is the program on a data directory and a free port.
func dev(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	bin, err := programs()
	must(t, err)
	cmd := exec.Command(filepath.Join(bin, "pratica"), "dev", "--dir", dir, "--listen", "127.0.0.1:0")
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// visit signs in by a link of the box and looks at the board.
func visit(t *testing.T, p *program) {
	t.Helper()
	alive, err := http.Get(p.url + "/livez")
	must(t, err)
	if must(t, alive.Body.Close()); alive.StatusCode != http.StatusOK {
		t.Errorf("/livez: %s", alive.Status)
	}
	token := p.link("broker", demoAgencies[0].city)
	broker := signIn(t, p.url, "broker", token)
	files := 0
	for _, column := range broker.do("GET", "/applications/board", nil).want(200).body["columns"].([]any) {
		files += int(column.(object)["count"].(float64))
	}
	if files != len(demoAgencies[0].files) {
		t.Errorf("the board shows %d files, want %d", files, len(demoAgencies[0].files))
	}
	stranger(t, p.url, "thief").do("POST", "/auth/login", object{"token": token}).want(401)
}

func saysIt(p *program, words string) bool {
	return slices.ContainsFunc(p.box, func(line string) bool { return strings.Contains(line, words) })
}

// postmaster is the number of the database server's process.
func postmaster(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "postgres", "cluster", "postmaster.pid"))
	must(t, err)
	return strings.SplitN(string(text), "\n", 2)[0]
}
