package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/host/jail"
)

// Each of these does harm in a real process. It is contained, reported in words, and costs neither the other agencies' calls of the
// same connector, before and after, nor other connectors' at any time.

// yard is a host with a hostile connector, and a stubborn one that works all the while.
type yard struct {
	*Host
	stderr bytes.Buffer
	mu     sync.Mutex
	bank   *httptest.Server
	asked  atomic.Int32 // requests the bank had with a secret of the connection
}

func (y *yard) Write(p []byte) (int, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.stderr.Write(p)
}

func newYard(t *testing.T, cells jail.Policy) *yard {
	t.Helper()
	y := &yard{}
	y.bank = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), secretOfA) {
			y.asked.Add(1)
		}
	}))
	t.Cleanup(y.bank.Close)
	y.Host = start(t, Options{Dir: folder(t, "hostile", "stubborn"), Stderr: y, Jail: cells, Egress: egress.Options{Private: []string{y.bank.Listener.Addr().String()}}}, quick())
	await(t, y.Host, "stubborn", Healthy)
	await(t, y.Host, "hostile", Healthy)
	return y
}

// do has the hostile connector do something, for a new agency.
func (y *yard) do(t *testing.T, settings string) connectors.Answer {
	t.Helper()
	return y.Call(t.Context(), "hostile", connectors.Submit, newCall(settings), json.RawMessage(`{}`))
}

// well is another agency's call of the same connector, when it is up again.
func (y *yard) well(t *testing.T) {
	t.Helper()
	await(t, y.Host, "hostile", Healthy)
	wantDone(t, y.do(t, `{}`))
}

// reported waits for nothing: a report is there before the answer, or, of an ended process, before the next one is healthy.
func (y *yard) reported(t *testing.T, code string) Report {
	t.Helper()
	all := y.Reports("hostile")
	at := slices.IndexFunc(all, func(r Report) bool { return r.Code == code })
	if at < 0 {
		t.Fatalf("there is no report of %s in %+v", code, all)
	}
	for _, language := range []string{"en", "it"} {
		if text := all[at].Text(language); !strings.Contains(text, " ") || strings.Contains(text, "%!") || !strings.HasSuffix(text, ".") {
			t.Errorf("in %s an operator reads %q", language, text)
		}
	}
	return all[at]
}

// gone waits until the process has ended and its successor is up.
func (y *yard) gone(t *testing.T, before *process) {
	t.Helper()
	<-before.exited()
	for p := before; p == before; {
		p = await(t, y.Host, "hostile", Healthy)
	}
}

const secretOfA = "secret-of-agency-a"

func needsJail(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("programs are shut in on Linux only")
	}
}

