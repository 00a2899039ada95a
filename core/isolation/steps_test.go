package isolation_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/subjects"
)

// draw takes one of the model's ids, or skips the step when there is none.
func draw[K comparable, V any](t *rapid.T, from map[K]V, what string, order func(K) string) K {
	if len(from) == 0 {
		t.Skip("there is none")
	}
	keys := slices.SortedFunc(maps.Keys(from), func(a, b K) int { return strings.Compare(order(a), order(b)) })
	return keys[rapid.IntRange(0, len(keys)-1).Draw(t, what)]
}

func person(t *rapid.T, from *truth) ident.SubjectID {
	return draw(t, from.people, "person", ident.SubjectID.String)
}

func opened(t *rapid.T, from *truth) ident.ApplicationID {
	return draw(t, from.files, "file", ident.ApplicationID.String)
}

func who(t *rapid.T) int { return rapid.IntRange(0, 1).Draw(t, "agency") }

func (h *history) fine(t *rapid.T, err error) {
	if err != nil {
		t.Fatalf("what its own agency may do failed: %v", err)
	}
	h.steps++
}

// surnames are few, so that both agencies use the same.
var surnames = rapid.SampledFrom([]string{"Rossi", "Bianchi", "Verdi"})

func (h *history) enters(t *rapid.T) {
	n, name := who(t), surnames.Draw(t, "name")
	s, err := h.Subjects.Create(h.ctx, h.agency(n).Do("broker", "subjects.write"), subjects.Data{Kind: "natural", FirstName: "Ada", LastName: name, Citizenship: "IT"})
	h.fine(t, err)
	h.truth[n].people[s.ID] = name
}

func (h *history) renames(t *rapid.T) {
	n, name := who(t), surnames.Draw(t, "name")
	id := person(t, h.truth[n])
	h.fine(t, h.rename(n, id, name))
	h.truth[n].people[id] = name
}

func (h *history) rename(n int, id ident.SubjectID, name string) error {
	scope := h.agency(n).Do("broker", "subjects.write")
	read, err := h.Subjects.Get(h.ctx, h.agency(n).Do("broker", "subjects.read"), id)
	if err != nil {
		read.Version = 1 // another's: let the change itself be refused
	}
	raw, _ := json.Marshal(name)
	_, err = h.Subjects.Change(h.ctx, scope, id, read.Version, map[string]json.RawMessage{"last_name": raw})
	return err
}

func (h *history) forgets(t *rapid.T) {
	n := who(t)
	id := person(t, h.truth[n])
	for _, f := range h.truth[n].files {
		if f.parties[id] {
			t.Skip("takes part in a file")
		}
	}
	read, err := h.Subjects.Get(h.ctx, h.agency(n).Do("broker", "subjects.read"), id)
	h.fine(t, err)
	h.fine(t, h.Subjects.Delete(h.ctx, h.agency(n).Do("broker", "subjects.delete"), id, read.Version))
	delete(h.truth[n].people, id)
}

func (h *history) opens(t *rapid.T) {
	n := who(t)
	a, err := h.Applications.Create(h.ctx, h.agency(n).Do("broker", "applications.write"), applications.Input{Purpose: "first_home", ProductKind: "mortgage",
		RateKind: "fixed", AmountCents: 100_000_00, TermMonths: 240, NominalRateBPS: 350, PlannedSubmission: office.Planned})
	h.fine(t, err)
	h.truth[n].files[a.ID] = &file{parties: map[ident.SubjectID]bool{}}
}

func (h *history) adds(t *rapid.T) {
	n := who(t)
	app, id := opened(t, h.truth[n]), person(t, h.truth[n])
	if f := h.truth[n].files[app]; f.parties[id] || len(f.parties) == 3 {
		t.Skip("is there already")
	}
	_, err := h.Applications.AddParty(h.ctx, h.agency(n).Do("broker", "applications.write"), app, 0, applications.Party{SubjectID: id, RoleType: "guarantor"})
	h.fine(t, err)
	h.truth[n].files[app].parties[id] = true
}

func (h *history) notes(t *rapid.T) {
	n := who(t)
	app := opened(t, h.truth[n])
	_, err := h.Applications.AddNote(h.ctx, h.agency(n).Do("broker", "applications.write"), app, "Nota")
	h.fine(t, err)
	h.truth[n].files[app].notes++
}

// reaches lets one agency try what it can with an id of the other: each must be refused as if nothing were there.
func (h *history) reaches(t *rapid.T) {
	n := who(t)
	me, other := h.agency(n), h.truth[1-n]
	id := person(t, other)
	tries := map[string]error{"rename": h.rename(n, id, "Preso"), "delete": h.Subjects.Delete(h.ctx, me.Do("broker", "subjects.delete"), id, 1)}
	if len(h.truth[n].files) > 0 {
		_, tries["take into a file"] = h.Applications.AddParty(h.ctx, me.Do("broker", "applications.write"), opened(t, h.truth[n]), 0, applications.Party{SubjectID: id, RoleType: "guarantor"})
	}
	h.nothing(t, tries)
}

func (h *history) reachesFile(t *rapid.T) {
	n := who(t)
	me, app := h.agency(n), opened(t, h.truth[1-n])
	tries := map[string]error{}
	_, tries["note on a file"] = h.Applications.AddNote(h.ctx, me.Do("broker", "applications.write"), app, "Nota")
	_, tries["read a file"] = h.Applications.Get(h.ctx, me.Do("broker", "applications.read"), app)
	_, tries["history of a file"] = h.Applications.History(h.ctx, me.Do("broker", "applications.read"), app, page.Query{})
	h.nothing(t, tries)
}

func (h *history) nothing(t *rapid.T, tries map[string]error) {
	for _, what := range slices.Sorted(maps.Keys(tries)) {
		if err := tries[what]; !fault.Is(err, fault.NotFound) {
			t.Fatalf("%s of another agency: %v", what, err)
		}
	}
	h.steps++
}
