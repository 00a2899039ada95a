package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The figures of `make bench`. Each ratio compares the product over HTTP (signed in, authorised, audited) with pgbench
// sending the very statements the product sends: same role, row security on, prepared, pipelined, on the same server in
// the same run, in alternating rounds; the median counts. The load generators run on the same machine.

const (
	clients     = 8
	benchRounds = 3
)

// benchFor is the length of a round, 30 s unless BENCH_SECONDS says otherwise.
func benchFor(b *testing.B) time.Duration {
	if text := os.Getenv("BENCH_SECONDS"); text != "" {
		n, err := strconv.Atoi(text)
		must(b, err)
		return time.Duration(n) * time.Second
	}
	return 30 * time.Second
}

// BenchmarkRead reads an application with its parties and properties.
func BenchmarkRead(b *testing.B) {
	s := benchStory(b)
	at := s.loopback()
	cookie := s.cookie(s.broker)
	var files []string
	for range clients {
		files = append(files, s.peopled())
	}
	baseline := s.record(func() { s.broker.do("GET", files[0], nil).want(200) }, "from applications a join instances i")
	s.compare(b, "read", 0.28, baseline.alike(files), func(client int) func() error {
		wire := dialHTTP(b, at)
		request := "GET /api/v1" + files[client] + " HTTP/1.1\r\nHost: pratica\r\nCookie: " + cookie + "\r\n\r\n"
		return func() error { _, err := wire.do(request); return err }
	})
}

// BenchmarkTransition moves files to and fro between collection and check: guards over every document, history, audit, tasks, outbox.
func BenchmarkTransition(b *testing.B) {
	s := benchStory(b)
	at := s.loopback()
	broker, office := s.cookie(s.broker), s.cookie(s.office)
	var files, twins []string // the twins are pgbench's
	for range clients {
		files, twins = append(files, s.collected()), append(twins, s.collected())
	}
	lap := func(noun string) {
		s.broker.send(noun, "declare_complete", nil).want(200)
		s.office.send(noun, "return", nil).want(200)
	}
	var laps []recorded
	for range 3 { // the first lap warms plans and caches up; what differs between the other two is what counts up
		laps = append(laps, s.record(func() { lap(twins[0]) }, "insert into history"))
	}
	baseline := laps[1].counting(laps[2])
	s.compare(b, "transition", 0.45, baseline.alike(twins), func(client int) func() error {
		wire := dialHTTP(b, at)
		read := s.broker.do("GET", files[client], nil).want(200)
		version, turn := int(read.body["version"].(float64)), 0
		return func() error {
			event, who := "declare_complete", broker
			if turn%2 == 1 {
				event, who = "return", office
			}
			turn++
			body := `{"event":"` + event + `"}`
			answer, err := wire.do(fmt.Sprintf("POST /api/v1%s/events HTTP/1.1\r\nHost: pratica\r\nCookie: %s\r\nContent-Type: application/json\r\nIf-Match: \"%d\"\r\nIdempotency-Key: %d-%d-%d\r\nContent-Length: %d\r\n\r\n%s",
				files[client], who, version, client, turn, version, len(body), body))
			if err == nil {
				version, err = versionIn(answer)
			}
			return err
		}
	})
}

var versionField = regexp.MustCompile(`"version":(\d+)`)

func versionIn(answer []byte) (int, error) {
	m := versionField.FindSubmatch(answer)
	if m == nil {
		return 0, fmt.Errorf("no version in %.200s", answer)
	}
	return strconv.Atoi(string(m[1]))
}

// BenchmarkRowSecurity compares the server's CPU for a point read through the policy, with the setting of the tenant that travels
// with it, with the same read where row security is off and the tenant is spelled out.
func BenchmarkRowSecurity(b *testing.B) {
	s := benchStory(b)
	admin := s.database("postgres")
	tenant := s.agency(s.broker)
	subject := admin.texts("select id::text from subjects where tenant_id = $1 limit 1", tenant)[0]
	vars := map[string]string{"tenant": tenant, "id": subject}
	const columns = "select id, display_name, tax_code, email, version from subjects where "
	const setting = "select set_config('app.tenant_id', :tenant, true), set_config('app.sight', 'all', true), set_config('app.actor', 'system', true)"
	on := script{setting, columns + "id = :id"}
	policyOff := script{setting, columns + "tenant_id = :tenant and id = :id"}
	bare := script{columns + "tenant_id = :tenant and id = :id"}
	var policy, whole []float64
	for range benchRounds {
		with := s.serverCPU(b, on, vars)
		admin.exec("alter table subjects disable row level security")
		without, nothing := s.serverCPU(b, policyOff, vars), s.serverCPU(b, bare, vars)
		admin.exec("alter table subjects enable row level security")
		policy, whole = append(policy, with/without), append(whole, with/nothing)
		b.Logf("server CPU a read: %.1f µs with row security, %.1f µs without the policy, %.1f µs without policy and setting", with, without, nothing)
	}
	report(b, "row_security_policy_cpu_ratio", median(policy), "at most 1.25; the setting of the tenant on both sides")
	report(b, "row_security_and_setting_cpu_ratio", median(whole), "at most 1.25; the setting, a statement of its own here, charged to row security alone")
}

