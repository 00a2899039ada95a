package api

import (
	"context"
	"regexp"
	"strings"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
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

// mostNamed is how many people a list may show for each to have a line of their own; a longer one is noted as a list.
const mostNamed = 20

// noteEach leaves a note of each person on a short page, before it is answered. A support view leaves none: its request is in the trail.
func (d Deps) noteEach(ctx context.Context, s tenancy.Scope, p page.Page[subjects.Subject], err error) (page.Page[subjects.Subject], error) {
	if err != nil || len(p.Items) == 0 || len(p.Items) > mostNamed || !s.Actor().Support().IsZero() {
		return p, err
	}
	refs := make([]string, 0, len(p.Items))
	for _, who := range p.Items {
		refs = append(refs, who.ID.String())
	}
	return p, d.DB.Load(ctx, s.Noting(audit.SeenEach("subject.listed", refs, subjectGroups...)))
}

// taxCode is a codice fiscale or what it begins with, from the year of birth on: what finds one person.
var taxCode = regexp.MustCompile(`(?i)^[a-z]{6}[0-9lmnpqrstuv]{2}[a-z0-9]{0,8}$`)

// noteFile has a page of a file leave a note, where it shows its people's tax codes or what they earn in clear.
func noteFile(s tenancy.Scope, id ident.ApplicationID) tenancy.Scope {
	return s.Noting(audit.SeenWithin("application.seen", id.String(), anybody, audit.Group{Name: "identifiers", Action: subjects.Read}, income))
}

// noteRatios has a file's ratios leave a note, where they show what its people earn and owe in clear.
func noteRatios(s tenancy.Scope, id ident.ApplicationID) tenancy.Scope {
	return s.Noting(audit.SeenWithin("application.incomes_seen", id.String(), anybody, income))
}

// anybody asks whether a file has people.
const anybody = `select from application_parties l join subjects s on s.tenant_id = l.tenant_id and s.id = l.subject_id where l.application_id = $1`

var income = audit.Group{Name: "income", Action: subjects.ReadIncome}

// noteSearch has a search by tax code leave a note. Which code it was is no one's to read in the trail.
func noteSearch(s tenancy.Scope, words string) tenancy.Scope {
	if !taxCode.MatchString(strings.TrimSpace(words)) {
		return s
	}
	return s.Noting(audit.Seen("search.tax_code", ""))
}
