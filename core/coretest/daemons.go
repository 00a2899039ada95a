package coretest

import (
	"context"
	"fmt"
	"go/build"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Gateway is an S3 server of a test, with a bucket: versitygw over a folder.
type Gateway struct {
	Endpoint                  string // http://127.0.0.1:port
	Bucket, AccessKey, Secret string
	Dir                       string // where it keeps the bucket's objects
}

// URL is the address of the gateway's bucket as PRATICA_BLOB_URL takes it, with further settings ("&sse=s3").
func (g Gateway) URL(more string) string {
	return "s3://" + g.Bucket + "?region=us-east-1&endpoint=" + g.Endpoint + more
}

// StartGateway starts an S3 server on a free loopback port and stops it when the test ends.
func StartGateway(t testing.TB) Gateway {
	t.Helper()
	program := installed(t, "versitygw")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	g := Gateway{Endpoint: "http://" + address, Bucket: "papers", AccessKey: "pratica", Secret: "only-for-tests"}
	root, side := t.TempDir(), t.TempDir()
	g.Dir = filepath.Join(root, g.Bucket)
	must(t, os.Mkdir(g.Dir, 0o700))
	cmd := exec.Command(program, "--port", address, "--quiet", "posix", "--sidecar", side, root)
	cmd.Env = []string{"ROOT_ACCESS_KEY=" + g.AccessKey, "ROOT_SECRET_KEY=" + g.Secret}
	run(t, cmd, "tcp", address)
	return g
}

// StartClamd starts a ClamAV daemon that knows one signature, the words of malware, and takes contents of at most a megabyte.
// It returns its address as PRATICA_CLAMD_URL takes it.
func StartClamd(t testing.TB, name, malware string) string {
	t.Helper()
	program := installed(t, "clamd")
	dir, err := os.MkdirTemp("", "clamd-") // a socket's path is short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket, config := filepath.Join(dir, "socket"), filepath.Join(dir, "clamd.conf")
	must(t, os.WriteFile(filepath.Join(dir, "test.ndb"), fmt.Appendf(nil, "%s:0:*:%x\n", name, malware), 0o600))
	must(t, os.WriteFile(config, fmt.Appendf(nil, "LocalSocket %s\nDatabaseDirectory %s\nForeground yes\nStreamMaxLength 1M\nMaxThreads 2\n", socket, dir), 0o600))
	run(t, exec.Command(program, "--config-file", config), "unix", socket)
	return "unix://" + socket
}

// installed finds a program that `make services` installs.
func installed(t testing.TB, name string) string {
	t.Helper()
	for _, candidate := range []string{name, filepath.Join("/usr/sbin", name), filepath.Join(build.Default.GOPATH, "bin", name)} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	if os.Getenv("PRATICA_TEST_ADMIN_URL") != "" {
		t.Fatalf("%s is not installed; `make services` installs it", name)
	}
	t.Skipf("%s is not installed; `make test` installs it and runs this test", name)
	return ""
}

// run starts a daemon, waits until it answers, and ends it with the test.
func run(t testing.TB, cmd *exec.Cmd, network, address string) {
	t.Helper()
	cmd.Dir = os.TempDir()
	must(t, cmd.Start())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // how it ended is of no interest
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if conn, err := net.Dial(network, address); err == nil {
			must(t, conn.Close())
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s has ended", cmd.Path)
		case <-time.After(5 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not answer", cmd.Path)
}
