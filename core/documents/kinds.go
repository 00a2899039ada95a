package documents

import (
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/workflow"
)

// validity is how long a paper is good from the day of issue, in days or months. A kind that is not here does not age, or
// carries its own end.
var validity = map[string]struct{ days, months int }{
	"residence":          {months: 6},
	"family_status":      {months: 6},
	"marital_status":     {months: 6},
	"bank_statement":     {months: 3},
	"existing_loan":      {months: 3},
	"payslip":            {days: 60},
	"income_certificate": {months: 18},
	"tax_return":         {months: 18},
	"employer_statement": {days: 60},
	"chamber_extract":    {months: 6},
	"vat_certificate":    {months: 6},
	"pension_slip":       {days: 60},
	"cadastral_extract":  {months: 3},
	"energy_certificate": {months: 120},
	"due_diligence":      {months: 12},
	"appraisal":          {months: 6},
}

// Title is a kind's name in both languages.
func Title(code string) workflow.Text {
	title, ok := workflow.KindTitle(code)
	if !ok {
		return workflow.Text{EN: code, IT: code}
	}
	return title
}

// Known reports whether a code is one of the trade's.
func Known(code string) bool {
	_, ok := workflow.KindTitle(code)
	return ok
}

// ExpiresOn is the last day a document of the kind is good, counted from its issue; zero when it does not age by itself.
func ExpiresOn(code string, issued calendar.Date) calendar.Date {
	good := validity[code]
	switch {
	case issued.IsZero():
	case good.days > 0:
		return issued.AddDays(good.days)
	case good.months > 0:
		return issued.AddMonths(good.months)
	}
	return calendar.Date{}
}
