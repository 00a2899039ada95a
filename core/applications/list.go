package applications

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Filter narrows a list of files.
type Filter struct {
	page.Query
	State   string       `query:"state" maxLength:"100"`
	Owner   ident.UserID `query:"owner"`
	Open    bool         `query:"open" doc:"Only files that have not ended"`
	Stuck   bool         `query:"blocked" doc:"Only files whose next step is blocked"`
	Stalled bool         `query:"stalled" doc:"Only files that have stood in their state for longer than expected, the longest first; each says so"`
	Q       string       `query:"q" maxLength:"100" doc:"Part of the number, the title or a party's name"`
}

// narrowed is the filter in SQL, over the parameters of narrow as $2 to $6.
const narrowed = `($2 = '' or i.state = $2) and ($3::uuid is null or a.owner_id = $3) and (not $4 or i.outcome is null) and (not $5 or i.blocked is not null)
	and ($6 = '' or a.id in (select x.id from search_ids($6, 200) x where x.noun = 'application')
	     or exists (select from application_parties p join search_ids($6, 200) x on x.noun = 'subject' and x.id = p.subject_id where p.application_id = a.id))`

func (f Filter) narrow() []any { return []any{f.State, f.Owner, f.Open, f.Stuck, f.Q} }

type cardKey struct {
	At time.Time           `json:"t"`
	ID ident.ApplicationID `json:"i"`
}

// List pages through files, the newest change first.
func (s *Service) List(ctx context.Context, scope tenancy.Scope, f Filter) (page.Page[Card], error) {
	var key cardKey
	after, err := f.Key(&key)
	if err != nil {
		return page.Page[Card]{}, err
	}
	if f.Stalled {
		return s.stalled(ctx, scope, f, key, after)
	}
	var rows []cardRow
	where := `where ` + narrowed + ` and (not $1 or (i.updated_at, a.id) < ($7, $8::uuid)) order by i.updated_at desc, a.id desc limit $9`
	roles, err := s.db.LoadAs(ctx, scope, loadCards(&rows, where, append(append([]any{after}, f.narrow()...), key.At, orNil(key.ID), f.Size()+1)...))
	if err != nil {
		return page.Page[Card]{}, err
	}
	cards, err := s.cards(ctx, scope, rows, roles)
	return page.Of(cards, f.Size(), func(c Card) cardKey { return cardKey{c.UpdatedAt, c.ID} }), err
}

func orNil(id ident.ApplicationID) any {
	if id.IsZero() {
		return nil
	}
	return id
}

// cards gives rows the titles of their states and the values that a reader with these roles may see; a list has few templates, and compiled ones are in memory.
func (s *Service) cards(ctx context.Context, scope tenancy.Scope, rows []cardRow, roles []string) ([]Card, error) {
	out := make([]Card, 0, len(rows))
	for _, r := range rows {
		m, err := s.engine.Pinned(ctx, s.db, scope, r.workflow)
		if err != nil {
			return nil, err
		}
		r.title(m, r.states)
		r.Breaches = instances.Reveal(m, r.Breaches, r.recorded, roles)
		out = append(out, r.Card)
	}
	return out, nil
}

// Board is the pipeline: a column for each state, in the order of the published template.
type Board struct {
	Columns []Column `json:"columns"`
}

// Column is a state with its first files; Count and SumCents are over all of them.
type Column struct {
	State    string        `json:"state"`
	Title    workflow.Text `json:"title"`
	Final    bool          `json:"final"`
	Count    int           `json:"count"`
	SumCents int64         `json:"sum_cents"`
	Items    []Card        `json:"items"`
}

// columnMost is how many cards a column brings; the list has the others.
const columnMost = 50

// Board reads the whole pipeline in one round trip; stalled: only the files that are, counted as far as they are shown.
func (s *Service) Board(ctx context.Context, scope tenancy.Scope, stalled bool) (Board, error) {
	totals := map[string]total{}
	var rows []cardRow
	var newest ident.WorkflowID
	template := tenancy.Value(&newest, `select id from live_workflows where subject = 'application'`)
	var roles []string
	var err error
	if stalled {
		roles, err = s.loadStalledBoard(ctx, scope, &rows, template)
		for _, r := range rows {
			totals[r.State] = total{totals[r.State].count + 1, totals[r.State].cents + r.AmountCents}
		}
	} else {
		roles, err = s.db.LoadAs(ctx, scope, template, loadTotals(totals),
			loadCards(&rows, `join (select row_number() over (partition by j.state order by j.updated_at desc) as place, j.id from instances j where j.subject = 'application') n
				on n.id = a.id and n.place <= $1 order by i.updated_at desc, a.id`, columnMost))
	}
	if err != nil {
		return Board{}, err
	}
	cards, err := s.cards(ctx, scope, rows, roles)
	if err != nil {
		return Board{}, err
	}
	b := Board{Columns: []Column{}}
	at := map[string]int{}
	add := func(state string, title workflow.Text, final bool) {
		if _, there := at[state]; there {
			return
		}
		at[state] = len(b.Columns)
		b.Columns = append(b.Columns, Column{State: state, Title: title, Final: final, Count: totals[state].count, SumCents: totals[state].cents, Items: []Card{}})
	}
	if !newest.IsZero() {
		m, err := s.engine.Pinned(ctx, s.db, scope, newest)
		if err != nil {
			return Board{}, err
		}
		for _, state := range m.Template.Columns() {
			add(state.Name, m.Template.StateTitle(state.Name), state.Kind == "final")
		}
	}
	for _, c := range cards { // a file pinned to an older template may stand in a state the newest does not have
		add(c.State, c.StateTitle, c.Outcome != nil)
		i := at[c.State]
		if len(b.Columns[i].Items) < columnMost {
			b.Columns[i].Items = append(b.Columns[i].Items, c)
		}
	}
	return b, nil
}

// total is a column's files: how many, and what they ask for.
type total struct {
	count int
	cents int64
}

func loadTotals(dst map[string]total) tenancy.Load {
	return tenancy.Scan(`select i.state, count(*), sum(a.amount_cents)::bigint from applications a join instances i on i.id = a.id group by 1`, nil, func(r pgx.Rows) error {
		var state string
		var t total
		err := r.Scan(&state, &t.count, &t.cents)
		dst[state] = t
		return err
	})
}
