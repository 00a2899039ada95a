package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/redis"
)

// TestStores: a database or Redis elsewhere without verified TLS keeps a server from starting, and says what to do.
func TestStores(t *testing.T) {
	for url, safe := range map[string]bool{
		"postgres://app:x@127.0.0.1/pratica":                              true,
		"postgres://app:x@localhost/pratica":                              true,
		"postgres://app:x@/pratica?host=/run/postgresql":                  true,
		"postgres://app:x@[::1]:5432/pratica":                             true,
		"postgres://app:x@db.example/pratica":                             false, // prefers TLS, and does without
		"postgres://app:x@db.example/pratica?sslmode=disable":             false,
		"postgres://app:x@db.example/pratica?sslmode=require":             false, // to whom?
		"postgres://app:x@db.example/pratica?sslmode=verify-ca":           false,
		"postgres://app:x@db.example/pratica?sslmode=verify-full":         true,
		"postgres://app:x@localhost,db.example/pratica?sslmode=disable":   false,
		"postgres://app:x@localhost.evil.example/pratica":                 false,
		"postgres://app:x@db.example/pratica?sslmode=verify-full&host=/x": true,
	} {
		if err := (Config{DatabaseURL: redact.Secret(url)}).stores(); (err == nil) != safe {
			t.Errorf("%s: %v, want safe %v", url, err, safe)
		}
	}
	for url, safe := range map[string]bool{
		"redis://127.0.0.1:6379/0": true, "redis://localhost/0": true, "redis://cache.example:6379/0": false,
		"rediss://cache.example:6379/0": true, "rediss://cache.example:6379/0?skip_verify=true": false, "rediss://cache.example/0?skip_verify=1": false,
		"redis+cluster://127.0.0.1:1?addr=127.0.0.1:2": true, "redis+cluster://127.0.0.1:1?addr=cache.example:2": false, "redis+cluster://cache.example:1": false,
		"rediss+cluster://cache.example:1?addr=cache2.example:2": true, "rediss+cluster://cache.example:1?skip_verify=true": false,
	} {
		if err := (Config{RedisURL: redact.Secret(url)}).stores(); (err == nil) != safe {
			t.Errorf("%s: %v, want safe %v", url, err, safe)
		}
	}
	for url, safe := range map[string]bool{"nats://127.0.0.1:4222": true, "nats://queue.example:4222": false, "tls://queue.example:4222": true} {
		if err := (Config{QueueURL: redact.Secret(url)}).stores(); (err == nil) != safe {
			t.Errorf("%s: %v, want safe %v", url, err, safe)
		}
	}
	open := Config{DatabaseURL: "postgres://app:secret@db.example/pratica", RedisURL: "redis://cache.example/0"}
	for what, err := range map[string]error{"serve": ServeCmd{}.Run(t.Context(), with(open, "error")), "worker": WorkerCmd{}.Run(t.Context(), with(open, "error"))} {
		if err == nil || !strings.Contains(err.Error(), "PRATICA_DATABASE_URL") || !strings.Contains(err.Error(), "PRATICA_REDIS_URL") || !strings.Contains(err.Error(), "PRATICA_INSECURE_TRANSPORT=yes") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", what, err)
		}
	}
	open.InsecureTransport = "yes"
	must(t, open.stores())
}

func with(c Config, level string) Config { c.LogLevel = level; return c }

