package applications

import (
	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/subjects"
)

// maskParties takes away what parties earn and their tax codes where the caller may not be shown them, and names what it took.
func maskParties(parties []Party, may func(access.Action) bool) []string {
	masked := []string{}
	for _, m := range []struct {
		field string
		needs access.Action
		take  func(*Party)
	}{
		{"net_monthly_cents", subjects.ReadIncome, func(p *Party) { p.NetMonthlyCents = nil }},
		{"tax_code", subjects.Read, func(p *Party) { p.TaxCode = nil }},
	} {
		if may(m.needs) {
			continue
		}
		masked = append(masked, m.field)
		for i := range parties {
			m.take(&parties[i])
		}
	}
	return masked
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
