package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	handshakeAtMost = 8 << 10         // of the one line a connector may print; it carries a certificate
	pipesOutlive    = 2 * time.Second // how long a grandchild may hold a dead connector's output open
)

// runner is one process of a connector, as go-plugin wants to see it.
type runner struct {
	cmd      *exec.Cmd
	dir      string // the process's own, also for its socket
	spawn    func(*exec.Cmd) error
	lifeline io.WriteCloser // standard input: its end tells the connector that the platform is gone
	stdout   *io.PipeReader
	said     *firstLine
	exited   chan struct{}

	mu     sync.Mutex
	pid    int // once it has started
	killed bool
}

// newRunner prepares a program. Of the platform's environment it gets nothing; environment is what go-plugin needs.
func newRunner(path, dir string, environment []string, stderr io.Writer, spawn func(*exec.Cmd) error) (*runner, error) {
	cmd := exec.Command(path)
	cmd.Dir = dir
	cmd.Env = append([]string{"HOME=" + dir, "TMPDIR=" + dir}, environment...)
	cmd.WaitDelay = pipesOutlive
	reader, writer := io.Pipe()
	r := &runner{cmd: cmd, dir: dir, spawn: spawn, stdout: reader, said: &firstLine{to: writer}, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = r.said, stderr
	var err error
	r.lifeline, err = cmd.StdinPipe()
	return r, err
}

func (r *runner) Start(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := errors.New("it was given up before it started")
	if !r.killed {
		err = r.spawn(r.cmd)
	}
	if err != nil {
		close(r.exited)
		return errors.Join(err, r.lifeline.Close(), r.said.to.Close())
	}
	r.pid = r.cmd.Process.Pid
	go func() {
		defer close(r.exited)
		_ = r.cmd.Wait() // how it ended is in ProcessState
		_ = r.said.to.Close()
		_ = syscall.Kill(-r.pid, syscall.SIGKILL) // what it left behind; mostly there is nothing
	}()
	return nil
}

func (r *runner) Wait(context.Context) error {
	<-r.exited
	return nil
}

// Kill ends the process and its group, or its start. It keeps nothing that a gentler end could save.
func (r *runner) Kill(context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.killed = true
	select {
	case <-r.exited: // its number may be another's by now
	default:
		if r.pid != 0 {
			_ = syscall.Kill(-r.pid, syscall.SIGKILL) // that it is gone already is fine
		}
	}
	return nil
}

func (r *runner) Stdout() io.ReadCloser { return r.stdout }
func (r *runner) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) } // goes straight to the operator
func (r *runner) Name() string          { return filepath.Base(r.cmd.Path) }
func (r *runner) ID() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pid == 0 {
		return ""
	}
	return strconv.Itoa(r.pid)
}
func (r *runner) Diagnose(context.Context) string { return "" }

// PluginToHost refuses every address but a socket in the process's own directory: a connector must not send the platform elsewhere.
func (r *runner) PluginToHost(network, address string) (string, string, error) {
	if network != "unix" || filepath.Dir(filepath.Clean(address)) != r.dir {
		return "", "", fmt.Errorf("it listens outside its own directory")
	}
	return network, address, nil
}

func (r *runner) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}

// firstLine passes the handshake on and drops the rest, so that a connector that prints does not stop in a full pipe.
type firstLine struct {
	to      *io.PipeWriter
	seen    int
	over    bool
	dropped bool
}

func (f *firstLine) Write(p []byte) (int, error) {
	line := p
	if f.over {
		f.dropped = f.dropped || len(p) > 0
		return len(p), nil
	}
	if end := bytes.IndexByte(p, '\n'); end >= 0 {
		line, f.over = p[:end+1], true
		f.dropped = end+1 < len(p)
	}
	if f.seen += len(line); f.seen > handshakeAtMost {
		f.over = true
		_ = f.to.CloseWithError(errors.New("its handshake is too long"))
		return len(p), nil
	}
	_, _ = f.to.Write(line) // nobody reads any more: the start was given up
	return len(p), nil
}
