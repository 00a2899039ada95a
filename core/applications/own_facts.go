package applications

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Fact is one of the template's own facts, as the form shows it.
type Fact struct {
	Name     string        `json:"name"`
	Type     string        `json:"type"`
	Format   string        `json:"format,omitempty"` // date, date-time
	Title    workflow.Text `json:"title"`
	Value    any           `json:"value"`
	Missing  bool          `json:"missing"`
	Owner    string        `json:"owner"`
	Source   *string       `json:"source"`
	Actor    *Person       `json:"actor"`
	At       *time.Time    `json:"at"`
	Editable bool          `json:"editable"`
	Enum     []string      `json:"enum,omitempty"`
	Minimum  *int64        `json:"minimum,omitempty"`
	Maximum  *int64        `json:"maximum,omitempty"`
}

// OwnFacts are the template's own facts with the version they were read at.
type OwnFacts struct {
	Version int    `json:"version"`
	Items   []Fact `json:"items"`
}

// Tag is the version answered as ETag.
func (f OwnFacts) Tag() int { return f.Version }

// OwnFacts lists the template's own facts, each with owner and source.
func (s *Service) OwnFacts(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (out OwnFacts, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = s.ownFacts(tx, id)
		return err
	})
	return out, err
}

func (s *Service) ownFacts(tx *tenancy.Tx, id ident.ApplicationID) (OwnFacts, error) {
	names := people{}
	latest := map[string]Fact{}
	f, loads, assemble := s.prepare(id, false)
	loads = append(loads, names.load(), tenancy.Scan(`select distinct on (name) name, source, actor_id, at from fact_changes
		where instance_id = $1 order by name, number desc`, []any{id}, func(rows pgx.Rows) error {
		var x Fact
		var source, actor string
		var at time.Time
		err := rows.Scan(&x.Name, &source, &actor, &at)
		x.Source, x.Actor, x.At = &source, &Person{ID: actor}, &at
		latest[x.Name] = x
		return err
	}))
	if err := tx.Load(loads...); err != nil {
		return OwnFacts{}, err
	}
	if err := assemble(tx); err != nil {
		return OwnFacts{}, err
	}
	out := OwnFacts{Version: f.Version, Items: []Fact{}}
	for _, d := range f.Machine.Machine.Template.Facts {
		x := latest[d.Name]
		if x.Actor != nil {
			*x.Actor = names.named(x.Actor.ID)
		}
		x.Name, x.Type, x.Owner, x.Title = d.Name, d.Schema.Type, d.Owner, d.Title.Or(workflow.Text{EN: d.Name, IT: d.Name})
		x.Format, x.Enum, x.Minimum, x.Maximum = d.Schema.Format, d.Schema.Enum, d.Schema.Minimum, d.Schema.Maximum
		x.Value = d.Masked(f.Machine.Recorded[d.Name], tx.Roles())
		x.Missing = x.Value == nil
		x.Editable = mayEdit(d, tx.Roles()) && d.ShownTo(tx.Roles()) && !slices.Contains(f.Machine.Instance.Frozen, d.Name)
		out.Items = append(out.Items, x)
	}
	return out, nil
}

// mayEdit: a fact without an owner is everybody's who may write files.
func mayEdit(d *workflow.Fact, roles []string) bool {
	return d.Owner == "" || slices.Contains(roles, d.Owner)
}

// SetFacts records values a person enters; only facts of roles the caller holds.
func (s *Service) SetFacts(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, version int, values map[string]json.RawMessage) (OwnFacts, error) {
	var out OwnFacts
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		f, err := s.Fetch(tx, id, true)
		switch {
		case err != nil:
			return err
		case f.Version != version:
			return errStale
		case f.Outcome != nil:
			return errEnded
		}
		given, err := s.given(f, tx, values)
		if err != nil {
			return err
		}
		if err := s.settled(tx, f, "application.facts", given); err != nil {
			return err
		}
		out, err = s.ownFacts(tx, id)
		return err
	})
	return out, err
}

func (s *Service) given(f *File, tx *tenancy.Tx, values map[string]json.RawMessage) ([]workflow.FactChange, error) {
	var given []workflow.FactChange
	for name, raw := range values {
		d := f.Machine.Machine.Fact(name)
		switch {
		case d == nil || d.BuiltIn:
			return nil, fault.Input("fact.unknown", "/"+name, "The workflow declares no such fact; GET …/facts lists them.")
		case !mayEdit(d, tx.Roles()):
			return nil, fault.New(fault.Forbidden, "fact.owner", "The fact "+name+" belongs to the role "+d.Owner+".")
		case slices.Contains(f.Machine.Instance.Frozen, name):
			return nil, fault.New(fault.Refused, "fact.frozen", "The fact "+name+" can no longer change in the present state.")
		}
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, fault.Input("fact.value", "/"+name, "The value cannot be read.")
		}
		facts, err := f.Machine.Machine.Normalize(map[string]any{name: value})
		if err != nil {
			return nil, fault.Input("fact.value", "/"+name, fmt.Sprintf("The value does not fit: %s.", err))
		}
		given = append(given, workflow.FactChange{Name: name, Value: facts[name], Source: "form", Actor: tx.Scope().Actor().ID(), At: tx.Now()})
	}
	slices.SortFunc(given, func(a, b workflow.FactChange) int { return strings.Compare(a.Name, b.Name) })
	return given, nil
}
