package applications

import (
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Ratios are what a lender looks at first, with every input shown. A ratio whose inputs are missing has no
// result, and says what is missing.
type Ratios struct {
	LTV        LTV            `json:"ltv"`
	DTI        DTI            `json:"dti"`
	Instalment InstalmentCalc `json:"instalment"`
}

// LTV is the loan to the value of the mortgaged properties.
type LTV struct {
	ResultBPS   *int          `json:"result_bps"`
	Missing     []string      `json:"missing"`
	AmountCents int64         `json:"amount_cents"`
	ValueCents  *int64        `json:"value_cents"`
	Basis       []Basis       `json:"basis"`
	Formula     workflow.Text `json:"formula"`
}

// Basis is what one property counts for: the lower of price and appraisal.
type Basis struct {
	PropertyID     ident.PropertyID `json:"property_id"`
	AddressLine    string           `json:"address_line"`
	PriceCents     *int64           `json:"price_cents"`
	AppraisalCents *int64           `json:"appraisal_cents"`
	UsedCents      *int64           `json:"used_cents"`
}

// DTI is all monthly instalments to the net monthly income of those who borrow.
type DTI struct {
	ResultBPS        *int          `json:"result_bps"`
	Missing          []string      `json:"missing"`
	InstalmentCents  int64         `json:"instalment_cents"`
	LiabilitiesCents *int64        `json:"liabilities_cents"`
	IncomeCents      *int64        `json:"income_cents"`
	Parties          []Earner      `json:"parties"`
	Formula          workflow.Text `json:"formula"`
	Masked           []string      `json:"masked" doc:"Amounts of the parties, and their sums, that your roles do not show to you; the ratio itself is shown"`
}

// Earner is a party and what of it counts.
type Earner struct {
	SubjectID        ident.SubjectID `json:"subject_id"`
	DisplayName      string          `json:"display_name"`
	Counts           bool            `json:"counts"`
	NetMonthlyCents  *int64          `json:"net_monthly_cents"`
	LiabilitiesCents *int64          `json:"liabilities_cents"`
}

// InstalmentCalc is the annuity of what is asked for.
type InstalmentCalc struct {
	AmountCents     int64 `json:"amount_cents"`
	NominalRateBPS  int   `json:"nominal_rate_bps"`
	TermMonths      int   `json:"term_months"`
	InstalmentCents int64 `json:"instalment_cents"`
}

// ratiosOf computes both ratios. Mortgaged and purchased properties secure the loan (a purchased one is mortgaged
// unless another is); guarantors do not borrow, so neither their income nor their debts count.
func ratiosOf(a *Application, debts map[ident.SubjectID]int64) Ratios {
	r := Ratios{Instalment: InstalmentCalc{a.AmountCents, a.NominalRateBPS, a.TermMonths, products.Instalment(a.AmountCents, a.NominalRateBPS, a.TermMonths)}}
	r.LTV = ltvOf(a)
	r.DTI = dtiOf(a, debts, r.Instalment.InstalmentCents)
	return r
}

func ltvOf(a *Application) LTV {
	l := LTV{AmountCents: a.AmountCents, Missing: []string{}, Basis: []Basis{}, Formula: workflow.Text{
		EN: "amount / sum of the lower of price and appraisal, rounded up", IT: "importo / somma del minore tra prezzo e perizia, arrotondato per eccesso"}}
	var total int64
	complete := true
	for _, c := range securing(a.Properties) {
		b := Basis{PropertyID: c.PropertyID, AddressLine: c.AddressLine, PriceCents: c.PriceCents, AppraisalCents: c.AppraisalCents, UsedCents: lower(c.PriceCents, c.AppraisalCents)}
		l.Basis = append(l.Basis, b)
		if b.UsedCents == nil {
			complete = false
			continue
		}
		total += *b.UsedCents
	}
	switch {
	case len(l.Basis) == 0:
		l.Missing = append(l.Missing, "property")
	case !complete:
		l.Missing = append(l.Missing, "property_value")
	default:
		l.ValueCents = &total
		l.ResultBPS = ceilBPS(a.AmountCents, total)
	}
	return l
}

// securing are the properties the loan is secured on.
func securing(all []Collateral) []Collateral {
	var mortgaged, purchased []Collateral
	seen := map[ident.PropertyID]bool{}
	for _, c := range all {
		switch {
		case seen[c.PropertyID]:
		case c.Purpose == "mortgaged":
			mortgaged = append(mortgaged, c)
			seen[c.PropertyID] = true
		case c.Purpose == "purchased":
			purchased = append(purchased, c)
		}
	}
	if len(mortgaged) > 0 {
		return mortgaged
	}
	return purchased
}

func dtiOf(a *Application, debts map[ident.SubjectID]int64, instalment int64) DTI {
	d := DTI{InstalmentCents: instalment, Missing: []string{}, Parties: []Earner{}, Formula: workflow.Text{
		EN: "(new instalment + existing instalments) / net monthly income of those who borrow, rounded up",
		IT: "(nuova rata + rate in corso) / reddito netto mensile di chi richiede, arrotondato per eccesso"}}
	d.Masked = []string{}
	var income, liabilities int64
	borrowers := 0
	seen := map[ident.SubjectID]bool{}
	for _, p := range a.Parties {
		if seen[p.SubjectID] {
			continue
		}
		seen[p.SubjectID] = true
		owed := debts[p.SubjectID]
		e := Earner{SubjectID: p.SubjectID, DisplayName: p.DisplayName, NetMonthlyCents: p.NetMonthlyCents, LiabilitiesCents: &owed, Counts: borrows(p.RoleType)}
		d.Parties = append(d.Parties, e)
		if !e.Counts {
			continue
		}
		borrowers++
		liabilities += owed
		if e.NetMonthlyCents != nil {
			income += *e.NetMonthlyCents
		}
	}
	d.IncomeCents, d.LiabilitiesCents = &income, &liabilities
	switch {
	case borrowers == 0:
		d.Missing = append(d.Missing, "applicant")
	case income == 0:
		d.Missing = append(d.Missing, "income")
	default:
		d.ResultBPS = ceilBPS(instalment+liabilities, income)
	}
	return d
}

func borrows(role string) bool { return role == "applicant" || role == "co_applicant" }

func lower(a, b *int64) *int64 {
	switch {
	case a == nil:
		return b
	case b == nil || *a < *b:
		return a
	}
	return b
}

// ceilBPS is part/whole in basis points, rounded up: a ratio just above a limit is above it.
func ceilBPS(part, whole int64) *int {
	bps := int((part*10_000 + whole - 1) / whole)
	return &bps
}
