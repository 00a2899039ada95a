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

	"github.com/pratica-crm/pratica/plugins/host/jail"
)

const (
	handshakeAtMost = 8 << 10         // of the one line a connector may print; it carries a certificate
	pipesOutlive    = 2 * time.Second // how long a grandchild may hold a dead connector's output open
)

// runner is one process of a connector, as go-plugin wants to see it.
type runner struct {
	cmd        *exec.Cmd
	cell       *jail.Cell
	stopEgress func()
	path       string
	dir        string // the process's own, also for its socket
	spawn      func(*exec.Cmd) error
	lifeline   io.WriteCloser // standard input: its end tells the connector that the platform is gone
	stdout     *io.PipeReader
	said       *firstLine
	exited     chan struct{}
	starved    bool // it was ended for the memory it held; known once it has exited

	mu     sync.Mutex
	pid    int // once it has started
	killed bool
}

// newRunner prepares a program in a cell, with its way out. Of the platform's environment it gets nothing; environment is what
// go-plugin needs.
func newRunner(p program, around surroundings, dir string, environment []string) (*runner, error) {
	cmd, cell, err := around.jail.Command(p.path, dir, p.number)
	if err != nil {
		return nil, err
	}
	way, stop, err := wayOut(around.egress, p.name, dir)
	if err != nil {
		cell.Close()
		return nil, err
	}
	cmd.Env = append(append(cell.Environment(), "HOME="+dir, "TMPDIR="+dir, way), environment...)
	cmd.WaitDelay = pipesOutlive
	reader, writer := io.Pipe()
	r := &runner{cmd: cmd, path: p.path, dir: dir, spawn: around.spawn, stdout: reader, said: &firstLine{to: writer, extra: p.printed}, exited: make(chan struct{})}
	r.cell, r.stopEgress = cell, stop
	cmd.Stdout, cmd.Stderr = r.said, around.stderr
	if r.lifeline, err = cmd.StdinPipe(); err != nil {
		r.clear()
	}
	return r, err
}

// clear removes what surrounded a process that is no more, or never was.
func (r *runner) clear() {
	r.starved = r.cell.OutOfMemory()
	r.cell.Close()
	r.stopEgress()
}

// Start begins the process and waits until it is the program, shut in.
func (r *runner) Start(ctx context.Context) error {
	pid, err := r.begin()
	if err != nil {
		return err
	}
	if err := r.cell.Settle(pid); err != nil {
		_ = r.Kill(ctx)
		<-r.exited
		return err
	}
	return nil
}

func (r *runner) begin() (pid int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err = errors.New("it was given up before it started")
	if !r.killed {
		err = r.spawn(r.cmd)
	}
	if err != nil {
		r.clear()
		close(r.exited)
		return 0, errors.Join(err, r.lifeline.Close(), r.said.to.Close())
	}
	r.pid = r.cmd.Process.Pid
	go func() {
		defer close(r.exited)
		_ = r.cmd.Wait() // how it ended is in ProcessState
		_ = r.said.to.Close()
		_ = syscall.Kill(-r.pid, syscall.SIGKILL) // what it left behind; mostly there is nothing
		r.clear()
	}()
	return r.pid, nil
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
func (r *runner) Name() string          { return filepath.Base(r.path) }
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
	extra   func() // called once, when something is dropped
}

func (f *firstLine) Write(p []byte) (int, error) {
	line := p
	if f.over {
		f.drop(len(p))
		return len(p), nil
	}
	if end := bytes.IndexByte(p, '\n'); end >= 0 {
		line, f.over = p[:end+1], true
		f.drop(len(p) - end - 1)
	}
	if f.seen += len(line); f.seen > handshakeAtMost {
		f.over = true
		_ = f.to.CloseWithError(errors.New("its handshake is too long"))
		return len(p), nil
	}
	_, _ = f.to.Write(line) // nobody reads any more: the start was given up
	return len(p), nil
}

func (f *firstLine) drop(n int) {
	if n > 0 && !f.dropped {
		f.dropped = true
		f.extra()
	}
}
