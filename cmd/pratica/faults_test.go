package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/plugins/host"
	"github.com/pratica-crm/pratica/plugins/mockbank"
)

// Two banks that hang at once leave a worker half of its slots: it does not compile otherwise.
var _ [atOnce/2 - 2*host.AtOnce]struct{}

// faults, of which each round has one, while submissions are on their way.
var faults = []string{"worker", "connector", "redis", "server", "after commit", "truncated", "no answer"}

// rounds are few here, and a thousand in "make faults" (FAULT_ROUNDS). In the last two fifths the bank does not look at idempotency
// keys: what reaches it twice, it has twice. FAULT_SEED moves the moments of the kills.
func rounds(t *testing.T) (all, keyed int, seed uint64) {
	t.Helper()
	number := func(name string, usual int) int {
		if os.Getenv(name) == "" {
			return usual
		}
		n, err := strconv.Atoi(os.Getenv(name))
		must(t, err)
		return n
	}
	all = number("FAULT_ROUNDS", 4*len(faults))
	return all, all * 3 / 5, uint64(number("FAULT_SEED", 2026))
}

// thinks is how long the bank holds back an answer after it has committed: time for a kill to fall between the two.
const thinks = 300 * time.Millisecond

// TestNothingIsLostNothingIsDoubled: server, worker, connector and Redis are killed for real, and the bank commits and then
// fails to answer, while submissions are on their way. In the end the bank has each of them, and has it once; nothing that it had
// was ever sent to it again.
func TestNothingIsLostNothingIsDoubled(t *testing.T) {
	t.Parallel() // it waits more than it works
	s := newSplit(t)
	rounds, keyed, seed := rounds(t)
	dice := rand.New(rand.NewPCG(seed, 11))
	files := []string{s.readyFile(0), s.readyFile(1)}
	var sent []string
	killed := map[string][]string{} // submissions under way when it was killed
	for round := range rounds {
		if round == keyed {
			s.always = object{"forget_keys": true}
			s.dial(nil)
		}
		lender := s.lender(round)
		var under []string
		for _, app := range files {
			under = append(under, "/submissions/"+s.broker.do("POST", app+"/submissions", object{"lender_id": lender}).want(201).str("id"))
		}
		sent = append(sent, under...)
		s.forgetCommits()
		fault := faults[round%len(faults)]
		if fault == "server" {
			s.killServer(under, time.Duration(dice.IntN(60))*time.Millisecond)
			continue
		}
		for _, noun := range under {
			s.broker.send(noun, "submit", nil).want(200)
		}
		if round/len(faults)%2 == 0 && (fault == "worker" || fault == "connector") {
			s.commit()
			killed[fault] = append(killed[fault], under...)
			time.Sleep(time.Duration(dice.IntN(100)) * time.Millisecond)
		} else {
			time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond) // somewhere on the way
		}
		switch fault {
		case "worker":
			s.killWorker()
		case "connector":
			s.killConnector()
		case "redis":
			s.redis.Kill()
			time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond)
			s.redis.Start()
		case "after commit":
			s.dial(object{"only": "POST", "fail_after": 1})
		case "truncated":
			s.dial(object{"only": "POST", "truncate": 1})
		case "no answer":
			s.hangUp.Store(true)
		}
	}
	// A killed worker's lease runs a minute; what the bank was too ill for too often comes back later and later.
	until := time.Now().Add(3*time.Minute + time.Duration(rounds)*time.Second)
	for _, noun := range sent {
		s.arrives(noun, until)
	}
	for _, what := range []string{"worker", "connector"} {
		n := s.reconciled(killed[what])
		t.Logf("%d of %d submissions under way at a kill of the %s were asked about", n, len(killed[what]), what)
		if n == 0 {
			t.Errorf("no kill of the %s fell between a request and its answer: this test shows nothing about it", what)
		}
	}
	s.hasEachOnce(rounds, len(sent))
}

