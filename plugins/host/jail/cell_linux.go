package jail

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// itself is the platform's binary: the one that runs, whatever stands at its path by now.
const itself = "/proc/self/exe"

// Jail makes cells on this machine.
type Jail struct {
	policy  Policy
	scratch string // an empty directory, over which a cell's root is mounted in the cell's own namespace
	way     way
	groups  groups
	layers  []Layer
}

// way is how the kernel lets us fork here.
type way struct {
	flags uintptr
	user  bool // in a user namespace: the platform is not root
	why   string
}

const apart = unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWNS

// Open finds out, by making a cell and leaving it, which layers there are. scratch is a directory that stays empty and exists as
// long as cells are made. With a policy that requires what is not there it fails, and names it with the reason.
func Open(p Policy, scratch string) (*Jail, error) {
	p, err := p.withDefaults()
	if err != nil {
		return nil, err
	}
	j := &Jail{policy: p, scratch: scratch}
	if p.Off {
		j.layers = absent("the jail is switched off")
		if missing := p.missing(j.layers); missing != "" {
			return nil, errMissing(missing)
		}
		return j, nil
	}
	if !entered && p.Stage == "" {
		return nil, errNotEntered
	}
	j.groups = findGroups(p.Group)
	j.groups.sweep()
	j.way = way{flags: apart}
	if os.Geteuid() != 0 {
		j.way = way{flags: apart | unix.CLONE_NEWUSER, user: true}
	}
	j.layers, err = j.try()
	if refused := (*forkError)(nil); errors.As(err, &refused) { // as containers do
		j.way = way{why: "the kernel gives this process no namespaces: " + refused.Error()}
		j.layers, err = j.try()
	}
	if err != nil {
		return nil, fmt.Errorf("no cell can be made: %w", err)
	}
	return j, nil
}

// forkError says that a process with its namespaces was not even made.
type forkError struct{ error }

// Layers are those of this machine, as the first cell had them.
func (j *Jail) Layers() []Layer { return j.layers }

// try makes a cell that becomes nothing.
func (j *Jail) try() ([]Layer, error) {
	dir, err := os.MkdirTemp("", "cell-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd, cell, err := j.Command("", dir, 0)
	if err != nil {
		return nil, err
	}
	defer cell.Close()
	cmd.Stderr = io.Discard
	if err := cmd.Start(); err != nil {
		return nil, &forkError{err}
	}
	err = cell.Settle(cmd.Process.Pid)
	if err != nil {
		_ = cmd.Process.Kill()
	}
	return cell.layers, errors.Join(err, cmd.Wait())
}

// Cell is what one process is shut in. It is used once.
type Cell struct {
	jail   *Jail
	spec   spec
	orders *os.File // to the stage
	report *os.File // from it
	inside []*os.File
	memory keeper
	layers []Layer
}

// spec is what a stage is told.
type spec struct {
	Program string   `json:"program"` // empty: none, the stage ends
	Dir     string   `json:"dir"`     // the program's own, and its working directory
	Scratch string   `json:"scratch"`
	UID     int      `json:"uid"` // 0: stay who you are
	Flags   uintptr  `json:"flags"`
	User    bool     `json:"user"`
	Why     string   `json:"why"` // there are no namespaces
	Limits  []limit  `json:"limits"`
	Require []string `json:"require"`
	Memory  Layer    `json:"memory"`
}

// Command prepares a program's start: number is the program's among the host's, dir its own directory, which it is given. The
// caller sets the environment, standard files and a process group, starts the command on a thread that lives as long as the
// process may, and calls Settle.
func (j *Jail) Command(program, dir string, number int) (*exec.Cmd, *Cell, error) {
	c := &Cell{jail: j, layers: j.layers}
	if j.policy.Off {
		cmd := exec.Command(program)
		cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		return cmd, c, nil
	}
	c.spec = spec{Program: program, Dir: dir, Scratch: j.scratch, Flags: j.way.flags, User: j.way.user, Why: j.way.why, Require: j.policy.Require}
	if os.Geteuid() == 0 {
		c.spec.UID = j.policy.FirstUID + number%j.policy.UIDs
		if err := os.Chown(dir, c.spec.UID, c.spec.UID); err != nil {
			return nil, nil, err
		}
	}
	c.spec.Limits = limits(c.spec.UID != 0 || c.spec.User)
	c.memory, c.spec.Memory.Why = j.groups.keeper(j.policy.Memory)
	c.spec.Memory.Name, c.spec.Memory.Active = Memory, true
	if err := c.pipes(); err != nil {
		c.Close()
		return nil, nil, err
	}
	cmd := &exec.Cmd{Path: cmp.Or(j.policy.Stage, itself), Args: []string{stageName}, Dir: "/", ExtraFiles: c.inside,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL, Cloneflags: j.way.flags}}
	if j.way.user {
		uid, gid := os.Geteuid(), os.Getegid()
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		// What the stage needs inside the namespace to build the cell, and gives up.
		cmd.SysProcAttr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP}
	}
	return cmd, c, nil
}

