package jail

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Descriptors of a stage.
const (
	ordersFD = 3
	reportFD = 4
)

// stage makes the process it runs in a cell, reports, and becomes the program. What it returns is an exit code.
//
// All of it happens on one thread, whose rights are those that the program inherits: Go's other threads end with the exec.
func stage() int {
	runtime.LockOSThread()
	unix.CloseOnExec(ordersFD)
	unix.CloseOnExec(reportFD)
	report := os.NewFile(reportFD, "report")
	var s spec
	if err := json.NewDecoder(os.NewFile(ordersFD, "orders")).Decode(&s); err != nil {
		return 2 // started by hand, or the platform is gone
	}
	layers, err := s.build()
	said := said{Layers: layers}
	if missing := (Policy{Require: s.Require}).missing(layers); err == nil && missing != "" {
		err = errMissing(missing)
	}
	if err != nil {
		said.Error = err.Error()
	}
	text, _ := json.Marshal(said)
	if _, broken := report.Write(text); err != nil || broken != nil {
		return 2
	}
	if s.Program == "" {
		return 0
	}
	if err := syscall.Exec(s.Program, []string{s.Program}, os.Environ()); err != nil {
		fmt.Fprintln(os.Stderr, "it cannot be executed:", err)
	}
	return 2
}

// build goes through the layers. An error means that the cell is not to be used; a layer that is not there is no error.
func (s spec) build() ([]Layer, error) {
	var layers []Layer
	add := func(name string, err error, what string) {
		if err != nil {
			what = reason(err)
		}
		layers = append(layers, Layer{name, err == nil, what})
	}
	var noNamespaces error
	if s.Flags == 0 {
		noNamespaces = errors.New(s.Why)
	}
	if s.UID != 0 {
		layers = append(layers, Layer{UID, true, fmt.Sprintf("user %d, whose it alone is", s.UID)})
	} else {
		layers = append(layers, Layer{UID, false, "the platform does not run as root, and cannot become another user"})
	}
	switch {
	case s.User:
		add(User, nil, "rights inside, which it gives up, and none outside")
	case s.UID != 0:
		layers = append(layers, Layer{User, false, "not needed: it has a user of its own"})
	default:
		add(User, noNamespaces, "")
	}
	add(Network, noNamespaces, "no interface, no route; the way out is the platform's broker")
	add(PID, noNamespaces, "it sees its own processes, and they end with it")
	add(IPC, noNamespaces, "no shared memory with others")
	if err := noNamespaces; err == nil {
		add(UTS, unix.Sethostname([]byte("connector")), "a host name of its own")
		add(Mount, s.mounts(), "system libraries and its program, read only; its directory and a small /tmp, writable")
	} else {
		add(UTS, err, "")
		add(Mount, err, "")
	}
	if err := unix.Chdir(s.Dir); err != nil {
		return layers, fmt.Errorf("entering its directory: %w", err)
	}
	add(Limits, setLimits(s.Limits), "files, processes, file size; no core dumps")
	layers = append(layers, s.Memory)
	if err := s.giveUp(); err != nil {
		return layers, err
	}
	err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	add(Privileges, err, "no program it starts gets more rights than it has")
	if err != nil {
		return layers, err
	}
	what, err := s.landlock()
	add(Landlock, err, what)
	add(Seccomp, filter(), "no sockets but unix ones; no mounts, namespaces, tracing, kernel keys, BPF, io_uring")
	return layers, nil
}

// giveUp becomes the cell's user and drops every capability. The kernel forgets the death signal when the user changes, so it is
// asked for again; the report that follows goes nowhere, and the stage ends, when the platform has died meanwhile.
func (s spec) giveUp() error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		_ = unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0) // not ours to drop without CAP_SETPCAP; no_new_privs stands before it
	}
	_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
	if s.UID != 0 { // of this thread alone: the others are about to end
		id := uintptr(s.UID)
		if _, _, e := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); e != 0 {
			return fmt.Errorf("leaving the platform's groups: %w", e)
		}
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESGID, id, id, id); e != 0 {
			return fmt.Errorf("becoming group %d: %w", s.UID, e)
		}
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, id, id, id); e != 0 {
			return fmt.Errorf("becoming user %d: %w", s.UID, e)
		}
	}
	var none [2]unix.CapUserData // this version has two words of capabilities
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0]); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	return unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0)
}

// limit is one of the process's limits.
type limit struct {
	What int    `json:"what"`
	Most uint64 `json:"most"`
}

// limits are those of a cell. That of processes counts all of a user's: it is set when the user is the cell's alone.
func limits(alone bool) []limit {
	out := []limit{
		{unix.RLIMIT_CORE, 0},
		{unix.RLIMIT_NOFILE, 1024},
		{unix.RLIMIT_FSIZE, 64 << 20},
		{unix.RLIMIT_MEMLOCK, 64 << 10},
		{unix.RLIMIT_MSGQUEUE, 0},
	}
	if alone {
		out = append(out, limit{unix.RLIMIT_NPROC, tasksAtMost})
	}
	return out
}

func setLimits(all []limit) error {
	for _, l := range all {
		if err := unix.Prlimit(0, l.What, &unix.Rlimit{Cur: l.Most, Max: l.Most}, nil); err != nil {
			return err
		}
	}
	return nil
}
