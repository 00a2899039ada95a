package documents

import (
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/workflow"
)

// PartyFacts is what the rules look at of a person in a role.
type PartyFacts struct {
	ID          string // subject
	Role        string
	Natural     bool
	Employment  string
	Citizenship string
	HasLoans    bool
}

// PropertyFacts is what the rules look at of a property.
type PropertyFacts struct {
	ID      string
	Purpose string
}

// Owner says what a requirement or document belongs to.
type Owner string

// Owners.
const (
	OfSubject  Owner = "subject"
	OfProperty Owner = "property"
	OfFile     Owner = "file"
)

// Stage is when a requirement has to be met. Complete covers all up to Collection; the later ones have guards of their own.
type Stage string

// Stages, in their order.
const (
	Mandated   Stage = "mandated"
	Collection Stage = "collection"
	AtLender   Stage = "lender"
	Closing    Stage = "closing"
)

// Requirement is one document a file needs, of somebody, and why.
type Requirement struct {
	Kind  string
	Owner Owner
	ID    string // subject or property; "" for the file
	Stage Stage
	Why   workflow.Text
}

// Paper is a document as the rules see it.
type Paper struct {
	Kind    string
	Owner   Owner
	ID      string
	State   string
	Expires calendar.Date // last good day; zero: no end
}

// rule says from whom, when and why a kind is asked for.
type rule struct {
	stage Stage
	kinds []string
	why   workflow.Text
	party func(PartyFacts) bool    // one for each party it holds for
	asset func(PropertyFacts) bool // one for each property it holds for
}

// rules are the trade's. A rule with neither condition asks once, of the file.
var rules = []rule{
	{stage: Mandated, kinds: []string{"identity", "privacy"}, why: workflow.Text{EN: "every party", IT: "ogni parte"}, party: func(PartyFacts) bool { return true }},
	{stage: Mandated, kinds: []string{"due_diligence"}, why: workflow.Text{EN: "anti-money-laundering due diligence (D.Lgs. 231/2007)", IT: "adeguata verifica (D.Lgs. 231/2007)"}, party: liable},
	{stage: Mandated, kinds: []string{"mandate"}, why: workflow.Text{EN: "the client's mandate", IT: "incarico del cliente"}},
	{stage: Collection, kinds: []string{"tax_code", "residence", "marital_status"}, why: workflow.Text{EN: "every person who is liable", IT: "ogni persona obbligata"}, party: func(p PartyFacts) bool { return p.Natural && liable(p) }},
	{stage: Collection, kinds: []string{"family_status", "bank_statement"}, why: workflow.Text{EN: "who borrows", IT: "chi richiede"}, party: func(p PartyFacts) bool { return p.Natural && borrower(p) }},
	{stage: Collection, kinds: []string{"permit_of_stay"}, why: workflow.Text{EN: "citizens from outside the EU", IT: "cittadini extra UE"}, party: func(p PartyFacts) bool { return p.Natural && liable(p) && !european[p.Citizenship] }},
	{stage: Collection, kinds: []string{"existing_loan"}, why: workflow.Text{EN: "loans already running", IT: "finanziamenti in corso"}, party: func(p PartyFacts) bool { return borrower(p) && p.HasLoans }},
	{stage: Collection, kinds: []string{"payslip", "income_certificate", "employer_statement"}, why: workflow.Text{EN: "employee", IT: "lavoratore dipendente"}, party: works("employee")},
	{stage: Collection, kinds: []string{"tax_return", "chamber_extract", "vat_certificate"}, why: workflow.Text{EN: "self-employed", IT: "lavoratore autonomo"}, party: works("self_employed")},
	{stage: Collection, kinds: []string{"pension_slip", "income_certificate"}, why: workflow.Text{EN: "pensioner", IT: "pensionato"}, party: works("pensioner")},
	{stage: Collection, kinds: []string{"chamber_extract", "tax_return"}, why: workflow.Text{EN: "company that is liable", IT: "società obbligata"}, party: func(p PartyFacts) bool { return !p.Natural && liable(p) }},
	{stage: Collection, kinds: []string{"preliminary_contract"}, why: workflow.Text{EN: "property that is bought", IT: "immobile acquistato"}, asset: func(p PropertyFacts) bool { return p.Purpose == "purchased" }},
	{stage: Collection, kinds: []string{"provenance_deed", "floor_plan", "cadastral_extract", "energy_certificate"}, why: workflow.Text{EN: "property that secures the loan", IT: "immobile a garanzia"}, asset: securing},
	{stage: Collection, kinds: []string{"esis_receipt"}, why: workflow.Text{EN: "the client received the ESIS", IT: "il cliente ha ricevuto il PIES"}},
	{stage: AtLender, kinds: []string{"appraisal"}, why: workflow.Text{EN: "property that secures the loan", IT: "immobile a garanzia"}, asset: securing},
	{stage: AtLender, kinds: []string{"notary_report"}, why: workflow.Text{EN: "the notary's preliminary report", IT: "relazione preliminare del notaio"}},
	{stage: Closing, kinds: []string{"deed", "disbursement_evidence"}, why: workflow.Text{EN: "signing and disbursement", IT: "stipula ed erogazione"}},
}

