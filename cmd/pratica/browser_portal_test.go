package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestPortalScreens walks the applicants' portal by hand, on a phone: the mailed link that opens once, where a file stands, consents,
// who has looked, a copy from the question to the download, an erasure asked for and refused, the ways out. What half an hour does to a
// visit is done by the database: the script asks for it at an address of this test.
func TestPortalScreens(t *testing.T) {
	t.Parallel()
	p := startWorkspace(t)
	db := (&story{t: t, program: p}).database("postgres")
	clock := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := db.conn.Exec(r.Context(), "update portal_accesses set seen_at = now() - interval '31 minutes' where ended_at is null"); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	t.Cleanup(clock.Close)
	runScript(t, "portal.mjs", "BASE_URL="+p.url, "AGE="+clock.URL, "OUT="+t.TempDir(),
		"BROKER="+p.link("broker", "Bari"), "COMPLIANCE="+p.link("compliance_officer", "Bari"), "FAR="+p.link("broker", "Bologna"))
}
