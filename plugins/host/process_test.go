package host

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// beHost is a child process of TestHostKilled: a host that prints its connectors' directories, and whose connectors, when it is
// told to go on, connect to the sockets there.
func beHost(dir string) {
	h, err := open(Options{Dir: dir, RunDir: os.Getenv("HOST_TEST_RUN"), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, quick())
	if err != nil {
		panic(err)
	}
	var sockets []string
	for _, name := range h.order {
		_, p, _ := h.unit(name).main().settled(context.Background())
		sockets = append(sockets, filepath.Join(p.run.dir, "held"))
	}
	fmt.Println(strings.Join(sockets, " "))
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		panic(err)
	}
	var calls sync.WaitGroup
	calls.Go(func() {
		h.Call(context.Background(), "hostile", connectors.Submit, newCall(`{"do":"hold","at":"`+sockets[0]+`"}`), json.RawMessage(`{}`))
	})
	calls.Go(func() {
		c := newCall("")
		c.Config = []byte(sockets[1])
		h.Call(context.Background(), "stubborn", connectors.Check, c, nil)
	})
	calls.Wait()
}

// listen makes a socket that a connector can reach in its jail: in its own directory.
func listen(t testing.TB, socket string) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", socket)
	must(t, err)
	must(t, os.Chmod(socket, 0o777))
	return l
}

// Connectors end with a host that is killed: one that watches its standard input and one that does not. Each holds a connection
// to this test; its end is the end of the process.
func TestHostKilled(t *testing.T) {
	run, err := os.MkdirTemp("", "r")
	must(t, err)
	defer os.RemoveAll(run)
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childOf+"="+folder(t, "hostile", "stubborn"), "HOST_TEST_RUN="+run)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	must(t, err)
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	sockets, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	listeners := []net.Listener{}
	for _, socket := range strings.Fields(sockets) {
		listeners = append(listeners, listen(t, socket))
	}
	_, err = fmt.Fprintln(in, "go on")
	must(t, err)
	held := []net.Conn{}
	for _, l := range listeners {
		conn, err := l.Accept()
		must(t, err)
		defer conn.Close()
		defer l.Close()
		held = append(held, conn)
	}
	must(t, child.Process.Kill())
	_ = child.Wait()
	for _, conn := range held {
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("a connector says something")
		}
	}

	left, err := os.ReadDir(run)
	must(t, err)
	if len(left) != 1 {
		t.Fatalf("the killed host left %d directories", len(left))
	}
	start(t, Options{Dir: t.TempDir(), RunDir: run}, quick())
	if _, err := os.Stat(filepath.Join(run, left[0].Name())); err == nil {
		t.Error("the next host did not remove what the killed one left")
	}
}

func hostile(t testing.TB, o Options) (*Host, func(method, config, payload string) connectors.Answer) {
	t.Helper()
	o.Dir = folder(t, "hostile")
	h := start(t, o, quick())
	return h, func(method, config, payload string) connectors.Answer {
		await(t, h, "hostile", Healthy)
		return h.Call(t.Context(), "hostile", method, newCall(config), json.RawMessage(payload))
	}
}