// What it may try without harm to itself: the answer says whether it got out.
func TestHostileReachesOut(t *testing.T) {
	needsJail(t)
	y := newYard(t, jail.Policy{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	where, err := os.Getwd()
	must(t, err)
	file, variable := filepath.Join(where, "main_test.go"), "PWD="+where // which the go command sets for tests
	abroad := httptest.NewServer(http.NotFoundHandler())                 // not the connection's
	defer abroad.Close()
	settings := func(what, at, token string) string {
		return fmt.Sprintf(`{"do":%q,"at":%q,"token":%q,"url":%q}`, what, at, token, y.bank.URL)
	}
	for _, c := range []struct{ name, settings, code, report string }{
		{"opens a socket", settings("socket", listener.Addr().String(), ""), "contained", ""},
		{"reads the host's environment", settings("look around", variable, ""), "contained", ""},
		{"reads the host's files", settings("read a file", file, ""), "contained", ""},
		{"reads the host's command line", settings("look around", "host.test", ""), "contained", ""},
		{"reads a secret of its own settings", settings("show its settings", secretOfA, secretOfA), "contained", ""},
		{"sends a secret elsewhere", settings("send its own secret", abroad.URL, secretOfA), "egress.not_allowed", "egress.not_allowed"},
		{"forks children", settings("fork", "7531", ""), "contained", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			y.well(t)
			if a := y.do(t, c.settings); a.Failure == nil || a.Failure.Code != c.code {
				t.Errorf("%s %+v, want %s", a.Verdict, a.Failure, c.code)
			}
			if c.report != "" {
				y.reported(t, c.report)
			}
			if c.name != "forks children" { // who has used up its processes has harmed itself
				y.well(t)
			}
		})
	}
	// Without a jail it gets out: these tries can succeed.
	outside := start(t, Options{Dir: folder(t, "hostile"), Jail: jail.Policy{Off: true}}, quick())
	for what, at := range map[string]string{"socket": listener.Addr().String(), "read a file": file, "look around": variable} {
		if a := outside.Call(t.Context(), "hostile", connectors.Submit, newCall(settings(what, at, "")), json.RawMessage(`{}`)); a.Failure == nil || a.Failure.Code != "escaped" {
			t.Errorf("%s outside: %s %+v", what, a.Verdict, a.Failure)
		}
	}

	before := await(t, y.Host, "hostile", Healthy)
	must(t, before.run.Kill(t.Context()))
	y.gone(t, before)
	if left := running(t, "sleep\x007531"); left != 0 {
		t.Errorf("%d of its children are left", left)
	}
	y.well(t)
}

// running counts processes with a command line.
func running(t *testing.T, line string) (n int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	must(t, err)
	for _, file := range files {
		if text, _ := os.ReadFile(file); strings.HasPrefix(string(text), line) {
			n++
		}
	}
	return n
}

// Another connection's secret: the handle it had in that one's call is worth nothing in its own.
func TestHostileUsesAnothersSecret(t *testing.T) {
	y := newYard(t, jail.Policy{})
	own := fmt.Sprintf(`{"do":"remember","token":%q,"url":%q}`, secretOfA, y.bank.URL)
	wantDone(t, y.do(t, own))
	theirs := fmt.Sprintf(`{"do":"use what it remembers","at":%q,"token":"secret-of-agency-b","url":%q}`, y.bank.URL, y.bank.URL)
	wantFailure(t, y.do(t, theirs), "rejected", "egress.secret", "none")
	y.reported(t, "egress.secret")
	if n := y.asked.Load(); n != 0 {
		t.Errorf("the bank had the secret %d times", n)
	}
	if a := y.do(t, strings.ReplaceAll(strings.ReplaceAll(own, "remember", "send its own secret"), `"token"`, fmt.Sprintf(`"at":%q,"token"`, y.bank.URL))); a.Failure.Code != "escaped" || y.asked.Load() != 1 {
		t.Errorf("its own, to its own bank, does not work: %+v", a.Failure) // or the test could not fail
	}
}

// What ends its process: calls of others go on when it is up again, those of another connector all the while.
func TestHostileEndsItself(t *testing.T) {
	needsJail(t)
	y := newYard(t, jail.Policy{Memory: 96 << 20})
	for _, c := range []struct{ name, method, settings, payload, report string }{
		{"leaks memory", connectors.Submit, `{"do":"leak"}`, `{}`, Starved},
		{"answers 256 MiB", connectors.Status, `{}`, `{"reference":"256 MiB"}`, Starved},
		{"ends", connectors.Submit, `{"do":"exit"}`, `{}`, Ended},
	} {
		t.Run(c.name, func(t *testing.T) {
			y.well(t)
			before := await(t, y.Host, "hostile", Healthy)
			beside := y.work(t)
			a := y.Call(t.Context(), "hostile", c.method, newCall(c.settings), json.RawMessage(c.payload))
			if a.Failure == nil || a.Failure.Code != died {
				t.Errorf("%s %+v", a.Verdict, a.Failure)
			}
			y.gone(t, before)
			beside()
			y.reported(t, c.report)
			y.well(t)
		})
	}
}

// work calls the other connector until the end.
func (y *yard) work(t *testing.T) (end func()) {
	stop, done := make(chan struct{}), make(chan error)
	go func() {
		for {
			a := y.Call(context.Background(), "stubborn", connectors.Status, newCall(`{}`), json.RawMessage(`{"reference":"R-1"}`))
			if a.Verdict != connectors.Done {
				done <- fmt.Errorf("another connector's call came to %s %+v", a.Verdict, a.Failure)
				return
			}
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
		}
	}()
	return func() {
		t.Helper()
		close(stop)
		must(t, <-done)
	}
}

// One agency's input kills it: that call is not sent a third time, and the others' are.
func TestHostileCrashesOnOneAgencysInput(t *testing.T) {
	y := newYard(t, jail.Policy{})
	deadly := newCall(`{"do":"exit"}`)
	for deadly.Attempt = 1; deadly.Attempt <= 2; deadly.Attempt++ {
		before := await(t, y.Host, "hostile", Healthy)
		y.Call(t.Context(), "hostile", connectors.Submit, deadly, json.RawMessage(`{}`))
		y.gone(t, before)
		y.well(t)
	}
	wantFailure(t, y.Call(t.Context(), "hostile", connectors.Submit, deadly, json.RawMessage(`{}`)), "internal", "connector.killed_twice", "unknown")
	y.reported(t, KilledTwice)
	y.well(t)
}

// It never answers, prints without end, prints where it must not, and answers for somebody else.
func TestHostileAnnoys(t *testing.T) {
	y := newYard(t, jail.Policy{})
	beside := y.work(t)
	late := newCall(`{"do":"hang"}`)
	late.Deadline = time.Now().Add(50 * time.Millisecond)
	wantFailure(t, y.Call(t.Context(), "hostile", connectors.Submit, late, json.RawMessage(`{}`)), "timeout", "connector.deadline", "unknown")
	y.reported(t, Late)
	y.well(t)

	wantDone(t, y.do(t, `{"do":"print"}`))
	y.well(t)

	wantDone(t, y.do(t, `{"do":"flood"}`))
	y.well(t)
	beside()
	p := await(t, y.Host, "hostile", Healthy)
	must(t, p.run.Kill(t.Context())) // and all it has printed has been read
	y.gone(t, p)
	y.reported(t, Printed)
	y.reported(t, Flooded)
	y.mu.Lock()
	printed := bytes.Count(y.stderr.Bytes(), []byte("xxxx\n"))
	y.mu.Unlock()
	if printed < 1 || printed > 10*linesSecond {
		t.Errorf("of 20,000 lines the operator has %d", printed)
	}

	wantFailure(t, y.Call(t.Context(), "stubborn", connectors.PreCheck, newCall(`{}`), json.RawMessage(`{}`)), "internal", "connector.operation", "none")
	if all := y.Reports("stubborn"); len(all) != 1 || all[0].Code != Garbage {
		t.Errorf("its answer for another operation is reported as %+v", all)
	}
}

// It is another program than the catalogue names.
func TestHostileLiesAboutItsChecksum(t *testing.T) {
	dir := folder(t, "hostile", "stubborn")
	must(t, os.Remove(filepath.Join(dir, "hostile")))
	must(t, os.WriteFile(filepath.Join(dir, "hostile"), []byte("#!/bin/sh\ntouch "+dir+"/ran\n"), 0o700))
	y := &yard{Host: start(t, Options{Dir: dir}, quick())}
	await(t, y.Host, "stubborn", Healthy)
	wantFailure(t, y.do(t, `{}`), "unavailable", "connector.refused", "none")
	if text := y.reported(t, NotAdmitted).Text("en"); !strings.Contains(text, "not the one the catalogue names") {
		t.Errorf("an operator reads %q", text)
	}
	y.work(t)()
}

// As a user who may nothing a host shuts in all the same.
func TestHostWithoutRoot(t *testing.T) {
	needsJail(t)
	if os.Geteuid() != 0 {
		t.Skip("this is not root, and the other tests have shown it")
	}
	dir, err := os.MkdirTemp("", "n")
	must(t, err)
	defer os.RemoveAll(dir)
	must(t, os.Chmod(dir, 0o755))
	own := filepath.Join(dir, "own")
	must(t, os.Mkdir(own, 0o700))
	must(t, os.Chown(own, 65534, 65534))
	self, err := os.ReadFile(os.Args[0])
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "host.test"), self, 0o755))
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "host.test"), "-test.run", "^(TestHostileUsesAnothersSecret|TestHostileEndsItself|TestHostKilled|TestAuroraOffers|TestLayers)$", "-test.v")
	cmd.Dir, cmd.Env = own, []string{"TMPDIR=" + own, programs + "=" + os.Getenv(programs)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if err != nil || bytes.Count(out, []byte("\n--- PASS")) != 5 {
		t.Errorf("%v\n%s", err, out)
	}
}

