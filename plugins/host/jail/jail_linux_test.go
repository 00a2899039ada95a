package jail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// prisoner names what this very program does when it is started in a cell.
const prisoner = "JAIL_TEST_PRISONER"

// The death signal belongs to a thread: a prisoner looks at that of its first.
func init() {
	if os.Getenv(prisoner) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	Enter()
	if what := os.Getenv(prisoner); what != "" {
		os.Exit(beprisoner(what))
	}
	os.Exit(m.Run())
}

// tries are what a prisoner attempts; it prints how each ended.
func tries() map[string]string {
	out := map[string]string{}
	say := func(name string, err error) {
		out[name] = "ok"
		if err != nil {
			out[name] = err.Error()
		}
		var errno syscall.Errno
		if errors.As(err, &errno) {
			out[name] = unix.ErrnoName(errno)
		}
	}
	for name, f := range map[string]int{"socket inet": unix.AF_INET, "socket inet6": unix.AF_INET6, "socket netlink": unix.AF_NETLINK, "socket packet": unix.AF_PACKET, "socket vsock": unix.AF_VSOCK, "socket unix": unix.AF_UNIX} {
		fd, err := unix.Socket(f, unix.SOCK_STREAM, 0)
		say(name, err)
		_ = unix.Close(fd)
	}
	say("unshare", unix.Unshare(unix.CLONE_NEWUSER))
	say("mount", unix.Mount("tmpfs", "/tmp", "tmpfs", 0, ""))
	say("ptrace", unix.PtraceAttach(1))
	_, err := unix.KeyctlInt(unix.KEYCTL_GET_KEYRING_ID, unix.KEY_SPEC_SESSION_KEYRING, 1, 0, 0)
	say("keyctl", err)
	_, _, e := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
	say("io_uring", e)
	_, _, e = unix.Syscall(unix.SYS_BPF, 0, 0, 0)
	say("bpf", e)
	_, _, e = unix.Syscall(newest+1, 0, 0, 0)
	say("a call of tomorrow", e)
	say("write /usr", os.WriteFile("/usr/x", nil, 0o600))
	say("write /", os.WriteFile("/x", nil, 0o600))
	say("write the program", os.WriteFile(filepath.Join(filepath.Dir(os.Args[0]), "x"), nil, 0o600))
	say("write its directory", os.WriteFile("x", []byte("x"), 0o600))
	say("write /tmp", os.WriteFile("/tmp/x", []byte("x"), 0o600))
	_, err = os.ReadFile(os.Getenv("SECRET"))
	say("read a file of the host", err)
	_, err = os.ReadFile("/proc/" + os.Getenv("HOST_PID") + "/environ")
	say("read the host's environment", err)
	_, err = os.ReadDir("/etc/ssl")
	say("read /etc", err)
	say("signal the host", unix.Kill(atoi(os.Getenv("HOST_PID")), 0))
	say("become root", unix.Setresuid(0, 0, 0))
	say("raise a limit", unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{Cur: 1, Max: 1}))
	_, err = exec.Command("/bin/sh", "-c", "echo hello").Output()
	say("run a program", err)
	name, _ := os.Hostname()
	out["host name"] = name
	out["uid"] = strconv.Itoa(os.Getuid())
	own, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(own)) {
		for _, field := range []string{"CapEff", "CapPrm", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"} {
			if value, found := strings.CutPrefix(line, field+":"); found {
				out[field] = strings.TrimSpace(value)
			}
		}
	}
	var death int32
	_, _, _ = unix.Syscall(unix.SYS_PRCTL, unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&death)), 0)
	out["death signal"] = strconv.Itoa(int(death))
	return out
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func beprisoner(what string) int {
	switch what {
	case "try":
		_ = json.NewEncoder(os.Stdout).Encode(tries())
	case "eat", "eat slowly":
		var kept [][]byte
		for range 1024 {
			piece := make([]byte, 4<<20)
			for i := 0; i < len(piece); i += 4096 {
				piece[i] = 1
			}
			kept = append(kept, piece)
			if what == "eat slowly" { // the guard looks four times a second
				time.Sleep(10 * time.Millisecond)
			}
		}
		runtime.KeepAlive(kept)
		fmt.Println("full")
	case "fork": // until it may not
		n := 0
		for ; n < 10_000; n++ {
			if _, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "600"}, &syscall.ProcAttr{}); err != nil {
				break
			}
		}
		fmt.Println(n)
	}
	return 0
}

// prison makes cells and runs this program in them.
type prison struct {
	*Jail
	program string
}

