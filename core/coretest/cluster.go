package coretest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
)

// cluster is the superuser's URL of the PostgreSQL server tests run on: the run's own, or one for this
// test binary. The latter dies with the binary; what it leaves on disk the next one clears away.
func cluster(t testing.TB) string {
	t.Helper()
	if u := os.Getenv("PRATICA_TEST_ADMIN_URL"); u != "" {
		return u
	}
	clear()
	s, err := postgres.Start(context.Background(), postgres.Options{Dir: filepath.Join(os.TempDir(), prefix+strconv.Itoa(os.Getpid())), Fast: true})
	must(t, err)
	return s.AdminURL()
}

const prefix = "pratica-coretest-"

func clear() {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, dir := range left {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), prefix))
		if err != nil || syscall.Kill(pid, 0) == nil {
			continue
		}
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, "coretest:", err)
		}
	}
}