// What a connector may do to a call, and what is to be known of it.
func TestBadConnector(t *testing.T) {
	h, call := hostile(t, Options{})
	for _, c := range []struct{ name, method, config, payload, kind, code, effect string }{
		{"a panic", connectors.Submit, `{"do":"panic"}`, `{}`, "internal", "connector.panic", "unknown"},
		{"an error of its own", connectors.Submit, `{"do":"plain error"}`, `{}`, "internal", "connector.error", "unknown"},
		{"the same in a look", connectors.Status, `{"do":"plain error"}`, `{}`, "internal", "connector.error", "none"},
		{"a person's name as code", connectors.Submit, `{"do":"a sentence as code"}`, `{}`, "internal", "connector.garbage", "unknown"},
		{"no kind", connectors.Submit, `{"do":"no kind"}`, `{}`, "internal", "connector.garbage", "unknown"},
		{"a link that is none", connectors.Submit, `{"do":"script"}`, `{}`, "internal", "connector.garbage", "unknown"},
		{"an answer above 8 MiB", connectors.Status, `{}`, `{"reference":"large"}`, "internal", "connector.garbage", "none"},
		{"an event without id", connectors.Status, `{}`, `{"reference":"event without id"}`, "internal", "connector.garbage", "none"},
		{"a NUL", connectors.Status, `{}`, `{"reference":"nul"}`, "contract_drift", "connector.nul", "none"},
		{"a NUL as reference", connectors.Submit, `{}`, `{"file":"nul"}`, "contract_drift", "connector.nul", "unknown"},
		{"a NUL as external reference", connectors.Status, `{}`, `{"reference":"nul as external reference"}`, "contract_drift", "connector.nul", "none"},
		{"not found", connectors.Submit, `{"do":"not found"}`, `{}`, "rejected", "not_found", "none"},
		{"a limit", connectors.Submit, `{"do":"limited"}`, `{}`, "rate_limited", "limit", "none"},
		{"a payload that does not fit", connectors.Submit, `{}`, `{"amount_cents":"Mario"}`, "invalid_request", "connector.payload", "none"},
		{"a method it does not offer", connectors.Products, `{}`, `{}`, "unsupported", "products", "none"},
		{"a capability it does not have", connectors.Institutions, `{}`, `{}`, "unsupported", "connector.method", "none"},
		{"the end of the program", connectors.Submit, `{"do":"exit"}`, `{}`, "unavailable", "connector.died", "unknown"},
		{"the same in a look", connectors.Status, `{"do":"exit"}`, `{}`, "unavailable", "connector.died", "none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := await(t, h, "hostile", Healthy)
			wantFailure(t, call(c.method, c.config, c.payload), c.kind, c.code, c.effect)
			if c.code == "connector.died" {
				<-before.exited()
				for p := before; p == before; {
					p = await(t, h, "hostile", Healthy)
				}
			}
		})
	}
	wantFailure(t, h.Call(t.Context(), "nobody", connectors.Submit, newCall(`{}`), nil), "unsupported", "connector.unknown", "none")

	answer := call(connectors.Submit, `{"do":"user"}`, `{}`)
	if answer.Verdict != connectors.NeedsUser || string(answer.UserAction) != `{"way":"redirect","url":"https://bank.example/sign"}` {
		t.Errorf("%s %s", answer.Verdict, answer.UserAction)
	}
	answer = call(connectors.Status, `{}`, `{"reference":"pending"}`)
	if answer.Verdict != connectors.Pending || answer.PollAfter != 3*time.Second || answer.ExternalRef != "P-1" || !strings.Contains(string(answer.Payload), "acknowledged") {
		t.Errorf("%+v", answer)
	}
	if answer = call(connectors.Status, `{}`, `{"reference":"the letters of a nul"}`); answer.Verdict != connectors.Done {
		t.Errorf("%+v", answer.Failure)
	}
	early := newCall(`{}`)
	early.Content = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(endless{}), nil }
	wantFailure(t, h.Call(t.Context(), "hostile", connectors.Answering, early, json.RawMessage(`{"item_id":"early"}`)), "rejected", "early", "none")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// A connector that hangs costs its call, not others.
func TestHangingConnector(t *testing.T) {
	h, call := hostile(t, Options{})
	socket := filepath.Join(await(t, h, "hostile", Healthy).run.dir, "held")
	listener := listen(t, socket)
	defer listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan connectors.Answer)
	go func() {
		answered <- h.Call(ctx, "hostile", connectors.Submit, newCall(`{"do":"hold","at":"`+socket+`"}`), json.RawMessage(`{}`))
	}()
	conn, err := listener.Accept()
	must(t, err)
	defer conn.Close()
	wantDone(t, call(connectors.Submit, `{}`, `{}`))
	cancel()
	wantFailure(t, <-answered, "timeout", "connector.deadline", "unknown")

	late := newCall(`{}`)
	late.Deadline = time.Now().Add(-time.Second)
	wantFailure(t, h.Call(t.Context(), "hostile", connectors.Submit, late, json.RawMessage(`{}`)), "timeout", "connector.deadline", "none")
}

// A connector that prints neither stops nor speaks for another, and the platform's environment is not its.
func TestConnectorPrintsAndLooks(t *testing.T) {
	t.Setenv("PRATICA_DATABASE_URL", "postgres://secret")
	reader, writer := io.Pipe()
	_, call := hostile(t, Options{Stderr: writer})
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(reader).ReadString('\n')
		line <- text
		_, _ = io.Copy(io.Discard, reader)
	}()
	wantDone(t, call(connectors.Submit, `{"do":"print"}`, `{}`))
	if got := <-line; got != "hostile: a line for the operator\n" {
		t.Errorf("the operator reads %q", got)
	}
	answer := call(connectors.Status, `{}`, `{"reference":"environment"}`)
	if strings.Contains(string(answer.Payload), "secret") || strings.Contains(string(answer.Payload), os.Getenv("HOME")) {
		t.Errorf("the connector sees %s", answer.Payload)
	}
}

