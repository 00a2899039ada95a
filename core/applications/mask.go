package applications

import (
	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/subjects"
)

// maskParties takes away what parties earn where the caller may not be shown it, and names it.
func maskParties(parties []Party, may func(access.Action) bool) []string {
	if may(subjects.ReadIncome) {
		return []string{}
	}
	for i := range parties {
		parties[i].NetMonthlyCents = nil
	}
	return []string{"net_monthly_cents"}
}

// mask takes the amounts out of a ratio's working. The ratio stays: it is what a file is judged by.
func (d *DTI) mask(may func(access.Action) bool) {
	if may(subjects.ReadIncome) {
		return
	}
	d.IncomeCents, d.LiabilitiesCents = nil, nil
	for i := range d.Parties {
		d.Parties[i].NetMonthlyCents, d.Parties[i].LiabilitiesCents = nil, nil
	}
	d.Masked = []string{"income_cents", "liabilities_cents", "net_monthly_cents"}
}