// collectAt lets the heap of a Go program grow to five times what lives before it is collected: a connector keeps next to nothing between
// calls, and collecting every four megabytes cost a tenth of a call. GOMEMLIMIT has the last word.
const collectAt = "GOGC=400"

// Environment is what a program should know of its cell: where interpreters are, and, so that runtimes collect before they are
// ended, what memory there is.
func (c *Cell) Environment() []string {
	if c.jail.policy.Off {
		return []string{searchPath}
	}
	return []string{searchPath, collectAt, fmt.Sprintf("GOMEMLIMIT=%d", c.jail.policy.Memory/10*9), fmt.Sprintf("NODE_OPTIONS=--max-old-space-size=%d", c.jail.policy.Memory/4*3>>20)}
}

// pipes opens the two pipes between the platform and the stage: descriptors 3 and 4 of the stage.
func (c *Cell) pipes() error {
	orders, in, err := os.Pipe()
	if err != nil {
		return err
	}
	out, report, err := os.Pipe()
	if err != nil {
		return errors.Join(err, orders.Close(), in.Close())
	}
	c.inside = []*os.File{orders, report}
	c.orders, c.report = in, out
	return nil
}

// settleTimeout bounds how long a stage may take; it is a part of a second on a busy machine.
const settleTimeout = 8 * time.Second

// Settle puts the started process into its memory group, tells it what to do, and waits until it has become the program. The
// layers are known then. After an error the process must be killed.
func (c *Cell) Settle(pid int) error {
	if c.jail.policy.Off {
		return nil
	}
	for _, f := range c.inside {
		_ = f.Close()
	}
	c.inside = nil
	if err := c.memory.add(pid); err != nil {
		return fmt.Errorf("limiting its memory: %w", err)
	}
	if err := c.orders.SetDeadline(time.Now().Add(settleTimeout)); err != nil {
		return err
	}
	if err := json.NewEncoder(c.orders).Encode(c.spec); err != nil {
		return fmt.Errorf("telling the stage: %w", err)
	}
	if err := c.report.SetDeadline(time.Now().Add(settleTimeout)); err != nil {
		return err
	}
	// The stage closes its end by becoming the program: what comes is the report, and after it an error or nothing.
	text, err := io.ReadAll(io.LimitReader(c.report, 64<<10))
	if err != nil {
		return fmt.Errorf("hearing from the stage: %w", err)
	}
	var said said
	if err := json.Unmarshal(text, &said); err != nil {
		return errors.New("the stage died before it could report")
	}
	c.layers = said.Layers
	if said.Error != "" {
		return errors.New(said.Error)
	}
	return nil
}

// said is a stage's report.
type said struct {
	Layers []Layer `json:"layers"`
	Error  string  `json:"error,omitempty"`
}

// Layers of this cell, once it has settled.
func (c *Cell) Layers() []Layer { return c.layers }

// Close removes what the cell needed. Call it when the process is no more.
func (c *Cell) Close() {
	for _, f := range append(c.inside, c.orders, c.report) {
		if f != nil {
			_ = f.Close()
		}
	}
	if c.memory != nil {
		c.memory.close()
	}
}

// OutOfMemory tells whether the process, or one of its children, was ended because together they held more memory than they may.
// It is asked before Close.
func (c *Cell) OutOfMemory() bool { return c.memory != nil && c.memory.killed() }