// A panic outside a call takes the process; a child that keeps its output open does not hide its end.
func TestConnectorsEndIsSeen(t *testing.T) {
	h, call := hostile(t, Options{})
	for _, how := range []string{"panic elsewhere", "leave a child"} {
		before := await(t, h, "hostile", Healthy)
		wantFailure(t, call(connectors.Submit, `{"do":"`+how+`"}`, `{}`), "unavailable", "connector.died", "unknown")
		<-before.exited()
		for p := before; p == before; {
			p = await(t, h, "hostile", Healthy)
		}
	}
}

// quarantine crashes the connector until it is quarantined.
func quarantine(t *testing.T, h *Host) {
	t.Helper()
	for range crashesAtMost {
		before := await(t, h, "hostile", Healthy)
		h.Call(t.Context(), "hostile", connectors.Submit, newCall(`{"do":"exit"}`), json.RawMessage(`{}`))
		<-before.exited()
		for p := before; p == before; {
			p = await(t, h, "hostile", Healthy, Quarantined)
		}
	}
	await(t, h, "hostile", Quarantined)
}

// A quarantine ends after its window, and the crashes before it count no more.
func TestQuarantineEnds(t *testing.T) {
	over := make(chan time.Duration)
	pace := quick()
	pace.rest = func(ctx context.Context, d time.Duration) {
		select {
		case over <- d:
		case <-ctx.Done():
		}
	}
	h := start(t, Options{Dir: folder(t, "hostile")}, pace)
	for range 2 {
		quarantine(t, h)
		if d := <-over; d != crashWindow {
			t.Errorf("it rests for %s", d)
		}
	}
	await(t, h, "hostile", Healthy)
	wantDone(t, h.Call(t.Context(), "hostile", connectors.Submit, newCall(`{}`), json.RawMessage(`{}`)))
}

// An input that has killed the process twice is not sent again; others are, and so is it when somebody has put it back.
func TestKilledTwice(t *testing.T) {
	h, call := hostile(t, Options{})
	deadly := newCall(`{"do":"exit"}`)
	send := func(method string, attempt int) connectors.Answer {
		deadly.Attempt = attempt
		return h.Call(t.Context(), "hostile", method, deadly, json.RawMessage(`{}`))
	}
	for attempt := 1; attempt <= 2; attempt++ {
		before := await(t, h, "hostile", Healthy)
		wantFailure(t, send(connectors.Submit, attempt), "unavailable", "connector.died", "unknown")
		<-before.exited()
		for p := before; p == before; {
			p = await(t, h, "hostile", Healthy)
		}
	}
	living := await(t, h, "hostile", Healthy)
	wantFailure(t, send(connectors.Submit, 3), "internal", "connector.killed_twice", "unknown")
	wantDone(t, call(connectors.Submit, `{}`, `{}`))
	deadly.Config, deadly.Of = json.RawMessage(`{}`), connectors.Submit
	wantDone(t, send(connectors.Reconcile, 3)) // the question about it did not kill
	if await(t, h, "hostile", Healthy) != living {
		t.Error("the third attempt was sent")
	}
	deadly.Of = ""
	wantDone(t, send(connectors.Submit, 1))
}

func TestQuarantine(t *testing.T) {
	h, _ := hostile(t, Options{})
	quarantine(t, h)
	c := newCall(`{}`)
	wantFailure(t, h.Call(t.Context(), "hostile", connectors.Submit, c, json.RawMessage(`{}`)), "unavailable", "connector.quarantined", "none")
	c.Of = connectors.Submit
	wantFailure(t, h.Call(t.Context(), "hostile", connectors.Reconcile, c, json.RawMessage(`{}`)), "unavailable", "connector.quarantined", "unknown")
	known, err := h.Available(t.Context())
	must(t, err)
	if len(known) != 1 || known[0].Status != "quarantined" {
		t.Errorf("available: %+v", known)
	}
}

// What cannot be started is tried a few times and let be.
func TestNeverStarts(t *testing.T) {
	for _, name := range []string{"mute", "babbler"} {
		t.Run(name, func(t *testing.T) {
			pace := quick()
			if name == "mute" {
				pace.start = 50 * time.Millisecond
			}
			h := start(t, Options{Dir: folder(t, name)}, pace)
			await(t, h, name, Quarantined)
			known, err := h.Available(t.Context())
			must(t, err)
			if len(known) != 0 {
				t.Errorf("available: %+v", known)
			}
		})
	}
}

