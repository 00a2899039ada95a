package jail

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// keeper bounds the memory of a process and its children.
type keeper interface {
	add(pid int) error
	killed() bool // for its memory
	close()       // the processes are no more
}

const (
	groupPrefix = "pratica-connector-"
	tasksAtMost = 256 // threads and processes of one cell
)

// groups are the directories in which cgroups for cells can be made; why says, when there are none, what is in the way.
type groups struct {
	memory, pids string // of version 1; memory alone of version 2
	unified      bool
	why          string
}

// findGroups looks for cgroups that may be divided: version 2 first. Version 2 lets only a group without processes of its own be
// divided, so there the operator gives one (given), or the platform runs in one that was delegated to it.
func findGroups(given string) groups {
	own, mounts := ownGroups()
	parent := given
	if parent == "" && mounts[""] != "" && own[""] != "" {
		parent = filepath.Join(mounts[""], own[""])
	}
	v2 := "there is no cgroup of version 2"
	if parent != "" {
		err := os.WriteFile(filepath.Join(parent, "cgroup.subtree_control"), []byte("+memory +pids"), 0)
		if err == nil {
			return groups{memory: parent, unified: true}
		}
		v2 = "the cgroup cannot be divided (" + reason(err) + ")"
	}
	if mounts["memory"] == "" {
		return groups{why: v2 + ", nor one of version 1"}
	}
	out := groups{memory: filepath.Join(mounts["memory"], own["memory"])}
	if mounts["pids"] != "" {
		out.pids = filepath.Join(mounts["pids"], own["pids"])
	}
	return out
}

// reason is an error without the path it is about.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// ownGroups reads which groups this process is in, and where each hierarchy is mounted, by controller; version 2 has the empty name.
func ownGroups() (own, mounts map[string]string) {
	own, mounts = map[string]string{}, map[string]string{}
	text, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(text)) {
		if parts := strings.SplitN(strings.TrimSpace(line), ":", 3); len(parts) == 3 {
			for controller := range strings.SplitSeq(parts[1], ",") {
				own[controller] = parts[2]
			}
		}
	}
	text, _ = os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(text)) {
		before, after, _ := strings.Cut(line, " - ")
		mount, kind := strings.Fields(before), strings.Fields(after)
		if len(mount) < 5 || len(kind) < 3 {
			continue
		}
		if kind[0] == "cgroup2" {
			mounts[""] = mount[4]
			own[""] = strings.TrimPrefix(own[""], strings.TrimSuffix(mount[3], "/"))
		}
		if kind[0] == "cgroup" {
			for _, controller := range []string{"memory", "pids"} {
				if strings.Contains(","+kind[2]+",", ","+controller+",") {
					mounts[controller] = mount[4]
					own[controller] = strings.TrimPrefix(own[controller], strings.TrimSuffix(mount[3], "/"))
				}
			}
		}
	}
	return own, mounts
}

var groupCount atomic.Int64

// keeper makes a group for a cell, or else a guard, and says what it is.
func (g groups) keeper(memory int64) (keeper, string) {
	made, err := g.make(memory)
	if err != nil {
		return &guard{most: memory, done: make(chan struct{})}, fmt.Sprintf("the platform looks at its size four times a second, %d MiB: %s", memory>>20, err)
	}
	version := "cgroup of version 1"
	if g.unified {
		version = "cgroup of version 2"
	}
	return made, fmt.Sprintf("%s, %d MiB", version, memory>>20)
}

