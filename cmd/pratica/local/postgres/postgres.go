// Package postgres starts a private PostgreSQL server for `pratica dev` and for tests: a unix
// socket and no port, scram passwords, one data directory with one user at a time.
package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Options say where and how.
type Options struct {
	Dir  string   // made if missing; holds data, password, socket and log
	Fast bool     // for tests: nothing survives a power cut
	More []string // settings besides, as name=value
}

// Server is a running PostgreSQL.
type Server struct {
	dir      string
	socket   string
	password string
	process  *os.Process
	lock     *os.File
	ended    chan error
}

// ErrMissing: there is no PostgreSQL on this machine.
var ErrMissing = errors.New("PostgreSQL is not installed. Install it: `apt-get install postgresql` (Debian, Ubuntu) or `brew install postgresql@17` (macOS)")

// Start starts the server of a directory, after making its data if there is none. It refuses a
// directory that is in use, and takes over from a server whose owner was killed.
func Start(ctx context.Context, o Options) (*Server, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	bin, err := Binaries()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	lock, err := lockDirectory(dir)
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, lock: lock, ended: make(chan error, 1)}
	if err := s.start(ctx, bin, o); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return s, nil
}

// Binaries finds the folder with initdb and postgres.
func Binaries() (string, error) {
	patterns := []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin"}
	best, newest := "", -1
	for _, p := range patterns {
		found, _ := filepath.Glob(p)
		for _, dir := range found {
			digits := strings.TrimFunc(strings.TrimSuffix(strings.ReplaceAll(dir, "postgresql", ""), "/bin"), func(r rune) bool { return r < '0' || r > '9' })
			version, _ := strconv.Atoi(digits)
			if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil && version > newest {
				best, newest = dir, version
			}
		}
	}
	if best != "" {
		return best, nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(real), "postgres")); err == nil {
				return filepath.Dir(real), nil
			}
		}
	}
	return "", ErrMissing
}

func (s *Server) start(ctx context.Context, bin string, o Options) error {
	who, err := unprivileged()
	if err != nil {
		return err
	}
	if s.socket, err = s.socketDir(who); err != nil {
		return err
	}
	home := s.home(who)
	if who != nil {
		if err := os.MkdirAll(filepath.Dir(home), 0o755); err != nil {
			return fmt.Errorf("make %s: %w", filepath.Dir(home), err)
		}
	}
	if err := own(home, who); err != nil {
		return err
	}
	if err := s.stopOrphan(filepath.Join(home, "postmaster.pid")); err != nil {
		return err
	}
	if !exists(filepath.Join(home, "PG_VERSION")) || !exists(filepath.Join(s.dir, "password")) {
		if err := empty(home); err != nil { // files of a data directory that was deleted
			return err
		}
		if err := s.initialise(ctx, bin, home, who); err != nil {
			return err
		}
	}
	secret, err := os.ReadFile(filepath.Join(s.dir, "password"))
	if err != nil {
		return fmt.Errorf("read password: %w", err)
	}
	s.password = string(secret)
	args := []string{"-D", home, "-k", s.socket, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
		"-c", "unix_socket_permissions=0777", "-c", "log_timezone=UTC", "-c", "timezone=UTC", "-c", "max_wal_size=256MB"}
	if o.Fast {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off")
	}
	for _, setting := range o.More {
		args = append(args, "-c", setting)
	}
	if err := s.launch(filepath.Join(bin, "postgres"), args, who); err != nil {
		return err
	}
	if err := s.wait(ctx); err != nil {
		s.Stop()
		return err
	}
	return nil
}

// launch runs the server as a child that dies with us: Pdeathsig follows the thread that started it, so that thread stays.
func (s *Server) launch(path string, args []string, who *syscall.Credential) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "postgres.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = attributes(who)
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		_ = log.Close()
		started <- err
		if err == nil {
			s.ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	s.process = cmd.Process
	return nil
}

func (s *Server) initialise(ctx context.Context, bin, home string, who *syscall.Credential) error {
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return fmt.Errorf("make password: %w", err)
	}
	secret := hex.EncodeToString(raw)
	if err := os.WriteFile(filepath.Join(s.dir, "password"), []byte(secret), 0o600); err != nil {
		return fmt.Errorf("keep password: %w", err)
	}
	pw := filepath.Join(s.socket, "initial")
	if err := os.WriteFile(pw, []byte(secret), 0o600); err != nil {
		return fmt.Errorf("hand over password: %w", err)
	}
	defer func() { _ = os.Remove(pw) }()
	if who != nil {
		if err := os.Chown(pw, int(who.Uid), int(who.Gid)); err != nil {
			return fmt.Errorf("hand over password: %w", err)
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", home, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
		"--auth=scram-sha-256", "--pwfile="+pw, "--no-sync", "--no-instructions")
	cmd.Dir = "/"
	cmd.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = attributes(who)
	if out, err := cmd.CombinedOutput(); err != nil {
		_ = os.RemoveAll(home)
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// URL connects a role to a database of this server.
func (s *Server) URL(user, password, database string) string {
	q := url.Values{"host": {s.socket}}
	return (&url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + database, RawQuery: q.Encode()}).String()
}

// AdminURL connects the superuser.
func (s *Server) AdminURL() string { return s.URL("postgres", s.password, "postgres") }

// Stop ends the server in order (open transactions are rolled back) and leaves no socket.
func (s *Server) Stop() {
	if s.process != nil {
		_ = s.process.Signal(syscall.SIGINT) // fast shutdown
		select {
		case <-s.ended:
		case <-time.After(20 * time.Second):
			_ = s.process.Signal(syscall.SIGQUIT)
			<-s.ended
		}
		s.process = nil
	}
	_ = os.RemoveAll(s.socket)
	_ = s.lock.Close()
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// empty removes what is in a directory.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return err
}
