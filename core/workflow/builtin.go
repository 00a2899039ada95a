package workflow

import "strings"

var (
	zero     = int64(0)
	manyOfIt = int64(500)
	maxCents = int64(1_000_000_000_000)
	maxBps   = int64(100_000_000)
	maxMonth = int64(1200)
)

func builtIn(name, kind, owner, fix string) *Fact {
	f := &Fact{Name: name, Owner: owner, Fix: fix, BuiltIn: true, Schema: &Schema{Type: kind}}
	switch kind {
	case "timestamp":
		f.Schema = &Schema{Type: "string", Format: "date-time"}
	case "integer":
		f.Schema.Minimum = &zero
		switch {
		case strings.HasSuffix(name, "_cents"):
			f.Schema.Maximum = &maxCents
		case strings.HasSuffix(name, "_bps"):
			f.Schema.Maximum = &maxBps
		case strings.HasSuffix(name, "_months"):
			f.Schema.Maximum = &maxMonth
		}
	}
	return f
}

func choice(name, owner, fix string, values ...string) *Fact {
	return &Fact{Name: name, Owner: owner, Fix: fix, BuiltIn: true, Schema: &Schema{Type: "string", Enum: values}}
}

func records(name, key, owner, fix string, members ...*Fact) *Fact {
	return &Fact{Name: name, Owner: owner, Fix: fix, BuiltIn: true,
		Schema: &Schema{Type: "array", MaxItems: &manyOfIt, Key: key, Items: &Schema{Type: "object", Properties: members}}}
}

// applicationFacts are computed by the features; a template may read them and set only the two actor ids.
func applicationFacts() []*Fact {
	prepared, released := builtIn("prepared_by", "string", "system", ""), builtIn("released_by", "string", "system", "")
	prepared.Settable, released.Settable = true, true
	return []*Fact{
		builtIn("amount_cents", "integer", "broker", "form:application"),
		builtIn("term_months", "integer", "broker", "form:application"),
		builtIn("purpose", "string", "broker", "form:application"),
		builtIn("rate_kind", "string", "broker", "form:application"),
		builtIn("product_kind", "string", "broker", "form:application"),
		builtIn("value_cents", "integer", "broker", "form:properties"),
		builtIn("ltv_bps", "integer", "broker", "form:ratios"),
		builtIn("dti_bps", "integer", "broker", "form:ratios"),
		builtIn("created_by", "string", "system", ""),
		builtIn("owner_id", "string", "agency_admin", "form:application"),
		prepared, released,
		builtIn("planned_submission", "timestamp", "broker", "form:application"),
		choice("risk_profile", "compliance_officer", "form:facts", "low", "medium", "high"),
		builtIn("pep", "boolean", "compliance_officer", "form:parties"),
		records("parties", "subject_id", "broker", "form:parties",
			builtIn("subject_id", "string", "", ""), builtIn("role_type", "string", "", ""), builtIn("natural", "boolean", "", ""), builtIn("employment", "string", "", "")),
		records("properties", "property_id", "broker", "form:properties",
			builtIn("property_id", "string", "", ""), builtIn("purpose", "string", "", ""), builtIn("value_cents", "integer", "", "")),
		records("docs", "kind", "broker", "form:documents",
			builtIn("kind", "string", "", ""), builtIn("subject_id", "string", "", ""),
			choice("state", "", "", "requested", "uploaded", "accepted", "rejected"), builtIn("issued", "timestamp", "", ""), builtIn("expires", "timestamp", "", "")),
		builtIn("submissions_open", "integer", "system", "form:submissions"),
		builtIn("submissions_approved", "integer", "system", "form:submissions"),
		builtIn("submissions_lost", "integer", "system", "form:submissions"),
		builtIn("open_banking.consent_valid", "boolean", "broker", "connector:openbanking"),
		builtIn("open_banking.valid_until", "timestamp", "broker", "connector:openbanking"),
		builtIn("identity_verified", "boolean", "broker", "connector:identity"),
		choice("identity_level", "broker", "connector:identity", "low", "substantial", "high"),
		builtIn("cashflow.monthly_income_cents", "integer", "broker", "connector:cashflow"),
		builtIn("cashflow.fixed_costs_cents", "integer", "broker", "connector:cashflow"),
		builtIn("cashflow.instalments_cents", "integer", "broker", "connector:cashflow"),
		builtIn("cashflow.gambling_monthly_cents", "integer", "broker", "connector:cashflow"),
		builtIn("cashflow.days_below_zero", "integer", "broker", "connector:cashflow"),
		builtIn("cashflow.returned_debits", "integer", "broker", "connector:cashflow"),
		builtIn("cashflow.buffer_days", "integer", "broker", "connector:cashflow"),
		builtIn("credit.score", "integer", "broker", "connector:bureau"),
		builtIn("credit.instalments_cents", "integer", "broker", "connector:bureau"),
		builtIn("credit.late", "integer", "broker", "connector:bureau"),
		builtIn("credit.defaults", "integer", "broker", "connector:bureau"),
	}
}

// builtInFacts gives the table of a subject; a submission also sees its application's.
func builtInFacts(subject string) []*Fact {
	switch subject {
	case "application":
		return applicationFacts()
	case "submission":
		own := []*Fact{
			builtIn("lender_id", "string", "broker", "form:submission"),
			builtIn("product_id", "string", "broker", "form:submission"),
			builtIn("amount_cents", "integer", "broker", "form:submission"),
			builtIn("rate_bps", "integer", "system", "connector:bankportal"),
			builtIn("lender_reference", "string", "system", "connector:bankportal"),
			builtIn("requested_items_open", "integer", "broker", "form:answers"),
			builtIn("offer_expires", "timestamp", "system", "connector:bankportal"),
		}
		for _, f := range applicationFacts() {
			f.Name, f.Settable = "application."+f.Name, false
			own = append(own, f)
		}
		return own
	case "consent":
		return []*Fact{
			builtIn("institution", "string", "broker", "form:consent"),
			builtIn("valid_until", "timestamp", "system", "connector:openbanking"),
			builtIn("reads_today", "integer", "system", ""),
		}
	}
	return nil
}

// isAtom tells the names under which the domain functions' answers stand in facts.
func isAtom(name string) bool {
	return strings.HasPrefix(name, atomChecklist) || strings.HasPrefix(name, atomDocument)
}

const (
	atomChecklist = "checklist.complete"
	atomDocument  = "docs.valid."
)