// hasEachOnce looks at what the bank has, and at what it was sent after it had it.
func (s *split) hasEachOnce(rounds, want int) {
	s.t.Helper()
	var list struct {
		Resent       int `json:"resent"`
		Applications []struct {
			Key string `json:"key"`
		} `json:"applications"`
	}
	must(s.t, json.Unmarshal(s.ask("GET", "/aurora/applications", nil), &list))
	keys := map[string]int{}
	for _, i := range list.Applications {
		keys[i.Key]++
	}
	for key, n := range keys {
		if n != 1 {
			s.t.Errorf("the bank has %d applications under the key %s", n, key)
		}
	}
	if len(keys) != want || len(list.Applications) != want {
		s.t.Errorf("%d submissions were sent, the bank has %d", want, len(list.Applications))
	}
	if list.Resent != 0 {
		s.t.Errorf("%d requests were sent to the bank again although it had carried them out", list.Resent)
	}
	s.t.Logf("%d rounds of faults, %d submissions: %d at the bank, %d lost, %d doubled, %d sent again blindly", rounds, want, len(list.Applications),
		want-len(keys), len(list.Applications)-len(keys), list.Resent)
}

// split is the product as it runs in earnest: server and worker as processes of their own, a real Redis, and a bank.
type split struct {
	*story
	world *coretest.World
	redis *coretest.Redis
	bank  *httptest.Server
	env   []string
	work  *exec.Cmd
	serve *exec.Cmd

	signsIn func(*person) *person // anew, with a confirmation that is fresh

	commits chan struct{} // the bank has carried an application out and has not answered yet
	hangUp  atomic.Bool   // after the next one, the bank closes the connection without a byte
	always  object        // dials that stay
}

// slow lets a bank think after each application, until its client has gone.
func (s *split) slow(bank http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			bank.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		broken := func() (broken any) {
			defer func() { broken = recover() }() // an answer that breaks off ends in a panic
			bank.ServeHTTP(answer, r)
			return nil
		}()
		select {
		case s.commits <- struct{}{}:
		default: // nobody waits for so many
		}
		select {
		case <-time.After(thinks):
		case <-r.Context().Done():
		}
		if s.hangUp.Swap(false) {
			panic(http.ErrAbortHandler)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // who was killed needs no answer
		if broken != nil {
			_ = http.NewResponseController(w).Flush()
			panic(broken)
		}
	})
}

func (s *split) forgetCommits() {
	for len(s.commits) > 0 {
		<-s.commits
	}
}

// commit waits until the bank has an application whose answer is still to come.
func (s *split) commit() {
	s.t.Helper()
	select {
	case <-s.commits:
	case <-time.After(time.Minute):
		s.t.Fatal("no submission reaches the bank")
	}
}

// watch notes the operations that ever are reconciling; their rows only tell how they stand.
func watch(t *testing.T, w *coretest.World) {
	w.Exec(t, `create table asked_about (operation_id uuid primary key)`)
	w.Exec(t, `create function note_asked() returns trigger language plpgsql security definer as
		$$ begin insert into public.asked_about values (new.id) on conflict do nothing; return null; end $$`)
	w.Exec(t, `create trigger note_asked after update on operations for each row when (new.state = 'reconciling') execute function note_asked()`)
}

// reconciled counts the submissions of which the bank was asked whether it has them.
func (s *split) reconciled(nouns []string) int {
	s.t.Helper()
	var ids []string
	for _, noun := range nouns {
		id, err := ident.ParseSubmission(noun[strings.LastIndex(noun, "/")+1:])
		must(s.t, err)
		ids = append(ids, id.UUID.String())
	}
	text, err := s.world.Raw(s.t, "", `select count(distinct o.submission_id)::text from asked_about a join operations o on o.id = a.operation_id
		where o.method = 'SubmitApplication' and o.submission_id = any($1::uuid[])`, ids)
	must(s.t, err)
	n, err := strconv.Atoi(text)
	must(s.t, err)
	return n
}