// BenchmarkDev starts the product where it ran before: time to ready, and the memory of the process when it rests.
func BenchmarkDev(b *testing.B) {
	dir := passableDir(b)
	must(b, startDev(b, dir).interrupt())
	var ready []float64
	var resident float64
	for range benchRounds {
		p := startDev(b, dir)
		line := p.line("ready in")
		ms, err := strconv.ParseFloat(regexp.MustCompile(`ready in (\d+) ms`).FindStringSubmatch(line)[1], 64)
		must(b, err)
		ready = append(ready, ms)
		time.Sleep(5 * time.Second) // at rest
		resident = max(resident, float64(residentKiB(b, p.cmd.Process.Pid))/1024)
		must(b, p.interrupt())
	}
	report(b, "ready_ms", median(ready), "at most 3000")
	report(b, "resident_MiB", resident, "at most 150")
}

func residentKiB(b *testing.B, pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(b, err)
	n, err := strconv.Atoi(regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindStringSubmatch(string(status))[1])
	must(b, err)
	return n
}

// benchStory is the story's world, kept for all benchmarks of the run.
func benchStory(b *testing.B) *story {
	s := begin(b)
	s.opensFile()
	return s
}

// peopled is a file with three people and two properties.
func (s *story) peopled() string {
	app := "/applications/" + s.broker.do("POST", "/applications", s.asked()).want(201).str("id")
	for name, role := range map[string]string{"Rossi": "applicant", "Bianchi": "co_applicant", "Verdi": "guarantor"} {
		s.broker.do("POST", app+"/parties", object{"subject_id": s.subjects[name], "role_type": role}).want(201)
	}
	s.broker.do("POST", app+"/properties", object{"property_id": s.home, "purpose": "mortgaged", "lien_rank": 1}).want(201)
	s.broker.do("POST", app+"/properties", object{"property_id": s.garage, "purpose": "annex"}).want(201)
	return app
}

// collected is such a file with every document it needs, in document collection.
func (s *story) collected() string {
	for _, id := range s.subjects {
		read := s.compliance.do("GET", "/subjects/"+id, nil).want(200)
		s.compliance.do("POST", "/subjects/"+id+"/risk", object{"risk_profile": "low"}, read.match()).want(200)
	}
	kept := s.app
	defer func() { s.app = kept }()
	s.app = s.peopled()
	read := s.broker.do("GET", s.app, nil).want(200)
	s.broker.do("PATCH", s.app, object{"amount_cents": 100_000_00}, read.match()).want(200)
	s.broker.send(s.app, "sign_mandate", nil).want(200)
	s.settle("mandated", "")
	s.broker.send(s.app, "open_collection", nil).want(200)
	s.settle("collection", "")
	return s.app
}

// compare runs the product and the baseline in alternating rounds and reports the median ratio.
func (s *story) compare(b *testing.B, name string, target float64, baseline []run, client func(int) func() error) {
	asCommitted(b, name, baseline[0].text())
	if _, fresh := baseline[0].vars["born"]; fresh {
		s.weighIDs(b)
	}
	var ratios []float64
	work := make([]func() error, clients)
	for i := range work {
		work[i] = client(i)
	}
	for round := range benchRounds {
		s.drained(b)
		base := s.pgbench(b, baseline, benchFor(b))
		s.drained(b)
		ours := load(b, work, benchFor(b))
		ratios = append(ratios, ours/base)
		b.Logf("round %d: %s over HTTP %.0f/s, the same statements by pgbench %.0f/s, ratio %.3f", round+1, name, ours, base, ours/base)
	}
	report(b, name+"_ratio", median(ratios), fmt.Sprintf("at least %.2f", target))
}

// drainFor bounds the wait for the outbox.
const drainFor = time.Minute

// drained waits until the product's relay has carried out what the round before left in the outbox, the baseline's rows too: no
// round is to pay for another's. What is emitted during a round is relayed during it, in both.
func (s *story) drained(b *testing.B) {
	b.Helper()
	admin := s.database("postgres")
	left := func() string { return admin.texts("select count(*)::text from outbox where published_at is null")[0] }
	before, began := left(), time.Now()
	now := before
	for now != "0" && time.Since(began) < drainFor {
		time.Sleep(100 * time.Millisecond)
		now = left()
	}
	b.Logf("the outbox had %s rows to carry out; %s are left after %.1f s", before, now, time.Since(began).Seconds())
}

