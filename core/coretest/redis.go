package coretest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// EachRedis runs a test on the embedded Redis and on a real redis-server, each empty.
func EachRedis(t *testing.T, test func(t *testing.T, url string)) {
	t.Run("miniredis", func(t *testing.T) {
		m := miniredis.RunT(t)
		test(t, "redis://"+m.Addr()+"/0")
	})
	t.Run("redis-server", func(t *testing.T) { test(t, StartRedis(t).URL()) })
}

// Redis is a real redis-server of a test, which keeps nothing on disk.
type Redis struct {
	t    testing.TB
	port int
	cmd  *exec.Cmd
}

// StartRedis starts a redis-server on a free loopback port and stops it when the test ends.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("PRATICA_TEST_ADMIN_URL") != "" {
			t.Fatal("redis-server is not installed; `make services` installs it")
		}
		t.Skip("redis-server is not installed; `make test` installs it and runs this test")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r := &Redis{t: t, port: l.Addr().(*net.TCPAddr).Port}
	must(t, l.Close())
	r.Start()
	t.Cleanup(r.Kill)
	return r
}

// URL is where it answers, also after Kill and Start.
func (r *Redis) URL() string { return fmt.Sprintf("redis://127.0.0.1:%d/0", r.port) }

// Start starts it, empty, and waits until it answers.
func (r *Redis) Start() {
	r.t.Helper()
	r.cmd = exec.Command("redis-server", "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--loglevel", "warning")
	r.cmd.Dir = os.TempDir()
	must(r.t, r.cmd.Start())
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", r.port)); err == nil {
			must(r.t, conn.Close())
			return
		}
	}
	r.t.Fatal("redis-server does not answer")
}

// Kill kills it at once: whatever it held is lost.
func (r *Redis) Kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
	r.cmd = nil
}
