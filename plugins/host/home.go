package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	homePrefix = "connectors-"
	homeLock   = "lock"
	// A unix socket's path has at most 103 bytes on every system; below its home a connector's takes up to this many.
	socketRoom = 103 - len("/plugin-dir4294967295/plugin4294967295")
)

// home is a host's own directory, for its copies and its processes' directories. It is locked while the host lives, so that
// another host can tell a dead one's and remove it.
type home struct {
	dir     string
	lock    *os.File
	scratch string // stays empty, for the jail
}

func newHome(parent string) (home, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return home{}, err
	}
	sweep(parent)
	dir, err := os.MkdirTemp(parent, homePrefix) // mode 0700
	if err != nil {
		return home{}, err
	}
	if len(dir) > socketRoom {
		return home{}, errors.Join(fmt.Errorf("%s is too long for a unix socket; choose a run directory of at most %d bytes", parent, socketRoom-len(homePrefix)-11), os.RemoveAll(dir))
	}
	lock, err := takeLock(dir, os.O_CREATE)
	if errors.Is(err, errSwept) {
		return newHome(parent)
	}
	if err != nil {
		return home{}, errors.Join(err, os.RemoveAll(dir))
	}
	h := home{dir, lock, filepath.Join(dir, "root")}
	// Others may pass, to what is theirs below: connectors that are other users.
	if err := errors.Join(os.Chmod(dir, 0o711), os.Mkdir(h.scratch, 0o700)); err != nil {
		return home{}, errors.Join(err, h.close())
	}
	return h, nil
}

func (h home) close() error { return errors.Join(os.RemoveAll(h.dir), h.lock.Close()) }

// sweep removes the homes of hosts that were killed. One it cannot lock, or remove, is somebody else's matter.
func sweep(parent string) {
	homes, _ := filepath.Glob(filepath.Join(parent, homePrefix+"*"))
	for _, dir := range homes {
		if _, err := os.Stat(filepath.Join(dir, homeLock)); err != nil {
			continue // just being made
		}
		if lock, err := takeLock(dir, 0); err == nil { // makes no file: its host may just be removing it
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}

// errSwept: another host took a home for a dead one's in the instant between its lock's file and its lock.
var errSwept = errors.New("the lock is another host's, or gone")

func takeLock(dir string, create int) (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(dir, homeLock), create|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(errSwept, err, file.Close())
	}
	locked, err := file.Stat()
	if there, gone := os.Stat(file.Name()); err != nil || gone != nil || !os.SameFile(locked, there) {
		return nil, errors.Join(errSwept, file.Close())
	}
	return file, nil
}
