package coretest

import (
	"os"
	"testing"
)

// cluster is the superuser's URL of the PostgreSQL server tests run on.
func cluster(t testing.TB) string {
	t.Helper()
	if u := os.Getenv("PRATICA_TEST_ADMIN_URL"); u != "" {
		return u
	}
	t.Fatal("coretest: PRATICA_TEST_ADMIN_URL is not set; run the tests by `make test`")
	return ""
}