// A host tells by what each connector is shut in.
func TestLayers(t *testing.T) {
	needsJail(t)
	h := start(t, Options{Dir: folder(t, "stubborn")}, quick())
	await(t, h, "stubborn", Healthy)
	of, machine := h.Layers("stubborn"), h.Jail()
	if len(of) != 12 || !slices.EqualFunc(of, machine, func(a, b jail.Layer) bool { return a.Name == b.Name && a.Active == b.Active }) {
		t.Errorf("%v, and the machine has %v", of, machine)
	}
	for _, l := range of {
		if !l.Active && l.Name != jail.User && l.Name != jail.UID {
			t.Errorf("%s is absent: %s", l.Name, l.Why)
		}
	}
}

// Reports are few, and repeat nothing.
func TestReports(t *testing.T) {
	r := newReports(time.Now)
	for range 3 {
		r.add("c", Late, "")
	}
	if all := r.list("c"); len(all) != 1 || all[0].Times != 3 {
		t.Errorf("%+v", all)
	}
	for i := range 2 * reportsAtMost {
		r.add("c", Ended, fmt.Sprint(i))
	}
	if all := r.list("c"); len(all) != reportsAtMost || all[len(all)-1].Detail != fmt.Sprint(2*reportsAtMost-1) {
		t.Errorf("%d are kept, the last is %+v", len(all), all[len(all)-1])
	}
	for code, text := range texts {
		if text[0] == "" || text[1] == "" || text[0] == text[1] || strings.Count(text[0], "%s") != strings.Count(text[1], "%s") {
			t.Errorf("%s says %q and %q", code, text[0], text[1])
		}
	}
}

// What comes above the bounds is counted and said.
func TestLinesAreBounded(t *testing.T) {
	var out bytes.Buffer
	now, floods := time.Now(), 0
	l := &lines{to: &out, now: func() time.Time { return now }, flooded: func(string) { floods++ }}
	w := l.of("c")
	write := func(n int, text string) {
		for range n {
			_, _ = w.Write([]byte(text + "\n"))
		}
	}
	write(linesSecond+7, "x")
	now = now.Add(time.Second)
	write(1, "y")
	if !strings.HasSuffix(out.String(), "c: x\nc: (7 lines were left out: it prints too much)\nc: y\n") || floods != 1 {
		t.Errorf("%d floods; %s", floods, out.String()[out.Len()-100:])
	}
	out.Reset()
	now = now.Add(time.Minute)
	write(linesSecond, strings.Repeat("z", lineAtMost-1))
	if out.Len() > bytesMinute+linesSecond*len("c: ") || floods != 2 {
		t.Errorf("%d bytes in a minute, %d floods", out.Len(), floods)
	}
}