func newPrison(t testing.TB, p Policy) prison {
	t.Helper()
	root, err := os.MkdirTemp("", "jail-test-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	must(t, os.Chmod(root, 0o711))
	program := filepath.Join(root, "program", "prisoner")
	must(t, os.MkdirAll(filepath.Dir(program), 0o755))
	self, err := os.Open(os.Args[0])
	must(t, err)
	defer self.Close()
	to, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(to, self)
	must(t, errors.Join(err, to.Close()))
	scratch := filepath.Join(root, "scratch")
	must(t, os.Mkdir(scratch, 0o700))
	j, err := Open(p, scratch)
	must(t, err)
	return prison{j, program}
}

// run runs it to its end, and tells what it printed.
func (p prison) run(t testing.TB, what string, environment ...string) (string, *Cell, error) {
	t.Helper()
	dir, err := os.MkdirTemp(filepath.Dir(p.scratch), "own-")
	must(t, err)
	cmd, cell, err := p.Command(p.program, dir, 3)
	must(t, err)
	defer cell.Close()
	var out bytes.Buffer
	cmd.Env = append([]string{prisoner + "=" + what}, environment...)
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	must(t, cmd.Start())
	if err := cell.Settle(cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Fatal(err)
	}
	err = cmd.Wait()
	if err != nil && cell.OutOfMemory() {
		err = errMemory
	}
	return out.String(), cell, err
}

var errMemory = errors.New("out of memory")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wants is what a prisoner must not manage in any cell, and how it hears of it. Of a list any answer will do: which wall is
// met first depends on the layers.
var wants = map[string]string{
	"socket inet": "EAFNOSUPPORT", "socket inet6": "EAFNOSUPPORT", "socket netlink": "EAFNOSUPPORT", "socket packet": "EAFNOSUPPORT", "socket vsock": "EAFNOSUPPORT",
	"unshare": "EPERM", "mount": "EPERM", "ptrace": "EPERM", "keyctl": "EPERM", "io_uring": "EPERM", "bpf": "EPERM", "a call of tomorrow": "ENOSYS",
	"become root": "EPERM EINVAL", "raise a limit": "EPERM",
	"write /": "EROFS EACCES", "write /usr": "EROFS EACCES", "write the program": "EROFS EACCES",
	"read a file of the host": "ENOENT EACCES", "read the host's environment": "ENOENT EACCES", "read /etc": "ENOENT EACCES", "signal the host": "ESRCH EPERM",
	"socket unix": "ok", "write its directory": "ok", "run a program": "ok",
	"CapEff": "0000000000000000", "CapPrm": "0000000000000000", "CapAmb": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2", "death signal": "9",
}

// check makes a prisoner try everything, and returns what it saw besides.
func (p prison) check(t *testing.T) (saw map[string]string, layers map[string]bool) {
	t.Helper()
	secret := filepath.Join(filepath.Dir(p.scratch), "secret") // open to everybody, but for the jail
	must(t, os.WriteFile(secret, []byte("x"), 0o644))
	out, cell, err := p.run(t, "try", "SECRET="+secret, "HOST_PID="+strconv.Itoa(os.Getpid()))
	must(t, err)
	must(t, json.Unmarshal([]byte(out), &saw))
	for name, want := range wants {
		if !slices.Contains(strings.Fields(want), saw[name]) {
			t.Errorf("%s: %s, want %s", name, saw[name], want)
		}
	}
	layers = map[string]bool{}
	for _, l := range cell.Layers() {
		layers[l.Name] = l.Active
		if l.Why == "" {
			t.Errorf("%s says not why", l.Name)
		}
	}
	return saw, layers
}

func wantLayers(t *testing.T, got map[string]bool, absent ...string) {
	t.Helper()
	for _, name := range layerNames {
		active, reported := got[name]
		if !reported || active == slices.Contains(absent, name) {
			t.Errorf("%s: reported %v, active %v", name, reported, active)
		}
	}
}

// A program in a whole cell can do its work and nothing else; its children end with it, and its memory is bounded.
func TestCell(t *testing.T) {
	p := newPrison(t, Policy{Memory: 64 << 20})
	saw, layers := p.check(t)
	if os.Geteuid() == 0 {
		wantLayers(t, layers, User)
		if saw["uid"] != "60803" || saw["CapBnd"] != "0000000000000000" {
			t.Errorf("it is user %s with the bounds %s", saw["uid"], saw["CapBnd"])
		}
	} else {
		wantLayers(t, layers, UID)
	}
	if saw["host name"] != "connector" || saw["write /tmp"] != "ok" {
		t.Errorf("%v", saw)
	}
	if _, _, err := p.run(t, "eat"); !errors.Is(err, errMemory) {
		t.Errorf("it ate 4 GiB, and: %v", err)
	}
	out, cell, err := p.run(t, "fork")
	must(t, err)
	if n := atoi(strings.TrimSpace(out)); n < 2 || n > tasksAtMost {
		t.Errorf("it made %d children", n)
	}
	if left := cell.left(); left != "" {
		t.Errorf("of its children are left: %s", left)
	}
}

// left are the processes of the cell's group, when it has one.
func (c *Cell) left() string {
	g, ok := c.memory.(*group)
	if !ok {
		return ""
	}
	text, _ := os.ReadFile(filepath.Join(g.memory, "cgroup.procs"))
	return string(text)
}

// Where the kernel gives no namespaces, files, network and processes of others stay out of reach.
func TestCellWithoutNamespaces(t *testing.T) {
	p := newPrison(t, Policy{})
	p.way, p.groups = way{why: "this test takes them away"}, groups{why: "this test takes them away"}
	_, layers := p.check(t)
	gone := []string{User, Network, PID, IPC, UTS, Mount}
	if os.Geteuid() != 0 {
		gone = append(gone, UID)
	}
	wantLayers(t, layers, gone...)
}

// Without cgroups the platform looks itself.
func TestGuard(t *testing.T) {
	p := newPrison(t, Policy{Memory: 64 << 20})
	p.groups = groups{why: "this test takes them away"}
	if _, _, err := p.run(t, "eat slowly"); !errors.Is(err, errMemory) {
		t.Errorf("%v", err)
	}
}

// What a policy requires and is not there keeps a program from starting, in words.
func TestRequired(t *testing.T) {
	p := newPrison(t, Policy{Require: []string{Seccomp, UID + "|" + User}})
	p.way = way{why: "this test takes them away"}
	p.policy.Require = []string{Seccomp, Network + "|" + Mount}
	dir := filepath.Join(filepath.Dir(p.scratch), "own")
	must(t, os.Mkdir(dir, 0o700))
	cmd, cell, err := p.Command(p.program, dir, 0)
	must(t, err)
	defer cell.Close()
	must(t, cmd.Start())
	err = cell.Settle(cmd.Process.Pid)
	_ = cmd.Wait()
	if err == nil || !strings.Contains(err.Error(), "network_namespace (this test takes them away)") || strings.Contains(err.Error(), "seccomp") {
		t.Errorf("%v", err)
	}
	for policy, want := range map[string]string{"no such layer": `there is no layer "no such layer"`, Seccomp: "switched off"} {
		if _, err := Open(Policy{Off: true, Require: []string{policy}}, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", policy, err)
		}
	}
}

// A script's interpreter works in a cell: Node writes machine code into memory while it runs.
func TestNode(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("there is no node here")
	}
	p := newPrison(t, Policy{Require: nil})
	p.program = filepath.Join(filepath.Dir(p.program), "script")
	must(t, os.WriteFile(p.program, []byte(`#!/usr/bin/env node
let sum = 0; for (let i = 0; i < 1e6; i++) sum += i % 7
require("net").createServer().listen(process.cwd() + "/s", () => { console.log(sum); process.exit(0) })
`), 0o755))
	out, _, err := p.run(t, "")
	must(t, err)
	if out != "2999997\n" {
		t.Errorf("it says %q", out)
	}
}

