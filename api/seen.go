package api

import (
	"regexp"
	"strings"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// subjectGroups are the sensitive groups of a person's page. Where a group takes a permission of its own, it is named here.
var subjectGroups = []audit.Group{
	{Name: "identifiers"}, {Name: "contacts"}, {Name: "bank"}, {Name: "risk"},
	{Name: "income", Action: subjects.ReadIncome}, {Name: "liabilities", Action: subjects.ReadIncome},
	{Name: "identity_documents", Action: "subjects.read_identity"}, {Name: "health", Action: "subjects.read_health"}, {Name: "legal", Action: "subjects.read_legal"},
}

// noteList has a page of people leave a note, as the whole records it shows; a search by tax code leaves its own.
func noteList(s tenancy.Scope, words string) tenancy.Scope {
	if taxCode.MatchString(strings.TrimSpace(words)) {
		return noteSearch(s, words)
	}
	return s.Noting(audit.Seen("subjects.listed", "", subjectGroups...))
}

// taxCode is a codice fiscale or what it begins with, from the year of birth on: what finds one person.
var taxCode = regexp.MustCompile(`(?i)^[a-z]{6}[0-9lmnpqrstuv]{2}[a-z0-9]{0,8}$`)

// noteFile has a page of a file leave a note, where it shows what its people earn and owe in clear.
func noteFile(s tenancy.Scope, id ident.ApplicationID) tenancy.Scope {
	return s.Noting(audit.SeenWithin("application.incomes_seen", id.String(), `select from application_parties l join subjects s on s.tenant_id = l.tenant_id and s.id = l.subject_id where l.application_id = $1`,
		audit.Group{Name: "income", Action: subjects.ReadIncome}))
}

// noteSearch has a search by tax code leave a note. Which code it was is no one's to read in the trail.
func noteSearch(s tenancy.Scope, words string) tenancy.Scope {
	if !taxCode.MatchString(strings.TrimSpace(words)) {
		return s
	}
	return s.Noting(audit.Seen("search.tax_code", ""))
}
