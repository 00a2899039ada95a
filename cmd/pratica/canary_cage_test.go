package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	goredis "github.com/redis/go-redis/v9"

	"github.com/pratica-crm/pratica/cmd/pratica/local/mailsink"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/plugins/mockbank"
)

// cage knows the values that were planted, and finds them again wherever they should not be.
type cage struct {
	mu     sync.Mutex
	values map[string]string // value in lower case -> the field it was planted in
}

// bird is a fresh value for a field, one word.
func (c *cage) bird(field string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	value := fmt.Sprintf("Zqcanary%05d", len(c.values))
	c.values[strings.ToLower(value)] = field
	return value
}

// plant takes up a value whose form is not ours to choose: a tax code, an amount, a secret the program made.
func (c *cage) plant(field, value string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(value) < 6 {
		panic("canary: " + field + " is too short to be found again")
	}
	c.values[strings.ToLower(value)] = field
	return value
}

// found names the fields of the values in a text: as they are, or escaped for an address or a JSON text, or in base64.
func (c *cage) found(text string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	fields := map[string]bool{}
	low := strings.ToLower(text)
	for value, field := range c.values {
		if strings.Contains(low, value) || strings.Contains(low, strings.ToLower(url.QueryEscape(value))) {
			fields[field] = true
		}
	}
	if decoded, err := base64.StdEncoding.DecodeString(text); err == nil && len(decoded) > 8 {
		for value, field := range c.values {
			if strings.Contains(strings.ToLower(string(decoded)), value) {
				fields[field] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(fields))
}

// caged is the product as it runs in earnest, with debug logs, all its secrets in files, and ears everywhere.
type caged struct {
	*split
	*cage
	log      *lockedBuffer
	mails    *mailsink.Sink
	monitor  *monitor
	counters string // address of /metrics
	works    string // the worker's
	programs []*exec.Cmd
}

func newCaged(t *testing.T) *caged {
	t.Helper()
	bin, err := programs()
	must(t, err)
	w := coretest.New(t)
	c := &caged{cage: &cage{values: map[string]string{}}, log: &lockedBuffer{}}
	c.split = &split{world: w, redis: coretest.StartRedis(t)}
	c.monitor = monitors(t, c.redis.URL())
	c.mails, err = mailsink.Start()
	must(t, err)
	t.Cleanup(c.mails.Close)
	bank, err := mockbank.New(mockbank.Options{})
	must(t, err)
	c.bank = httptest.NewServer(bank)
	t.Cleanup(c.bank.Close)
	dir := t.TempDir()
	_, err = crypto.OpenRoot(filepath.Join(dir, "root.key"), true)
	must(t, err)
	_, err = audit.OpenKey(filepath.Join(dir, "audit.key"), true)
	must(t, err)
	must(t, os.Mkdir(filepath.Join(dir, "blobs"), 0o700))
	for _, at := range []*string{&c.counters, &c.works} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		*at = l.Addr().String()
		must(t, l.Close())
	}
	c.env = append(environment(), "PRATICA_BLOB_DIR="+filepath.Join(dir, "blobs"), "PRATICA_KEY_FILE="+filepath.Join(dir, "root.key"), "PRATICA_LISTEN=127.0.0.1:0",
		"PRATICA_CONNECTORS_DIR="+filepath.Join(bin, "connectors"), "PRATICA_EGRESS_PRIVATE="+c.bank.Listener.Addr().String()+","+deaf, "PRATICA_WEBHOOK_TARGETS="+deaf, "PRATICA_LOG_LEVEL=debug", "PRATICA_OIDC_LOOPBACK=yes", "PRATICA_RATE_CREDENTIAL=0", "PRATICA_RATE_AGENCY=0", "PRATICA_RATE_ADDRESS=0")
	for name, value := range map[string]string{"DATABASE_URL": w.URL("pratica_app"), "DATABASE_DIRECTORY_URL": w.URL("pratica_directory"), "DATABASE_NETWORK_URL": w.URL("pratica_network"),
		"DATABASE_OPERATOR_URL": w.URL("pratica_operator"), "REDIS_URL": c.redis.URL(), "SMTP_URL": c.mails.URL(),
		"PSEUDONYM_KEY": c.bird("setting PSEUDONYM_KEY") + strings.Repeat("x", 32), "S3_SECRET": c.bird("setting S3_SECRET")} {
		file := filepath.Join(dir, name)
		must(t, os.WriteFile(file, []byte(value+"\n"), 0o600))
		c.env = append(c.env, "PRATICA_"+name+"_FILE="+file)
	}
	server, said := c.start(t, "serve", "PRATICA_ADMIN_LISTEN="+c.counters)
	base := "http://" + strings.TrimPrefix(said, "listening on ")
	session := func(role, token string) *person {
		p := stranger(t, base, role)
		at, err := url.Parse(base)
		must(t, err)
		p.http.Jar.SetCookies(at, []*http.Cookie{{Name: "pratica_session", Value: c.plant("session of "+role, token)}})
		return p
	}
	member := func(role string) *person { return session(role, w.Token(t, w.A, role)) }
	c.story = &story{t: t, program: &program{t: t, url: base}, subjects: map[string]string{}, lenders: map[string]string{}, products: map[string]string{}}
	w.Exec(t, `update members set roles = '{agency_admin,broker,back_office,compliance_officer}' where tenant_id = $1 and roles = '{agency_admin}'`, w.A.ID)
	c.story.admin, c.broker, c.office, c.compliance = member("agency_admin"), member("broker"), member("back_office"), member("compliance_officer")
	c.network = session("network", w.NetworkToken(t))
	c.id = w.Network.String()
	worker, _ := c.start(t, "worker", "PRATICA_ADMIN_LISTEN="+c.works)
	c.programs = []*exec.Cmd{server, worker}
	return c
}

// start starts a verb whose log is kept, and gives its last line before it is ready.
func (c *caged) start(t *testing.T, verb string, more ...string) (*exec.Cmd, string) {
	t.Helper()
	bin, err := programs()
	must(t, err)
	cmd := exec.Command(filepath.Join(bin, "pratica"), verb)
	cmd.Env, cmd.Stderr = append(slices.Clone(c.env), more...), c.log
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { stop(cmd) })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "metrics on") {
			return cmd, lines.Text()
		}
	}
	t.Fatalf("pratica %s did not start: %s", verb, c.log)
	return nil, ""
}

// seen is what an operator of the machine sees of the processes: command lines and environments, their connectors' too.
func (c *caged) seen() string {
	var all strings.Builder
	for _, cmd := range c.programs {
		for _, pid := range append(children(cmd.Process.Pid), cmd.Process.Pid) {
			for _, file := range []string{"cmdline", "environ"} {
				text, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), file))
				all.Write(text)
				all.WriteByte('\n')
			}
		}
	}
	return all.String()
}

// keeps is everything Redis holds now, and every command it was ever sent.
func (c *caged) keeps() string {
	c.t.Helper()
	options, err := goredis.ParseURL(c.redis.URL())
	must(c.t, err)
	client, ctx := goredis.NewClient(options), context.Background()
	defer func() { _ = client.Close() }()
	var all strings.Builder
	for _, key := range client.Keys(ctx, "*").Val() {
		fmt.Fprintln(&all, key, client.Get(ctx, key).Val(), client.HGetAll(ctx, key).Val(), client.SMembers(ctx, key).Val(), client.ZRange(ctx, key, 0, -1).Val(), client.XRange(ctx, key, "-", "+").Val())
	}
	return all.String() + strings.Join(c.monitor.lines(), "\n")
}