// The answer of a connector without the SDK is looked at as closely.
func TestNoOutcome(t *testing.T) {
	h := start(t, Options{Dir: folder(t, "stubborn")}, quick())
	wantFailure(t, h.Call(t.Context(), "stubborn", connectors.Submit, newCall(`{}`), json.RawMessage(`{}`)), "internal", "connector.garbage", "unknown")
	wantFailure(t, h.Call(t.Context(), "stubborn", connectors.Withdraw, newCall(`{}`), json.RawMessage(`{}`)), "unsupported", "connector.method", "none")
	wantFailure(t, h.Call(t.Context(), "stubborn", connectors.PreCheck, newCall(`{}`), json.RawMessage(`{}`)), "internal", "connector.operation", "none")
}

func TestCloseEndsEverything(t *testing.T) {
	run, err := os.MkdirTemp("", "r")
	must(t, err)
	defer os.RemoveAll(run)
	h, err := open(Options{Dir: folder(t, "hostile", "stubborn"), RunDir: run, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, quick())
	must(t, err)
	one, two := await(t, h, "hostile", Healthy), await(t, h, "stubborn", Healthy)
	if mode := func() os.FileMode { s, err := os.Stat(one.run.dir); must(t, err); return s.Mode().Perm() }(); mode != 0o700 {
		t.Errorf("a process's directory has mode %o", mode)
	}
	must(t, h.Close())
	<-one.exited()
	<-two.exited()
	left, err := os.ReadDir(run)
	must(t, err)
	if len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	wantFailure(t, h.Call(t.Context(), "hostile", connectors.Submit, newCall(`{}`), nil), "unavailable", "connector.stopped", "none")
}

// Two agencies under one connector have two names, and one agency has two under two keys.
func TestPseudonyms(t *testing.T) {
	h, _ := hostile(t, Options{PseudonymKey: []byte("k")})
	c, other := newCall(`{}`), newCall(`{}`)
	ask := func(c connectors.Call) string {
		await(t, h, "hostile", Healthy)
		return string(h.Call(t.Context(), "hostile", connectors.Status, c, json.RawMessage(`{"reference":"tenant"}`)).Payload)
	}
	first := ask(c)
	if first != ask(c) || first == ask(other) || strings.Contains(first, c.Tenant.String()) {
		t.Errorf("%s %s", first, ask(other))
	}
}

// All attempts of an operation are one trace, each a span of its own.
func TestCallsAreTraced(t *testing.T) {
	h, _ := hostile(t, Options{})
	await(t, h, "hostile", Healthy)
	c := newCall(`{}`)
	note := func() string {
		var news struct{ Events []struct{ Note string } }
		must(t, json.Unmarshal(h.Call(t.Context(), "hostile", connectors.Status, c, json.RawMessage(`{"reference":"trace"}`)).Payload, &news))
		return news.Events[0].Note
	}
	first, second := note(), note()
	form := regexp.MustCompile(`^it 00-` + strings.ReplaceAll(c.Operation.UUID.String(), "-", "") + `-([0-9a-f]{16})-01$`)
	if a, b := form.FindStringSubmatch(first), form.FindStringSubmatch(second); a == nil || b == nil || a[1] == b[1] {
		t.Errorf("%s, %s", first, second)
	}
}

// Nobody is sent to where others could listen, nor told a book.
func TestWays(t *testing.T) {
	for address, good := range map[string]bool{"https://bank.example/sca?id=1": true, "http://127.0.0.1:8090/sca": true, "http://localhost/sca": true, "": true,
		"http://bank.example/sca": false, "http://127.0.0.1.example/": false, "javascript:alert(1)": false, "https:///sca": false, "//bank.example/": false,
		"https://bank.example/" + strings.Repeat("x", textAtMost): false} {
		_, _, err := way(&pb.NeedsUser{Way: pb.NeedsUserWay_NEEDS_USER_WAY_REDIRECT, Url: address})
		if (err == nil) != good {
			t.Errorf("%.60s: %v", address, err)
		}
	}
}

// A question about a call that ended pending is asked by its reference; who does not know it is asked by the key.
func TestPollFirst(t *testing.T) {
	h, _ := hostile(t, Options{})
	await(t, h, "hostile", Healthy)
	for ref, want := range map[string]string{"": "R-1", "P-1": "P-1", "P-unknown": "R-1"} {
		call := newCall(`{}`)
		call.Of, call.ExternalRef = connectors.Submit, ref
		answer := h.Call(t.Context(), "hostile", connectors.Reconcile, call, json.RawMessage(`{"file":"f"}`))
		var receipt struct{ Reference string }
		must(t, json.Unmarshal(answer.Payload, &receipt))
		if answer.Verdict != connectors.Done || receipt.Reference != want {
			t.Errorf("by %q: %s %s, want %s", ref, answer.Verdict, answer.Payload, want)
		}
	}
}