func borrower(p PartyFacts) bool { return p.Role == "applicant" || p.Role == "co_applicant" }

func liable(p PartyFacts) bool {
	return borrower(p) || p.Role == "guarantor" || p.Role == "third_party_mortgagor"
}

func works(as string) func(PartyFacts) bool {
	return func(p PartyFacts) bool {
		return p.Natural && p.Employment == as && (borrower(p) || p.Role == "guarantor")
	}
}

func securing(p PropertyFacts) bool { return p.Purpose == "purchased" || p.Purpose == "mortgaged" }

// european are the EU and EEA countries and Switzerland, by ISO 3166 code.
var european = func() map[string]bool {
	m := map[string]bool{}
	for _, c := range []string{"AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"} {
		m[c] = true
	}
	return m
}()

// Checklist derives what a file needs. A person in two roles, or a property with two purposes, is asked once.
func Checklist(parties []PartyFacts, properties []PropertyFacts) []Requirement {
	out := []Requirement{}
	seen := map[string]bool{}
	add := func(r rule, kind string, owner Owner, id string) {
		if key := kind + "|" + string(owner) + "|" + id; !seen[key] {
			seen[key] = true
			out = append(out, Requirement{Kind: kind, Owner: owner, ID: id, Stage: r.stage, Why: r.why})
		}
	}
	for _, r := range rules {
		for _, kind := range r.kinds {
			switch {
			case r.party != nil:
				for _, p := range parties {
					if r.party(p) {
						add(r, kind, OfSubject, p.ID)
					}
				}
			case r.asset != nil:
				for _, p := range properties {
					if r.asset(p) {
						add(r, kind, OfProperty, p.ID)
					}
				}
			default:
				add(r, kind, OfFile, "")
			}
		}
	}
	return out
}

// Standing is how a requirement is met at an instant: Failure is "" when it is, else missing, rejected or expires.
type Standing struct {
	Failure string
	Expires calendar.Date // of the accepted document that lasts longest
}

// Judge looks for an accepted document that is still good on the day of the instant.
func (r Requirement) Judge(papers []Paper, at time.Time) Standing {
	day := calendar.Of(at)
	rejected, best, accepted := false, calendar.Date{}, false
	for _, p := range papers {
		if p.Kind != r.Kind || p.Owner != r.Owner || p.ID != r.ID {
			continue
		}
		switch p.State {
		case "rejected":
			rejected = true
		case "accepted":
			if p.Expires.IsZero() {
				return Standing{}
			}
			if !accepted || best.Before(p.Expires) {
				best = p.Expires
			}
			accepted = true
		}
	}
	switch {
	case accepted && !best.Before(day):
		return Standing{Expires: best}
	case accepted:
		return Standing{"expires", best}
	case rejected:
		return Standing{Failure: "rejected"}
	}
	return Standing{Failure: "missing"}
}

// papersOf answers the engine's questions about a file's documents.
type papersOf struct {
	needs  []Requirement
	papers []Paper
}

// DocsValid lists who has no good document of a kind; a kind nobody needs fails nobody.
func (f papersOf) DocsValid(kind string, at time.Time) []workflow.Failure {
	return f.failures(at, func(r Requirement) bool { return r.Kind == kind })
}

// ChecklistComplete lists what is not in order of all that has to be before the file leaves collection.
func (f papersOf) ChecklistComplete(at time.Time) []workflow.Failure {
	return f.failures(at, func(r Requirement) bool { return r.Stage == Mandated || r.Stage == Collection })
}

// Moments are the starts of the days on which a document is no longer good.
func (f papersOf) Moments() []time.Time {
	var out []time.Time
	for _, p := range f.papers {
		if !p.Expires.IsZero() {
			out = append(out, p.Expires.AddDays(1).Time())
		}
	}
	return out
}

func (f papersOf) failures(at time.Time, of func(Requirement) bool) []workflow.Failure {
	var out []workflow.Failure
	for _, r := range f.needs {
		if !of(r) {
			continue
		}
		if s := r.Judge(f.papers, at); s.Failure != "" {
			x := workflow.Failure{Kind: r.Kind, Subject: r.ID, Reason: s.Failure}
			if s.Failure == "expires" {
				last := s.Expires.Time()
				x.Expires = &last
			}
			out = append(out, x)
		}
	}
	return out
}
