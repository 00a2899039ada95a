package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/plugins/mockbank"
)

// rounds of faults; each kills one thing for real while submissions are on their way.
const rounds = 20

// TestNothingIsLostNothingIsDoubled: worker, connector and Redis are killed for real, and the bank commits and then
// fails to answer, while submissions are on their way. In the end the bank has each of them, and has it once.
func TestNothingIsLostNothingIsDoubled(t *testing.T) {
	s := newSplit(t)
	dice := rand.New(rand.NewPCG(2026, 11))
	const slow = 150 // milliseconds: time for a kill to fall between request and answer
	s.dial(object{"latency_ms": slow})
	files := []string{s.readyFile(0), s.readyFile(1)}
	var sent []string
	for round := range rounds {
		lender := s.lender(round)
		for _, app := range files {
			noun := "/submissions/" + s.broker.do("POST", app+"/submissions", object{"lender_id": lender}).want(201).str("id")
			s.broker.send(noun, "submit", nil).want(200)
			sent = append(sent, noun)
		}
		time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond) // somewhere on the way
		switch fault := []string{"worker", "connector", "redis", "after commit", "truncated"}[round%5]; fault {
		case "worker":
			s.killWorker()
		case "connector":
			s.killConnector()
		case "redis":
			s.redis.Kill()
			time.Sleep(time.Duration(dice.IntN(300)) * time.Millisecond)
			s.redis.Start()
		case "after commit":
			s.dial(object{"latency_ms": slow, "only": "POST", "fail_after": 1})
		case "truncated":
			s.dial(object{"latency_ms": slow, "only": "POST", "truncate": 1})
		}
	}
	for _, noun := range sent {
		s.arrives(noun)
	}
	var list struct {
		Applications []struct {
			Key string `json:"key"`
		} `json:"applications"`
	}
	must(t, json.Unmarshal(s.ask("GET", "/aurora/applications", nil), &list))
	keys := map[string]int{}
	for _, i := range list.Applications {
		keys[i.Key]++
	}
	for key, n := range keys {
		if n != 1 {
			t.Errorf("the bank has %d applications under the key %s", n, key)
		}
	}
	if len(keys) != len(sent) || len(list.Applications) != len(sent) {
		t.Errorf("%d submissions were sent, the bank has %d", len(sent), len(list.Applications))
	}
	t.Logf("%d rounds of faults, %d submissions: %d at the bank, %d lost, %d doubled", rounds, len(sent), len(list.Applications), len(sent)-len(keys), len(list.Applications)-len(keys))
}

// split is the product as it runs in earnest: server and worker as processes of their own, a real Redis, and a bank.
type split struct {
	*story
	world *coretest.World
	redis *coretest.Redis
	bank  *httptest.Server
	env   []string
	work  *exec.Cmd
}

func newSplit(t *testing.T) *split {
	t.Helper()
	bin, err := programs()
	must(t, err)
	w := coretest.New(t)
	bank, err := mockbank.New(mockbank.Options{Step: time.Hour}) // receipts are what counts here
	must(t, err)
	s := &split{world: w, redis: coretest.StartRedis(t), bank: httptest.NewServer(bank)}
	t.Cleanup(s.bank.Close)
	dir := t.TempDir()
	_, err = crypto.OpenRoot(filepath.Join(dir, "root.key"), true)
	must(t, err)
	must(t, os.Mkdir(filepath.Join(dir, "blobs"), 0o700))
	s.env = append(environment(), "PRATICA_DATABASE_URL="+w.URL("pratica_app"), "PRATICA_DATABASE_DIRECTORY_URL="+w.URL("pratica_directory"),
		"PRATICA_DATABASE_NETWORK_URL="+w.URL("pratica_network"), "PRATICA_DATABASE_OPERATOR_URL="+w.URL("pratica_operator"), "PRATICA_REDIS_URL="+s.redis.URL(),
		"PRATICA_BLOB_DIR="+filepath.Join(dir, "blobs"), "PRATICA_KEY_FILE="+filepath.Join(dir, "root.key"), "PRATICA_LISTEN=127.0.0.1:0",
		"PRATICA_CONNECTORS_DIR="+filepath.Join(bin, "connectors"), "PRATICA_LOG_LEVEL=error")
	server, said := s.process(t, "serve")
	t.Cleanup(func() { stop(server) })
	base := "http://" + strings.TrimSpace(strings.TrimPrefix(said, "listening on"))
	as := func(role string) *person {
		p := stranger(t, base, role)
		at, err := url.Parse(base)
		must(t, err)
		p.http.Jar.SetCookies(at, []*http.Cookie{{Name: "pratica_session", Value: w.Token(t, w.A, role)}})
		return p
	}
	s.story = &story{t: t, admin: as("agency_admin"), broker: as("broker"), office: as("back_office"), compliance: as("compliance_officer"), subjects: map[string]string{}}
	s.work, _ = s.process(t, "worker")
	t.Cleanup(func() { stop(s.work) })
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
	id := s.admin.do("POST", "/lenders", object{"key": fmt.Sprintf("aurora-%d", n), "name": fmt.Sprintf("Banca Aurora %d", n), "agreement_from": "2026-01-01"}).want(201).str("id")
	s.admin.do("POST", "/connections", object{"connector": "bankportal", "lender_id": id, "name": fmt.Sprintf("Aurora %d", n),
		"config": object{"url": s.bank.URL + "/aurora", "token": "demo-aurora"}}).want(201)
	return id
}

func (s *split) dial(dials object) {
	s.t.Helper()
	body, err := json.Marshal(dials)
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

// arrives waits until the lender's reference is there. A killed worker's lease runs a minute.
func (s *split) arrives(noun string) {
	s.t.Helper()
	var last reply
	for until := time.Now().Add(3 * time.Minute); time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		if last = s.broker.do("GET", noun, nil).want(200); last.body["lender_reference"] != nil {
			return
		}
	}
	s.t.Errorf("%s has no reference: %s", noun, last.raw)
}