// asCommitted holds the baseline to the committed script: when the product sends other statements, that is to be seen.
func asCommitted(b *testing.B, name, text string) {
	path := filepath.Join("testdata", "bench", name+".sql")
	if os.Getenv("BENCH_UPDATE") != "" {
		must(b, os.MkdirAll(filepath.Dir(path), 0o755))
		must(b, os.WriteFile(path, []byte(text), 0o644))
	}
	committed, err := os.ReadFile(path)
	must(b, err)
	if string(committed) != text {
		b.Errorf("the product no longer sends what %s says; BENCH_UPDATE=1 writes it anew", path)
	}
}

// load is how many requests a second the clients come to.
func load(b *testing.B, work []func() error, d time.Duration) float64 {
	var all sync.WaitGroup
	done := make([]int, len(work))
	began := time.Now()
	for i, do := range work {
		all.Go(func() {
			for time.Since(began) < d {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
				done[i]++
			}
		})
	}
	all.Wait()
	total := 0
	for _, n := range done {
		total += n
	}
	return float64(total) / time.Since(began).Seconds()
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func report(b *testing.B, name string, value float64, target string) {
	b.ReportMetric(value, name)
	b.ReportMetric(0, "ns/op")
	b.Logf("%s %.3f (target: %s)", name, value, target)
}

// wire is a kept-alive connection that costs the machine little: bytes out, bytes in. The server closes one that rests, so each
// round opens its own.
type wire struct {
	at   string
	conn net.Conn
	in   *bufio.Reader
	used time.Time
}

func dialHTTP(b *testing.B, at string) *wire {
	w := &wire{at: at}
	b.Cleanup(w.close)
	return w
}

func (w *wire) close() {
	if w.conn != nil {
		_ = w.conn.Close()
	}
}

// restsAtMost is well below the server's patience with a connection that says nothing.
const restsAtMost = time.Second

func (w *wire) awake() (err error) {
	last := w.used
	if w.used = time.Now(); w.used.Sub(last) <= restsAtMost {
		return nil
	}
	w.close()
	if w.conn, err = net.Dial("tcp", w.at); err == nil {
		w.in = bufio.NewReaderSize(w.conn, 64<<10)
	}
	return err
}

// do sends a request as it is and reads the answer's body; anything but 200 is an error.
func (w *wire) do(request string) ([]byte, error) {
	if err := w.awake(); err != nil {
		return nil, err
	}
	if _, err := w.conn.Write([]byte(request)); err != nil {
		return nil, err
	}
	status, err := w.in.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	ok := bytes.Contains(status, []byte(" 200 "))
	length := -1
	for {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) <= 2 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); bytes.EqualFold(name, []byte("Content-Length")) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return nil, err
			}
		}
	}
	body, err := w.body(length)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("the product answered %.300s", body)
	}
	return body, nil
}

// body reads an answer's content: of a known length, or in chunks when that is below zero.
func (w *wire) body(length int) ([]byte, error) {
	var content io.Reader = io.LimitReader(w.in, int64(length))
	if length < 0 {
		content = httputil.NewChunkedReader(w.in)
	}
	out, err := io.ReadAll(content)
	if err == nil && length < 0 {
		_, err = w.in.ReadSlice('\n') // the empty line after the last chunk
	}
	return out, err
}

func (s *story) loopback() string { return strings.TrimPrefix(s.program.url, "http://") }

func (s *story) cookie(p *person) string {
	s.t.Helper()
	at, err := url.Parse(p.base)
	must(s.t, err)
	cookies := p.http.Jar.Cookies(at)
	if i := slices.IndexFunc(cookies, func(c *http.Cookie) bool { return c.Name == "pratica_session" }); i >= 0 {
		return cookies[i].String()
	}
	s.t.Fatalf("%s has no session", p.name)
	return ""
}

// line is the box's line with a word.
func (p *program) line(word string) string {
	for _, l := range p.box {
		if strings.Contains(l, word) {
			return l
		}
	}
	p.t.Fatalf("no line of the box has %q", word)
	return ""
}

// postmaster is the process id of the program's PostgreSQL.
func (s *story) postmaster() int {
	s.t.Helper()
	pid := s.database("postgres").texts("select pg_read_file('postmaster.pid')")[0]
	n, err := strconv.Atoi(strings.SplitN(pid, "\n", 2)[0])
	must(s.t, err)
	return n
}

// reapedCPU is the CPU time of the server's ended children.
func reapedCPU(b *testing.B, pid int) time.Duration {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	must(b, err)
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
	ticks := 0
	for _, i := range []int{13, 14} { // cutime, cstime: proc(5) counts them 16 and 17, from the pid on
		n, err := strconv.Atoi(fields[i])
		must(b, err)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
