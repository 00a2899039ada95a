package isolation_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
)

// bouncer starts pgbouncer in transaction mode with one server connection and gives the application's URL through it.
func bouncer(t testing.TB, w *coretest.World) string {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		path = "/usr/sbin/pgbouncer"
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("PRATICA_TEST_ADMIN_URL") != "" {
			t.Fatal("pgbouncer is not installed; `make services` installs it")
		}
		t.Skip("pgbouncer is not installed; `make services` installs it and `make test` runs this")
	}
	app, err := pgx.ParseConfig(w.URL("pratica_app"))
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close())
	dir, err := os.MkdirTemp("", "pratica-bouncer-")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	file := filepath.Join(dir, "pgbouncer.ini")
	must(t, os.WriteFile(file, fmt.Appendf(nil, `[databases]
%[1]s = host=%[2]s port=%[3]d dbname=%[1]s user=%[4]s password=%[5]s pool_size=1
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %[6]d
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 50
server_login_retry = 0
`, app.Database, app.Host, app.Port, app.User, app.Password, port), 0o644))
	cmd := exec.Command(path, "--quiet", file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody(t)}
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			must(t, conn.Close())
			return fmt.Sprintf("postgres://pratica_app@127.0.0.1:%d/%s?sslmode=disable&default_query_exec_mode=cache_describe", port, app.Database)
		}
	}
	t.Fatal("pgbouncer does not answer")
	return ""
}

// nobody is who pgbouncer runs as when we are root: it refuses to be root.
func nobody(t testing.TB) *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	must(t, err)
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
