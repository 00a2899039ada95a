package main

import "testing"

// TestPrivacyScreens works the screens of people's rights by hand: the record of processing, consents, copies, erasures that are held
// up, done, and lifted, with their certificates, requests refused for a reason; and none of it for whoever may not.
func TestPrivacyScreens(t *testing.T) {
	t.Parallel()
	p := startWorkspace(t)
	runScript(t, "privacy.mjs", "BASE_URL="+p.url, "OUT="+t.TempDir(),
		"BROKER="+p.link("broker", "Bari"), "COMPLIANCE="+p.link("compliance_officer", "Bari"), "READER="+p.link("read_only", "Bari"))
}
