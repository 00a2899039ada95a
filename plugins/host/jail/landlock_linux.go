package jail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Rights of files, by what they are for. Which of them a kernel knows depends on the version of its landlock.
const (
	readRights  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	runRights   = readRights | unix.LANDLOCK_ACCESS_FS_EXECUTE
	fileRights  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	writeRights = readRights | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER | unix.LANDLOCK_ACCESS_FS_TRUNCATE
	firstRights = 1<<13 - 1 // of version 1; later ones add a bit each
)

// handled are the rights of files that landlock of a version rules over.
func handled(version int) uint64 {
	rights := uint64(firstRights)
	for _, later := range []struct {
		version int
		right   uint64
	}{{2, unix.LANDLOCK_ACCESS_FS_REFER}, {3, unix.LANDLOCK_ACCESS_FS_TRUNCATE}, {5, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV}} {
		if version >= later.version {
			rights |= later.right
		}
	}
	return rights
}

// landlock forbids all files but those the cell shows, all TCP, and sockets and signals of other programs. It is the second wall
// behind the mounts, and the first where there are none.
func (s spec) landlock() (string, error) {
	version, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return "", fmt.Errorf("the kernel has none: %w", e)
	}
	what := unix.LandlockRulesetAttr{Handled_access_fs: handled(int(version))}
	size := unsafe.Sizeof(what.Handled_access_fs)
	if version >= 4 {
		what.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size = unsafe.Offsetof(what.Handled_access_net) + unsafe.Sizeof(what.Handled_access_net)
	}
	if version >= 6 {
		what.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
		size = unsafe.Offsetof(what.Scoped) + unsafe.Sizeof(what.Scoped)
	}
	set, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&what)), size, 0)
	if e != 0 {
		return "", fmt.Errorf("making rules: %w", e)
	}
	defer unix.Close(int(set))
	for _, rule := range s.rules() {
		if err := allow(int(set), rule.path, rule.rights&what.Handled_access_fs); err != nil {
			return "", err
		}
	}
	if _, _, e := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, set, 0, 0); e != 0 {
		return "", fmt.Errorf("taking the rules on: %w", e)
	}
	return fmt.Sprintf("version %d: no files but those it is shown", version), nil
}

type rule struct {
	path   string
	rights uint64
}

func (s spec) rules() []rule {
	out := []rule{{s.Dir, writeRights}, {"/proc/self", readRights}}
	if s.Flags != 0 { // these are the cell's own
		out = append(out, rule{"/tmp", writeRights}, rule{"/proc", readRights})
	}
	for _, path := range shown {
		out = append(out, rule{path, runRights})
	}
	for _, path := range devices {
		out = append(out, rule{path, fileRights})
	}
	if dir := s.programDir(); dir != "" {
		out = append(out, rule{dir, runRights})
	}
	return out
}

// allow adds a rule; what is not there needs none.
func allow(set int, path string, rights uint64) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return at("looking at "+path, err)
	}
	if !info.IsDir() {
		rights &= fileRights
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return at("opening "+path, err)
	}
	defer unix.Close(fd)
	beneath := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(fd)}
	if _, _, e := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(set), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&beneath)), 0, 0, 0); e != 0 {
		return at("allowing "+path, e)
	}
	return nil
}