func newSplit(t *testing.T) *split {
	t.Helper()
	bin, err := programs()
	must(t, err)
	w := coretest.New(t)
	bank, err := mockbank.New(mockbank.Options{Step: time.Hour}) // receipts are what counts here
	must(t, err)
	watch(t, w)
	s := &split{world: w, redis: coretest.StartRedis(t), commits: make(chan struct{}, 100)}
	s.bank = httptest.NewServer(s.slow(bank))
	t.Cleanup(s.bank.Close)
	dir := t.TempDir()
	_, err = crypto.OpenRoot(filepath.Join(dir, "root.key"), true)
	must(t, err)
	_, err = audit.OpenKey(filepath.Join(dir, "audit.key"), true)
	must(t, err)
	must(t, os.Mkdir(filepath.Join(dir, "blobs"), 0o700))
	s.env = append(environment(), "PRATICA_DATABASE_URL="+w.URL("pratica_app"), "PRATICA_DATABASE_DIRECTORY_URL="+w.URL("pratica_directory"),
		"PRATICA_DATABASE_NETWORK_URL="+w.URL("pratica_network"), "PRATICA_DATABASE_OPERATOR_URL="+w.URL("pratica_operator"), "PRATICA_REDIS_URL="+s.redis.URL(),
		"PRATICA_BLOB_DIR="+filepath.Join(dir, "blobs"), "PRATICA_KEY_FILE="+filepath.Join(dir, "root.key"), "PRATICA_LISTEN=127.0.0.1:0",
		"PRATICA_CONNECTORS_DIR="+filepath.Join(bin, "connectors"), "PRATICA_EGRESS_PRIVATE="+s.bank.Listener.Addr().String(), "PRATICA_LOG_LEVEL=error",
		"PRATICA_RATE_AGENCY=100000:100000", "PRATICA_RATE_CREDENTIAL=100000:100000") // counted, and in nobody's way: these asks come faster than people's
	var said string
	s.serve, said = s.process(t, "serve")
	t.Cleanup(func() { stop(s.serve) })
	base := "http://" + strings.TrimSpace(strings.TrimPrefix(said, "listening on"))
	s.signsIn = func(p *person) *person {
		at, err := url.Parse(base)
		must(t, err)
		p.http.Jar.SetCookies(at, []*http.Cookie{{Name: "pratica_session", Value: w.Token(t, w.A, p.name)}})
		return p
	}
	as := func(role string) *person { return s.signsIn(stranger(t, base, role)) }
	s.story = &story{t: t, admin: as("agency_admin"), broker: as("broker"), office: as("back_office"), compliance: as("compliance_officer"), subjects: map[string]string{}}
	s.work, _ = s.process(t, "worker")
	t.Cleanup(func() { stop(s.work) })
	s.env = append(s.env, "PRATICA_LISTEN="+strings.TrimPrefix(base, "http://")) // the next server is where the first was
	return s
}

// process starts a verb of the program and waits for its first line.
func (s *split) process(t testing.TB, verb string) (*exec.Cmd, string) {
	t.Helper()
	bin, err := programs()
	must(t, err)
	cmd := exec.Command(filepath.Join(bin, "pratica"), verb)
	cmd.Env, cmd.Stderr = s.env, os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("pratica %s said nothing: %v", verb, err)
	}
	return cmd, line
}

func stop(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
}

// killWorker is kill -9, and a new worker.
func (s *split) killWorker() {
	s.t.Helper()
	_ = s.work.Process.Kill()
	_ = s.work.Wait()
	s.work, _ = s.process(s.t, "worker")
}

// killServer is kill -9 while submissions are being sent, and a new server. Who sent them gets no answer, and sends the same again under
// the same key until there is one.
func (s *split) killServer(nouns []string, after time.Duration) {
	s.t.Helper()
	sending := make(chan error, len(nouns))
	for _, noun := range nouns {
		read := s.broker.do("GET", noun, nil).want(200)
		go func() { sending <- s.insist(noun, read.match(), uuid.NewString()) }()
	}
	time.Sleep(after)
	_ = s.serve.Process.Kill()
	_ = s.serve.Wait()
	s.serve, _ = s.process(s.t, "serve")
	for range nouns {
		must(s.t, <-sending)
	}
}