func (g groups) make(memory int64) (*group, error) {
	if g.memory == "" {
		return nil, errors.New(g.why)
	}
	name := fmt.Sprintf("%s%d-%d", groupPrefix, os.Getpid(), groupCount.Add(1))
	out := &group{unified: g.unified, memory: filepath.Join(g.memory, name)}
	if err := os.Mkdir(out.memory, 0o755); err != nil {
		return nil, errors.New(reason(err))
	}
	bound := strconv.FormatInt(memory, 10)
	settings := []struct {
		file, value string
		must        bool
	}{{"memory.limit_in_bytes", bound, true}, {"memory.memsw.limit_in_bytes", bound, false}}
	if g.unified {
		settings = []struct {
			file, value string
			must        bool
		}{{"memory.max", bound, true}, {"memory.swap.max", "0", false}, {"memory.oom.group", "1", false}, {"pids.max", strconv.Itoa(tasksAtMost), false}}
	}
	for _, s := range settings {
		if err := os.WriteFile(filepath.Join(out.memory, s.file), []byte(s.value), 0); err != nil && s.must {
			out.close()
			return nil, errors.New(reason(err))
		}
	}
	if g.pids != "" { // besides; the limits of the process stand anyway
		dir := filepath.Join(g.pids, name)
		if os.Mkdir(dir, 0o755) == nil {
			out.pids = dir
			_ = os.WriteFile(filepath.Join(dir, "pids.max"), []byte(strconv.Itoa(tasksAtMost)), 0)
		}
	}
	return out, nil
}

// sweep removes the groups of platforms that were killed. One that has processes cannot be removed.
func (g groups) sweep() {
	for _, parent := range []string{g.memory, g.pids} {
		left, _ := filepath.Glob(filepath.Join(parent, groupPrefix+"*"))
		for _, dir := range left {
			pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), groupPrefix), "-")
			if _, err := os.Stat("/proc/" + pid); parent != "" && err != nil {
				_ = os.Remove(dir)
			}
		}
	}
}

// group is a cgroup of one cell.
type group struct {
	memory, pids string
	unified      bool
}

func (g *group) add(pid int) error {
	for _, dir := range []string{g.memory, g.pids} {
		if dir == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
			return err
		}
	}
	return nil
}

// killed reads the counter that both versions have, in a file of another name.
func (g *group) killed() bool {
	file := "memory.oom_control"
	if g.unified {
		file = "memory.events"
	}
	text, _ := os.ReadFile(filepath.Join(g.memory, file))
	for line := range bytes.Lines(text) {
		if n, found := strings.CutPrefix(strings.TrimSpace(string(line)), "oom_kill "); found {
			return n != "0"
		}
	}
	return false
}

// close ends what is left in the group, which a PID namespace has ended already, and removes it.
func (g *group) close() {
	text, _ := os.ReadFile(filepath.Join(g.memory, "cgroup.procs"))
	for line := range strings.Lines(string(text)) {
		if pid, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	for _, dir := range []string{g.memory, g.pids} {
		if dir != "" {
			_ = os.Remove(dir)
		}
	}
}

// guard looks at a process and its descendants, where there are no cgroups, and ends it when they are too large together.
type guard struct {
	most int64
	done chan struct{}
	once sync.Once
	over atomic.Bool
}

const guardEvery = 250 * time.Millisecond

func (g *guard) add(pid int) error {
	go func() {
		tick := time.NewTicker(guardEvery)
		defer tick.Stop()
		for {
			select {
			case <-g.done:
				return
			case <-tick.C:
			}
			if resident(pid) > g.most {
				g.over.Store(true)
				_ = syscall.Kill(-pid, syscall.SIGKILL)
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}()
	return nil
}

func (g *guard) killed() bool { return g.over.Load() }

func (g *guard) close() { g.once.Do(func() { close(g.done) }) }

// resident is what a process and its descendants hold, in bytes, without pages of files, which they share. What was orphaned belongs to the
// first process of the cell, where it has a PID namespace; elsewhere it is lost from sight.
func resident(root int) (sum int64) {
	parents, sizes := map[int]int{}, map[int]int64{}
	dirs, _ := os.ReadDir("/proc")
	for _, d := range dirs {
		pid, err := strconv.Atoi(d.Name())
		if err != nil {
			continue
		}
		parents[pid], sizes[pid] = statusOf(pid)
	}
	for pid, size := range sizes {
		for at := pid; at > 1; at = parents[at] {
			if at == root {
				sum += size
				break
			}
		}
	}
	return sum
}

func statusOf(pid int) (parent int, resident int64) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(f[1], 10, 64)
		switch f[0] {
		case "PPid:":
			parent = int(n)
		case "RssAnon:", "RssShmem:":
			resident += n << 10
		}
	}
	return parent, resident
}
