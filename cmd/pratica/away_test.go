package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/cmd/pratica/local/mailsink"
	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
)

// TestServeBesideServicesThatGoAway sets the product up from the command line against services of its own, and takes them
// away: a missing database is an error with a remedy while the process stays, a missing Redis is not felt by requests.
func TestServeBesideServicesThatGoAway(t *testing.T) {
	t.Parallel() // it waits more than it works
	bin, err := programs()
	must(t, err)
	dir := passableDir(t)
	options := postgres.Options{Dir: filepath.Join(dir, "postgres"), Fast: true}
	pg, err := postgres.Start(context.Background(), options)
	must(t, err)
	t.Cleanup(func() { pg.Stop() })
	redis := coretest.StartRedis(t)
	_, err = crypto.OpenRoot(filepath.Join(dir, "root.key"), true)
	must(t, err)
	_, err = audit.OpenKey(filepath.Join(dir, "audit.key"), true)
	must(t, err)
	must(t, os.Mkdir(filepath.Join(dir, "blobs"), 0o700))
	mails, err := mailsink.Start()
	must(t, err)
	t.Cleanup(mails.Close)
	const password = "only-for-this-test"
	s := &split{story: &story{t: t}, env: append(environment(), "PRATICA_REDIS_URL="+redis.URL(), "PRATICA_BLOB_DIR="+filepath.Join(dir, "blobs"),
		"PRATICA_KEY_FILE="+filepath.Join(dir, "root.key"), "PRATICA_LISTEN=127.0.0.1:0", "PRATICA_CONNECTORS_DIR="+filepath.Join(bin, "connectors"), "PRATICA_SMTP_URL="+mails.URL())}
	for setting, role := range map[string]string{"DATABASE_URL": "pratica_app", "DATABASE_DIRECTORY_URL": "pratica_directory", "DATABASE_NETWORK_URL": "pratica_network",
		"DATABASE_OPERATOR_URL": "pratica_operator", "DATABASE_OWNER_URL": "pratica_owner"} {
		s.env = append(s.env, "PRATICA_"+setting+"="+pg.URL(role, password, "pratica"))
	}
	if out, err := s.run("serve"); err == nil {
		t.Fatalf("it serves without a schema: %s", out)
	}
	s.must("migrate", "--admin-url", pg.AdminURL(), "--password", password)
	s.must("migrate") // nothing left to do
	if out := s.must("doctor"); strings.Contains(out, "wrong") || strings.Contains(out, "missing   P") {
		t.Errorf("the doctor finds something:\n%s", out)
	}
	made := s.must("network", "create", "--name", "Rete Prova", "--admin-email", "rete@prova.example")
	network := regexp.MustCompile(`net_\S+`).FindString(made)
	if agency := s.must("agency", "create", "--network", network, "--as", "rete@prova.example", "--name", "Agenzia Prova", "--admin-email", "ada@prova.example"); !strings.Contains(agency, "agn_") {
		t.Errorf("agency create said %s", agency)
	}
	if out, err := s.run("agency", "create", "--network", network, "--as", "nobody@prova.example", "--name", "Agenzia", "--admin-email", "b@prova.example"); err == nil {
		t.Errorf("a stranger onboarded an agency: %s", out)
	}

	if out := s.must("user", "reset-factors", "--email", "ada@prova.example"); !strings.Contains(out, "done") {
		t.Errorf("reset-factors said %s", out)
	}
	if out, err := s.run("user", "reset-factors", "--email", "nobody@prova.example"); err == nil || !strings.Contains(out, "No such user") {
		t.Errorf("nobody's factors were taken away: %s", out)
	}

	server, said := s.process(t, "serve")
	t.Cleanup(func() { stop(server) })
	base := "http://" + strings.TrimSpace(strings.TrimPrefix(said, "listening on"))
	p := signIn(t, base, "network admin", regexp.MustCompile(`token=(\S+)`).FindStringSubmatch(made)[1])
	if agencies := p.do("GET", "/networks/"+network+"/agencies", nil).want(200).items(); len(agencies) != 1 {
		t.Errorf("agencies: %v", agencies)
	}
	if told, shown := p.do("GET", "/networks/"+network+"/report", nil).want(200), s.must("network", "report", "--network", network, "--format", "json"); strings.TrimSpace(string(told.raw)) != strings.TrimSpace(shown) {
		t.Errorf("the network is told %s, the command line %s", told.raw, shown)
	}

	pg.Stop()
	for _, path := range []string{"/networks", "/networks/" + network + "/agencies"} {
		if a := p.do("GET", path, nil).want(503); a.str("detail") == "" || a.body["trace_id"] == nil {
			t.Errorf("without a database: %s", a.raw)
		}
	}
	p.do("GET", "/api/docs", nil).want(200)
	pg, err = postgres.Start(context.Background(), options)
	must(t, err)
	eventually(t, "the answer after the database is back", func() bool { return p.do("GET", "/networks", nil).status == 200 })

	redis.Kill()
	p.do("GET", "/networks/"+network+"/agencies", nil).want(200)
	p.do("POST", "/networks/"+network+"/agencies", object{"name": "Agenzia Due", "admin_email": "due@prova.example", "admin_name": "Dea"}).want(201)
	redis.Start()
}

// run runs a verb to its end.
func (s *split) run(args ...string) (string, error) {
	s.t.Helper()
	bin, err := programs()
	must(s.t, err)
	cmd := exec.Command(filepath.Join(bin, "pratica"), args...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (s *split) must(args ...string) string {
	s.t.Helper()
	out, err := s.run(args...)
	if err != nil {
		s.t.Fatalf("pratica %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// passableDir is a temporary directory that the database's user may pass through.
func passableDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pratica-test-")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
