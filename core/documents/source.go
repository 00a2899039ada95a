package documents

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Source contributes a file's documents to its facts.
type Source struct{}

// Gather reads the file's papers in its batch and derives the checklist from its facts.
func (Source) Gather(id ident.ApplicationID) (loads []tenancy.Load, apply func(*applications.File)) {
	var rows []Document
	return []tenancy.Load{load(&rows, ofFile, id)}, func(f *applications.File) {
		f.Domain = judge(f, rows)
		docs := []any{}
		for _, d := range rows {
			x := map[string]any{"kind": d.Kind, "state": d.State}
			if !d.SubjectID.IsZero() {
				x["subject_id"] = d.SubjectID.String()
			}
			if !d.IssuedOn.IsZero() {
				x["issued"] = d.IssuedOn.Time()
			}
			if !d.ExpiresOn.IsZero() {
				x["expires"] = d.ExpiresOn.Time()
			}
			docs = append(docs, x)
		}
		f.Extra["docs"] = docs
	}
}

func judge(f *applications.File, rows []Document) papersOf {
	parties := make([]PartyFacts, 0, len(f.Parties))
	for _, p := range f.Parties {
		d := f.Details[p.SubjectID]
		parties = append(parties, PartyFacts{ID: p.SubjectID.String(), Role: p.RoleType, Natural: d.Natural, Employment: d.Employment, Citizenship: d.Citizenship, HasLoans: d.Liabilities > 0})
	}
	properties := make([]PropertyFacts, 0, len(f.Properties))
	for _, c := range f.Properties {
		properties = append(properties, PropertyFacts{ID: c.PropertyID.String(), Purpose: c.Purpose})
	}
	papers := make([]Paper, 0, len(rows))
	for _, d := range rows {
		papers = append(papers, d.paper())
	}
	return papersOf{needs: Checklist(parties, properties), papers: papers}
}

// List is a file's checklist with how each line stands on the planned submission day.
type List struct {
	Complete          bool          `json:"complete"`
	PlannedSubmission calendar.Date `json:"planned_submission"`
	Items             []Item        `json:"items"`
}

// Item is one line of a checklist. Document is the one that decides: the accepted one, else the newest.
type Item struct {
	Kind      string        `json:"kind"`
	Title     workflow.Text `json:"title"`
	Owner     ItemOwner     `json:"owner"`
	Why       workflow.Text `json:"why"`
	Stage     Stage         `json:"stage"`
	Document  *Document     `json:"document"`
	Failure   *string       `json:"failure" enum:"missing,rejected,expires"`
	ExpiresOn calendar.Date `json:"expires_on"`
}

// ItemOwner is whose document it is.
type ItemOwner struct {
	Type Owner  `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Checklist derives a file's list.
func (s *Service) Checklist(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (List, error) {
	var rows []Document
	var out List
	err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.files.Fetch(tx, id, false)
		if err != nil {
			return err
		}
		if err := tx.Load(load(&rows, ofFile, id)); err != nil {
			return err
		}
		out = listOf(f, rows, f.PlannedSubmission.Time())
		return nil
	})
	return out, err
}

func listOf(f *applications.File, rows []Document, at time.Time) List {
	names := map[string]string{"": f.Number}
	for _, p := range f.Parties {
		names[p.SubjectID.String()] = p.DisplayName
	}
	for _, c := range f.Properties {
		names[c.PropertyID.String()] = c.AddressLine
	}
	j := judge(f, rows)
	out := List{Complete: len(j.ChecklistComplete(at)) == 0, PlannedSubmission: f.PlannedSubmission, Items: []Item{}}
	for _, r := range j.needs {
		standing := r.Judge(j.papers, at)
		item := Item{Kind: r.Kind, Title: Title(r.Kind), Owner: ItemOwner{r.Owner, r.ID, names[r.ID]}, Why: r.Why, Stage: r.Stage, ExpiresOn: standing.Expires}
		if standing.Failure != "" {
			item.Failure = &standing.Failure
		}
		for i := range rows {
			p := rows[i].paper()
			if p.Kind == r.Kind && p.Owner == r.Owner && p.ID == r.ID && (item.Document == nil || item.Document.State != "accepted" || rows[i].State == "accepted") {
				item.Document = &rows[i]
			}
		}
		out.Items = append(out.Items, item)
	}
	return out
}
