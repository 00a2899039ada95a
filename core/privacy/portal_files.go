package privacy

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// How many files, and how much of the history of each, the portal shows: the newest.
const (
	filesShown = 50
	stepsShown = 60
)

// OwnFile is where one of the person's files stands: what has happened, who has it now, what comes next.
type OwnFile struct {
	ID        ident.ApplicationID `json:"id"`
	Number    string              `json:"number"`
	Role      string              `json:"role"`
	Stage     Text                `json:"stage"`
	Beside    []Text              `json:"beside" doc:"What else holds: that the file is on hold"`
	Outcome   string              `json:"outcome" enum:"open,won,lost"`
	Since     time.Time           `json:"since"`
	CreatedAt time.Time           `json:"created_at"`
	With      *Text               `json:"with" doc:"Who has it now: lenders by name, the agency's people by role; null at the end"`
	Next      *Text               `json:"next" doc:"The stage that comes next when all goes well; null at the end"`
	Reached   []Reached           `json:"reached" doc:"The stages it came into, the newest first"`
}

// Reached is a stage that a file came into.
type Reached struct {
	At    time.Time `json:"at"`
	Stage Text      `json:"stage"`
}

// ownRow is a file as it is read, before its process gives it words.
type ownRow struct {
	OwnFile
	states  []string
	process ident.WorkflowID
	entries []workflow.Entry
	lenders []string
}

// Files shows the person in the portal where their files stand, in the words of the agency's own process, the newest first.
func (s *Service) Files(ctx context.Context, scope tenancy.Scope) ([]OwnFile, error) {
	var rows []ownRow
	err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(loadOwnFiles(&rows, scope.Actor().Subject())); err != nil {
			return err
		}
		loads := []tenancy.Load{loadLenders(rows)}
		for i := range rows {
			loads = append(loads, instances.LoadHistory(&rows[i].entries, ident.Instance(rows[i].ID), 0, stepsShown))
		}
		return tx.Load(loads...)
	})
	if err != nil {
		return nil, err
	}
	out := []OwnFile{}
	for _, r := range rows {
		m, err := s.engine.Pinned(ctx, s.db, scope, r.process)
		if err != nil {
			return nil, err
		}
		out = append(out, r.say(m))
	}
	return out, nil
}

func loadOwnFiles(dst *[]ownRow, id ident.SubjectID) tenancy.Load {
	return tenancy.Scan(`select a.id, a.number, p.role_type, i.states, coalesce(i.outcome, 'open'), i.entered_at, a.created_at, i.workflow_version_id
		from application_parties p join applications a on a.id = p.application_id join instances i on i.id = a.id where p.subject_id = $1 order by a.id desc, p.id limit $2`, []any{id, filesShown}, func(rows pgx.Rows) error {
		var r ownRow
		err := rows.Scan(&r.ID, &r.Number, &r.Role, &r.states, &r.Outcome, &r.Since, &r.CreatedAt, &r.process)
		*dst = append(*dst, r)
		return err
	}).From(func() { *dst = nil })
}

// loadLenders names the lenders that have files before them.
func loadLenders(files []ownRow) tenancy.Load {
	var ids []ident.ApplicationID
	for _, f := range files {
		ids = append(ids, f.ID)
	}
	return tenancy.Scan(`select x.application_id, l.name, i.state, i.outcome from submissions x join lenders l on l.id = x.lender_id join instances i on i.id = x.id
		where x.application_id = any($1) order by x.id limit 1000`, []any{ids}, func(rows pgx.Rows) error {
		var id ident.ApplicationID
		var name, state string
		var outcome *string
		if err := rows.Scan(&id, &name, &state, &outcome); err != nil || applications.Count(state, outcome).Open == 0 {
			return err
		}
		for i := range files {
			if files[i].ID == id && !slices.Contains(files[i].lenders, name) {
				files[i].lenders = append(files[i].lenders, name)
			}
		}
		return nil
	})
}

// say puts a file into the words of its process.
func (r ownRow) say(m *workflow.Machine) OwnFile {
	f := r.OwnFile
	f.Stage, f.Beside, f.Reached = m.Template.StateTitle(m.Lead(r.states)), append([]Text{}, m.Aside(r.states)...), reached(m, r.entries)
	if f.Outcome != "open" {
		return f
	}
	next, by := ahead(m, r.states)
	f.With, f.Next = hands(r.lenders, by), next
	return f
}

// reached are the stages of a history that is read from its end.
func reached(m *workflow.Machine, entries []workflow.Entry) []Reached {
	out := []Reached{}
	for _, e := range entries {
		if to := m.Lead(e.To); to != "" && to != m.Lead(e.From) {
			out = append(out, Reached{e.At, m.Template.StateTitle(to)})
		}
	}
	return out
}

// hands are whose turn it is: the lenders', else those who bring the file on, by role.
func hands(lenders, by []string) *Text {
	if names := strings.Join(lenders, ", "); names != "" {
		return &Text{EN: names, IT: names}
	}
	for _, role := range by {
		if words, known := roleWords[role]; known {
			return &words
		}
	}
	return &Text{EN: "the agency", IT: "l'agenzia"}
}

// ahead is the next stage on the shortest way to a good end, and the roles that bring a file there: what the process says, whatever
// holds this file up. nil where no way leads there.
func ahead(m *workflow.Machine, states []string) (next *Text, by []string) {
	type way struct {
		at    workflow.Instance
		first string
		by    []string
	}
	edges := m.Edges()
	seen := map[string]bool{m.Lead(states): true}
	for queue := []way{{at: workflow.Instance{States: states}}}; len(queue) > 0; queue = queue[1:] {
		from := queue[0]
		leaves := m.ActiveIn(from.at)
		for _, e := range edges {
			if !slices.ContainsFunc(leaves, func(leaf *workflow.State) bool { return leaf.Lies(e.Source) }) {
				continue
			}
			to := way{m.Moved(from.at, []workflow.Edge{e}), from.first, from.by}
			lead := m.Lead(to.at.States)
			if lead == "" || seen[lead] {
				continue
			}
			seen[lead] = true
			if to.first == "" {
				to.first = lead
				if ev := m.Event(e.On); ev != nil {
					to.by = ev.Roles()
				}
			}
			if end := m.State(lead); end != nil && end.Outcome == "won" {
				words := m.Template.StateTitle(to.first)
				return &words, to.by
			}
			queue = append(queue, to)
		}
	}
	return nil, nil
}
