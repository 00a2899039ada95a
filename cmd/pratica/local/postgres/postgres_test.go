package postgres

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestMain lets the test binary be the owner that gets killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PRATICA_TEST_OWNER"); dir != "" {
		if _, err := Start(context.Background(), Options{Dir: dir, Fast: true}); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		println("ready")
		select {}
	}
	os.Exit(m.Run())
}

func ask(t *testing.T, s *Server, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), s.AdminURL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var out string
	if err := conn.QueryRow(context.Background(), sql).Scan(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// openDir is a temporary directory the server's user may pass through.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pratica-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestStartStopStart(t *testing.T) {
	dir := openDir(t)
	s, err := Start(t.Context(), Options{Dir: dir, Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, s, "select set_config('a.b', 'c', false)")
	if got := ask(t, s, "select count(*)::text from pg_hba_file_rules where auth_method <> 'scram-sha-256'"); got != "0" {
		t.Errorf("%s rules let somebody in without a password", got)
	}
	if got := ask(t, s, "show listen_addresses"); got != "" {
		t.Errorf("listens on %q", got)
	}
	if _, err := Start(t.Context(), Options{Dir: dir, Fast: true}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second start on the same directory: %v", err)
	}
	socket := s.socket
	s.Stop()
	if _, err := os.Stat(socket); !errors.Is(err, os.ErrNotExist) {
		t.Error("the socket is still there")
	}
	if _, err := os.Stat(filepath.Join(dir, "cluster", "postmaster.pid")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the server is still there")
	}
	again, err := Start(t.Context(), Options{Dir: dir, Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	again.Stop()
}

func TestStartAfterItsOwnerWasKilled(t *testing.T) {
	dir := openDir(t)
	owner := exec.Command(os.Args[0], "-test.run=^$")
	owner.Env = append(os.Environ(), "PRATICA_TEST_OWNER="+dir)
	said, err := owner.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 200)
	n, _ := said.Read(first)
	if string(first[:n]) != "ready\n" {
		t.Fatalf("the owner said %q", first[:n])
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Start(ctx, Options{Dir: dir, Fast: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if got := ask(t, s, "select 'works'"); got != "works" {
		t.Error(got)
	}
}

// TestStartBehindAClosedDoor: root's own folder lets the server's user through nowhere; the start works all the same, and
// what was kept for a data directory that is gone is not taken for the new one's.
func TestStartBehindAClosedDoor(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root runs the server as another user")
	}
	dir := filepath.Join(openDir(t), "closed")
	for range 2 {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		s, err := Start(context.Background(), Options{Dir: filepath.Join(dir, "postgres"), Fast: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, s, "select count(*)::text from pg_roles where rolname = 'mark'"); got != "0" {
			t.Errorf("found the cluster of a data directory that was deleted")
		}
		conn, err := pgx.Connect(context.Background(), s.AdminURL())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(context.Background(), "create role mark"); err != nil {
			t.Fatal(err)
		}
		_ = conn.Close(context.Background())
		s.Stop()
		who, err := unprivileged()
		if err != nil {
			t.Fatal(err)
		}
		home := s.home(who)
		t.Cleanup(func() { _ = os.RemoveAll(home) })
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
}
