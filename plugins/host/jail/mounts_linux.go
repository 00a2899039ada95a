package jail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// shown are the host's directories that a cell sees, read only: what programs are linked with, and what scripts are run by. Where
// one is a link, the cell has the link.
var shown = []string{"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/alternatives"}

var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// mounts builds a root of the cell's own and moves into it.
func (s spec) mounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return at("keeping mounts to itself", err)
	}
	root := s.Scratch
	if err := unix.Mount("tmpfs", root, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "size=1m,mode=755"); err != nil {
		return at("making a root", err)
	}
	for _, path := range shown {
		if err := show(root, path, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV); err != nil {
			return err
		}
	}
	for _, path := range devices {
		if err := show(root, path, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NOEXEC); err != nil {
			return err
		}
	}
	// Before what follows, which may be below them.
	for _, m := range []struct {
		path, kind, options string
		must                bool
	}{{"/tmp", "tmpfs", "size=16m,mode=1777", true}, {"/proc", "proc", "subset=pid", false}} {
		target := filepath.Join(root, m.path)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return at("making "+m.path, err)
		}
		// Without a /proc of its own, where a container hides parts of its own, a cell has none.
		if err := unix.Mount(m.kind, target, m.kind, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, m.options); err != nil && m.must {
			return at("mounting "+m.path, err)
		}
	}
	if dir := s.programDir(); dir != "" {
		if err := show(root, dir, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV); err != nil {
			return err
		}
	}
	if err := show(root, s.Dir, unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC); err != nil {
		return err
	}
	// The old root is put where the new one is, and let go: nothing of it can be reached any more.
	if err := unix.Chdir(root); err != nil {
		return at("entering the root", err)
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return at("changing the root", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return at("leaving the old root", err)
	}
	return at("closing the root", unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}))
}

// programDir is the directory of the program, which is all that a cell sees of the platform's files.
func (s spec) programDir() string {
	if s.Program == "" {
		return ""
	}
	return filepath.Dir(s.Program)
}

// show makes a host's file, directory or link appear at the same path under root. One that the host does not have is left out.
func show(root, path string, attributes uint64) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return at("looking at "+path, err)
	}
	target := filepath.Join(root, path)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return at("making "+path, err)
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		to, err := os.Readlink(path)
		if err == nil {
			err = os.Symlink(to, target)
		}
		return at("linking "+path, err)
	}
	if info.IsDir() {
		err = os.Mkdir(target, 0o755)
	} else {
		err = os.WriteFile(target, nil, 0o600)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return at("making "+path, err)
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return at("opening "+path, err)
	}
	defer unix.Close(tree)
	// Only adds to what the mount has already: in a user namespace flags of the host's mounts cannot be taken away.
	if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: attributes}); err != nil {
		return at("narrowing "+path, err)
	}
	return at("showing "+path, unix.MoveMount(tree, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH))
}

func at(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
