package policies

import (
	"testing"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/access"
)

// TestReserved: an agency's own rules give nobody a reserved action, not even everybody, and can take it away.
func TestReserved(t *testing.T) {
	p, err := New()
	if err != nil {
		t.Fatal(err)
	}
	agency := uuid.New()
	may := func(rules []access.Rule, role string) bool {
		t.Helper()
		if _, err := p.Compile(agency, 1, access.Rulebook{Rules: rules}); err != nil {
			t.Fatal(err)
		}
		return p.Table(agency, 1).Grant([]string{role}, "compliance.report").Always()
	}
	open := []access.Rule{{Role: "any", Action: "compliance.report", Allow: true}, {Role: "agency_admin", Action: "compliance.report", Allow: true}}
	for _, role := range []string{"agency_admin", "broker", "back_office", "read_only", "system", "network_admin"} {
		if may(open, role) {
			t.Errorf("%s was given it", role)
		}
	}
	if !may(open, "compliance_officer") {
		t.Error("compliance lost it")
	}
	if may([]access.Rule{{Role: "compliance_officer", Action: "compliance.report"}}, "compliance_officer") {
		t.Error("an agency cannot take it away")
	}
}
