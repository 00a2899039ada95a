package main

import (
	"path/filepath"
	"testing"
)

// TestOversightScreens works the screens of oversight by hand: the trail with its proof, verified by the command the page shows; a
// rotation to its end; data that a role is not shown; support access from the question to its end, with both banners; and a suspicion
// report that nobody but compliance hears of.
func TestOversightScreens(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	p := startWorkspace(t)
	bin, err := programs()
	must(t, err)
	runScript(t, "oversight.mjs", "BASE_URL="+p.url, "PRATICA="+filepath.Join(bin, "pratica"), "OUT="+t.TempDir(),
		"ADMIN="+p.link("agency_admin", "Bari"), "BROKER="+p.link("broker", "Bari"), "COMPLIANCE="+p.link("compliance_officer", "Bari"),
		"READER="+p.link("read_only", "Bari"), "NETWORK="+p.link("network_admin"))
}