func (s *split) insist(noun, match, key string) error {
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		r, err := http.NewRequest("POST", s.broker.base+"/api/v1"+noun+"/events", strings.NewReader(`{"event":"submit"}`))
		if err != nil {
			return err
		}
		name, version, _ := strings.Cut(match, ": ")
		r.Header = http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {key}, name: {version}}
		answer, err := s.broker.http.Do(r)
		if err != nil {
			continue // it is dead, or not there yet
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		switch {
		case err != nil || answer.StatusCode >= 500:
		case answer.StatusCode == http.StatusOK:
			return nil
		default:
			return fmt.Errorf("%s: %d %s", noun, answer.StatusCode, text)
		}
	}
	return fmt.Errorf("%s: no server answers", noun)
}

// killConnector kills the worker's connector process; the host starts it again.
func (s *split) killConnector() {
	s.t.Helper()
	for _, pid := range children(s.work.Process.Pid) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// children of a process, by the kernel's list.
func children(parent int) (out []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	for _, t := range tasks {
		text, _ := os.ReadFile(t)
		for _, f := range strings.Fields(string(text)) {
			if pid, err := strconv.Atoi(f); err == nil {
				out = append(out, pid)
			}
		}
	}
	return out
}

// readyFile carries a new file of an applicant of its own to ready_to_submit.
func (s *split) readyFile(n int) string {
	s.t.Helper()
	name := []string{"Rossi", "Bianchi"}[n]
	id := s.human(name, 3_000_00)
	read := s.compliance.do("GET", "/subjects/"+id, nil).want(200)
	s.compliance.do("POST", "/subjects/"+id+"/risk", object{"risk_profile": "low"}, read.match()).want(200)
	s.subjects["Rossi"] = id
	if s.home == "" {
		s.home = s.broker.do("POST", "/properties", house("Via Sparano 1", 200_000_00)).want(201).str("id")
	}
	return s.story.readyFile()
}

// lender is a lender of its own for each round, all at the same bank.
func (s *split) lender(n int) string {
	s.t.Helper()
	if n%100 == 99 { // who connects confirms every ten minutes who they are
		s.signsIn(s.admin)
	}
	id := s.admin.do("POST", "/lenders", object{"key": fmt.Sprintf("aurora-%d", n), "name": fmt.Sprintf("Banca Aurora %d", n), "agreement_from": "2026-01-01"}).want(201).str("id")
	s.admin.do("POST", "/connections", object{"connector": "bankportal", "lender_id": id, "name": fmt.Sprintf("Aurora %d", n),
		"config": object{"url": s.bank.URL + "/aurora", "token": "demo-aurora"}}).want(201)
	return id
}

func (s *split) dial(dials object) {
	s.t.Helper()
	all := maps.Clone(s.always)
	if all == nil {
		all = object{}
	}
	maps.Copy(all, dials)
	body, err := json.Marshal(all)
	must(s.t, err)
	s.ask("PUT", "/aurora/_dials", body)
}

func (s *split) ask(method, path string, body []byte) []byte {
	s.t.Helper()
	r, err := http.NewRequest(method, s.bank.URL+path, strings.NewReader(string(body)))
	must(s.t, err)
	r.Header.Set("Authorization", "Bearer demo-aurora")
	resp, err := http.DefaultClient.Do(r)
	must(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	out, err := io.ReadAll(resp.Body)
	must(s.t, err)
	if resp.StatusCode != http.StatusOK {
		s.t.Fatalf("the bank: %d %s", resp.StatusCode, out)
	}
	return out
}

// arrives waits until the lender's reference is there.
func (s *split) arrives(noun string, until time.Time) {
	s.t.Helper()
	last := s.broker.do("GET", noun, nil).want(200)
	for last.body["lender_reference"] == nil && time.Now().Before(until) {
		time.Sleep(200 * time.Millisecond)
		last = s.broker.do("GET", noun, nil).want(200)
	}
	if last.body["lender_reference"] == nil {
		s.t.Errorf("%s has no reference: %s", noun, last.raw)
	}
}
