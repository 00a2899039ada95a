package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrInUse: another process has the data directory.
var ErrInUse = errors.New("this data directory is in use by another `pratica dev`. Stop that one, or name another directory with --dir")

// lockDirectory takes the directory for this process; the kernel gives it back however the process ends.
func lockDirectory(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, ErrInUse
	}
	return f, nil
}

// unprivileged is who the server runs as when we are root: it refuses to be root.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

// home is where the cluster's files are: in the data directory, or, for a root whose data directory (/root/…) lets no
// other user through, in a place of its own that is the same for the same data directory.
func (s *Server) home(who *syscall.Credential) string {
	if who == nil || passable(s.dir, who) {
		return filepath.Join(s.dir, "cluster")
	}
	sum := sha256.Sum256([]byte(s.dir))
	return filepath.Join("/var/lib/pratica", hex.EncodeToString(sum[:6]))
}

// passable reports whether a user may pass through a directory and all above it.
func passable(dir string, who *syscall.Credential) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil {
			return false
		}
		owner, _ := info.Sys().(*syscall.Stat_t)
		mode := info.Mode().Perm()
		switch {
		case owner != nil && owner.Uid == who.Uid:
			mode >>= 6
		case owner != nil && owner.Gid == who.Gid:
			mode >>= 3
		}
		if mode&1 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
		dir = filepath.Dir(dir)
	}
}

// own makes a directory that only the server's user may read. Its parents must let that user through.
func own(dir string, who *syscall.Credential) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make %s: %w", filepath.Base(dir), err)
	}
	if who == nil {
		return nil
	}
	if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
		return fmt.Errorf("hand over %s: %w", filepath.Base(dir), err)
	}
	return nil
}

// socketDir is short (a socket's path has at most 107 bytes) and the same for the same data directory.
func (s *Server) socketDir(who *syscall.Credential) (string, error) {
	sum := sha256.Sum256([]byte(s.dir))
	dir := filepath.Join(os.TempDir(), "pratica-"+hex.EncodeToString(sum[:6]))
	if err := own(dir, who); err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// stopOrphan ends a server whose owner was killed before it could stop it, and forgets one that is gone.
func (s *Server) stopOrphan(pidfile string) error {
	text, err := os.ReadFile(pidfile)
	if err != nil {
		return nil // none was running
	}
	pid, err := strconv.Atoi(strings.SplitN(string(text), "\n", 2)[0])
	if err != nil || pid <= 1 {
		return nil
	}
	command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err == nil && !bytes.Contains(command, []byte(filepath.Dir(pidfile))) {
		return os.Remove(pidfile) // the number belongs to another program by now
	}
	process, _ := os.FindProcess(pid)
	if process.Signal(syscall.SIGINT) != nil {
		return nil
	}
	for range 200 {
		if process.Signal(syscall.Signal(0)) != nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("an earlier PostgreSQL (process %d) still holds the data directory and does not stop; end it and try again", pid)
}

// wait returns when the server answers.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.AdminURL())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case end := <-s.ended:
			s.ended <- end
			tail, _ := os.ReadFile(filepath.Join(s.dir, "postgres.log"))
			return fmt.Errorf("postgres ended at once: %w: %s", end, tail)
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
