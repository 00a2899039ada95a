package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/plugins/host/jail"
)

// programs are the binaries a user starts, built once for all tests of this package.
var programs = sync.OnceValues(func() (dir string, err error) {
	dir, err = os.MkdirTemp("", "pratica-programs-")
	if err != nil {
		return "", err
	}
	build := exec.Command("make", "-s", "programs", "BIN="+dir)
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	jail.Enter() // does not return where a connector is being started
	code := m.Run()
	if dir, err := programs(); err == nil {
		_ = os.RemoveAll(dir)
	}
	_ = os.RemoveAll(demo.dir)
	os.Exit(code)
}

// program is `pratica dev` as a user starts it, on a free port.
type program struct {
	t     testing.TB
	dir   string // its data
	url   string
	box   []string // what it printed
	cmd   *exec.Cmd
	ended chan error
}

// startDev starts `pratica dev` on a data directory and waits until its box is printed.
func startDev(t testing.TB, dir string, args ...string) *program {
	t.Helper()
	p, err := launchDev(t, dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func launchDev(t testing.TB, dir string, args ...string) (*program, error) {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, dir: dir, ended: make(chan error, 1)}
	p.cmd = exec.Command(filepath.Join(bin, "pratica"), append([]string{"dev", "--dir", dir, "--listen", "127.0.0.1:0"}, args...)...)
	p.cmd.Env = append(environment(), "PRATICA_CONNECTORS_DIR="+filepath.Join(bin, "connectors"), "PRATICA_LOG_LEVEL=warn", "PRATICA_OIDC_LOOPBACK=yes", "PRATICA_WEBHOOK_TARGETS="+deaf, "PRATICA_EGRESS_PRIVATE="+deaf)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := p.cmd.StdoutPipe()
	must(t, err)
	var complaints strings.Builder
	var mu sync.Mutex
	stderr, err := p.cmd.StderrPipe()
	must(t, err)
	must(t, p.cmd.Start())
	said := make(chan struct{}) // all of it: Wait closes the pipes
	go func() {
		defer close(said)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			mu.Lock()
			fmt.Fprintln(&complaints, lines.Text())
			mu.Unlock()
		}
	}()
	ready := make(chan struct{})
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			mu.Lock()
			p.box = append(p.box, lines.Text())
			mu.Unlock()
			if strings.Contains(lines.Text(), "ready in") {
				close(ready)
				break // from here on the box is whoever started the program's
			}
		}
		_, _ = io.Copy(io.Discard, out)
	}()
	go func() { <-said; p.ended <- p.cmd.Wait() }()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			mu.Lock()
			t.Logf("the program said:\n%s\n%s", strings.Join(p.box, "\n"), complaints.String())
			mu.Unlock()
		}
	})
	select {
	case <-ready:
	case err := <-p.ended:
		p.ended <- err
		mu.Lock()
		defer mu.Unlock()
		return p, fmt.Errorf("it ended: %w: %s", err, complaints.String())
	case <-time.After(3 * time.Minute):
		t.Fatal("the box was never printed")
	}
	mu.Lock()
	defer mu.Unlock()
	for _, line := range p.box {
		if i := strings.Index(line, "http://"); i >= 0 && p.url == "" {
			p.url = strings.Fields(line[i:])[0]
		}
	}
	return p, nil
}

// environment is this process's without settings of the product.
func environment() (out []string) {
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "PRATICA_") {
			out = append(out, e)
		}
	}
	return out
}

// link is the one-time token on the box's line that has all the words.
func (p *program) link(words ...string) string {
	p.t.Helper()
lines:
	for _, line := range p.box {
		for _, w := range words {
			if !strings.Contains(line, w) {
				continue lines
			}
		}
		if _, token, found := strings.Cut(line, "/login?token="); found {
			return strings.Fields(token)[0]
		}
	}
	p.t.Fatalf("no line of the box has %q and a link:\n%s", words, strings.Join(p.box, "\n"))
	return ""
}

// interrupt is Ctrl-C; it returns when the process has ended.
func (p *program) interrupt() error {
	must(p.t, p.cmd.Process.Signal(os.Interrupt))
	select {
	case err := <-p.ended:
		p.ended <- err
		return err
	case <-time.After(30 * time.Second):
		return context.DeadlineExceeded
	}
}

// kill is kill -9 of the process alone.
func (p *program) kill() {
	select {
	case err := <-p.ended:
		p.ended <- err
		return
	default:
	}
	_ = p.cmd.Process.Kill()
	err := <-p.ended
	p.ended <- err
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