// All of this again as a user who may nothing.
func TestWithoutRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("this is not root, and the other tests have shown it")
	}
	p := newPrison(t, Policy{}) // for its copy of this program, which nobody can reach
	dir := filepath.Join(filepath.Dir(p.scratch), "nobody")
	must(t, os.Mkdir(dir, 0o700))
	must(t, os.Chown(dir, 65534, 65534))
	cmd := exec.Command(p.program, "-test.run", "^(TestCell|TestCellWithoutNamespaces|TestRequired|TestNode)$", "-test.v")
	cmd.Dir, cmd.Env = dir, []string{"TMPDIR=" + dir, "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || bytes.Count(out, []byte("--- PASS")) < 3 {
		t.Errorf("%v\n%s", err, out)
	}
}

// The filter is well formed on every processor: each jump lands inside.
func TestFilter(t *testing.T) {
	code := program()
	for i, in := range code {
		if j, ok := in.(bpf.JumpIf); ok && (i+1+int(j.SkipTrue) >= len(code) || i+1+int(j.SkipFalse) >= len(code)) {
			t.Errorf("instruction %d jumps out", i)
		}
	}
}

// BenchmarkStart is a program's start in a cell, to its end, and outside.
func BenchmarkStart(b *testing.B) {
	for name, policy := range map[string]Policy{"cell": {}, "outside": {Off: true}} {
		b.Run(name, func(b *testing.B) {
			p := newPrison(b, policy)
			for b.Loop() {
				if _, _, err := p.run(b, "nothing"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
