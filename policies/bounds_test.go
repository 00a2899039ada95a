package policies

import (
	"slices"
	"testing"

	"github.com/pratica-crm/pratica/core/access"
)

// TestBoundable: a network bounds what agencies' people do, but not what keeps an agency from seeing and ending what is done to it, what
// the law asks of it, or what is not its people's; and a line that protects nothing is an error.
func TestBoundable(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	boundable := p.Boundable()
	for _, a := range []access.Action{"agency.read", "audit.read", "support.read", "support.approve", "compliance.report", "privacy.erase", "privacy.export", "privacy.manage",
		"portal.invite", "portal.use", "members.directory", "consents.write", "audit.seal", "jobs.run", "networks.read", "networks.govern", "sign_ins.record", "nothing.known"} {
		if slices.Contains(boundable, a) {
			t.Errorf("a network may bound %s", a)
		}
	}
	for _, a := range []access.Action{"lenders.write", "search.read", "connectors.write", "roles.write", "keys.rotate", "tasks.write", "agency.write"} {
		if !slices.Contains(boundable, a) {
			t.Errorf("a network may not bound %s", a)
		}
	}
	for _, line := range []string{"u, member.write", "u, member.*", "u, members"} {
		var b base
		for _, l := range []string{"p, any, members.write", line} {
			if err := b.add("x.csv", l); err != nil {
				t.Fatal(err)
			}
		}
		if b.settle() == nil {
			t.Errorf("%s protects nothing, and nobody says so", line)
		}
	}
}