// TestPostgresOverTLS: with a real server that takes clients by certificate only, each verb shows its own; plain text, no certificate,
// a stranger's, and a server that another authority vouches for are refused.
func TestPostgresOverTLS(t *testing.T) {
	address := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(250), 1+rand.IntN(250), 1+rand.IntN(250)) // the usual port, on a loopback address of its own
	dir := passableDir(t)
	ca, other := newAuthority(t, dir), newAuthority(t, t.TempDir())
	server, err := postgres.Start(t.Context(), postgres.Options{Dir: filepath.Join(dir, "pg"), Fast: true, More: []string{"listen_addresses=" + address, "shared_buffers=8MB", "max_connections=20"}})
	must(t, err)
	t.Cleanup(server.Stop)
	admin, err := pgx.Connect(t.Context(), server.AdminURL())
	must(t, err)
	defer func() { _ = admin.Close(context.Background()) }()
	var home string
	must(t, admin.QueryRow(t.Context(), "show data_directory").Scan(&home))
	info, err := os.Stat(home)
	must(t, err)
	owner := info.Sys().(*syscall.Stat_t)
	ca.address = net.ParseIP(address)
	cert, key := ca.issue("database")
	rules := "local all all scram-sha-256\nhostssl all all all scram-sha-256 clientcert=verify-ca\n"
	for name, from := range map[string]string{"server.crt": cert, "server.key": key, "root.crt": ca.file, "pg_hba.conf": ""} {
		content := []byte(rules)
		if from != "" {
			content, err = os.ReadFile(from)
			must(t, err)
		}
		must(t, os.WriteFile(filepath.Join(home, name), content, 0o600))
		must(t, os.Chown(filepath.Join(home, name), int(owner.Uid), int(owner.Gid)))
	}
	for _, sql := range []string{"alter system set ssl = on", "alter system set ssl_ca_file = 'root.crt'", "alter system set ssl_min_protocol_version = 'TLSv1.3'", "select pg_reload_conf()",
		"create role pratica_app login password 'secret'"} {
		_, err = admin.Exec(t.Context(), sql)
		must(t, err)
	}
	connect := func(options url.Values) error {
		u := url.URL{Scheme: "postgres", User: url.UserPassword("pratica_app", "secret"), Host: address, Path: "/postgres", RawQuery: options.Encode()}
		conn, err := pgx.Connect(t.Context(), u.String())
		if err == nil {
			var version string
			err = conn.QueryRow(t.Context(), "select version from pg_stat_ssl where pid = pg_backend_pid()").Scan(&version)
			if version != "TLSv1.3" {
				t.Errorf("connected by %q", version)
			}
			_ = conn.Close(t.Context())
		}
		return err
	}
	full := func(ca *authority, cert, key string) url.Values {
		v := url.Values{"sslmode": {"verify-full"}, "sslrootcert": {ca.file}}
		if cert != "" {
			v.Set("sslcert", cert)
			v.Set("sslkey", key)
		}
		return v
	}
	eventually(t, "TLS", func() bool { cert, key := ca.issue("serve"); return connect(full(ca, cert, key)) == nil })
	for _, verb := range []string{"serve", "worker"} {
		cert, key := ca.issue(verb)
		if err := connect(full(ca, cert, key)); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
	}
	cert, key = ca.issue("serve")
	strange, strangeKey := other.issue("stranger")
	for what, options := range map[string]url.Values{"plain text": {"sslmode": {"disable"}}, "no certificate": full(ca, "", ""), "another authority's server": full(other, cert, key), "a stranger's certificate": full(ca, strange, strangeKey)} {
		if err := connect(options); err == nil {
			t.Errorf("%s was let in", what)
		}
	}
}

// TestRedisOverTLS: the same with a real redis-server.
func TestRedisOverTLS(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not installed; `make test` installs it and runs this test")
	}
	dir := t.TempDir()
	ca, other := newAuthority(t, dir), newAuthority(t, t.TempDir())
	cert, key := ca.issue("redis")
	l := listener(t)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close())
	cmd := exec.Command("redis-server", "--port", "0", "--tls-port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning",
		"--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca.file, "--tls-auth-clients", "yes")
	cmd.Dir = dir
	must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	connect := func(scheme string, files redis.Files) error {
		cfg := Config{RedisURL: redact.Secret(fmt.Sprintf("%s://127.0.0.1:%d/0", scheme, port)), RedisCAFile: files.CA, RedisCertFile: files.Cert, RedisKeyFile: files.Key}
		client, err := cfg.openRedis()
		if err != nil {
			return err
		}
		defer func() { _ = client.Close() }()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		return client.Ping(ctx)
	}
	files := func(ca *authority, cert, key string) redis.Files {
		return redis.Files{CA: ca.file, Cert: cert, Key: key}
	}
	serveCert, serveKey := ca.issue("serve")
	eventually(t, "Redis", func() bool { return connect("rediss", files(ca, serveCert, serveKey)) == nil })
	workerCert, workerKey := ca.issue("worker")
	must(t, connect("rediss", files(ca, workerCert, workerKey)))
	strange, strangeKey := other.issue("stranger")
	for what, err := range map[string]error{
		"plain text":                  connect("redis", redis.Files{}),
		"certificates on a plain URL": connect("redis", files(ca, serveCert, serveKey)),
		"no certificate":              connect("rediss", files(ca, "", "")),
		"another authority's server":  connect("rediss", files(other, serveCert, serveKey)),
		"a stranger's certificate":    connect("rediss", files(ca, strange, strangeKey)),
		"a key that does not fit":     connect("rediss", files(ca, serveCert, workerKey)),
		"a CA file that is not there": connect("rediss", redis.Files{CA: "/nowhere"}),
	} {
		if err == nil {
			t.Errorf("%s was let in", what)
		}
	}
}
