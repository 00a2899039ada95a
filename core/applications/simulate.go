package applications

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Simulation asks how a template would treat a file, or nobody's: nothing is stored.
type Simulation struct {
	Source        string
	ApplicationID ident.ApplicationID // zero: a file without facts
	States        []string            // where it stands; none: where the file does, or where it would start
	Facts         map[string]any      // values over the file's own; null takes one away
	Role          string              // of who sends the event; "": somebody with every role
	Actor         string
	At            time.Time // zero: now
	Event         string    // "": only what could happen
	Payload       map[string]any
	Reason        string
}

// Simulated is what the server's own evaluator says.
type Simulated struct {
	States  []string          `json:"states"`
	Titles  []workflow.Text   `json:"state_titles"`
	Facts   []SimulatedFact   `json:"facts"`
	Options []workflow.Option `json:"options" doc:"Each event with a transition from here, enabled or with what blocks it"`
	Result  *SimulatedStep    `json:"result" doc:"What the event would come to; null when none was sent"`
}

// SimulatedFact is a value the template may read, and where it comes from.
type SimulatedFact struct {
	Name   string        `json:"name"`
	Title  workflow.Text `json:"title"`
	Value  any           `json:"value"`
	Source string        `json:"source" enum:"file,edited,missing,masked" doc:"masked: the file's own, which only holders of the owner's role see"`
	Owner  string        `json:"owner"`
	Fix    string        `json:"fix"`
	Type   string        `json:"type" enum:"integer,string,boolean,array,object"`
	Format string        `json:"format" doc:"date or date-time, of a string that is one"`
	Words  []string      `json:"enum" doc:"The values of a string that has only these"`
}

// SimulatedStep is what one event would come to.
type SimulatedStep struct {
	Outcome     string             `json:"outcome" enum:"fired,recorded,refused"`
	From        []string           `json:"from"`
	To          []string           `json:"to"`
	Ended       string             `json:"ended"`
	Transitions []string           `json:"transitions"`
	Actions     []workflow.Action  `json:"actions"`
	Blockers    []workflow.Blocker `json:"blockers"`
}

// Simulate runs a template that need not be stored on a file's real facts, with edits. With a file it wants the permission
// applications.read besides the scope's own; personal values are masked as everywhere, except those the caller has edited.
func (s *Service) Simulate(ctx context.Context, scope tenancy.Scope, templates *instances.Templates, in Simulation) (Simulated, error) {
	var f *File
	var roles []string
	err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		if in.At.IsZero() {
			in.At = tx.Now()
		}
		err := tx.Load() // who asks must be allowed to, whatever they ask
		roles = tx.Roles()
		return err
	})
	if err == nil && !in.ApplicationID.IsZero() {
		err = s.look(ctx, scope.For("applications.read"), in.ApplicationID, func(_ *tenancy.Tx, file *File) error { f = file; return nil })
	}
	if err != nil {
		return Simulated{}, err
	}
	return instances.Try(ctx, templates, scope, in.Source, func(m *workflow.Machine) (Simulated, error) { return simulate(m, f, in, roles) })
}

func simulate(m *workflow.Machine, f *File, in Simulation, reader []string) (Simulated, error) {
	w, err := in.world(m, f)
	if err != nil {
		return Simulated{}, err
	}
	w.Reader = orEmpty(reader)
	inst, err := in.instance(m, f, w)
	if err != nil {
		return Simulated{}, err
	}
	actor := m.Everybody()
	if in.Role != "" {
		actor.Roles = []string{in.Role}
	}
	if in.Actor != "" {
		actor.ID = in.Actor
	}
	out := Simulated{States: inst.States, Titles: titles(m, inst.States), Facts: in.facts(m, w), Options: m.Explain(inst, actor, w)}
	if in.Event == "" {
		return out, nil
	}
	if !m.HasEvent(in.Event) {
		return Simulated{}, fault.Input("event.unknown", "/event", "The template knows no such event.")
	}
	r := m.Step(inst, workflow.Event{Name: in.Event, Actor: actor, Payload: in.Payload, Reason: in.Reason}, w)
	out.Result = &SimulatedStep{r.Outcome, r.From, r.To, r.Instance.Ended, orEmpty(r.Transitions), orEmpty(r.Actions), orEmpty(r.Blockers)}
	return out, nil
}

// world is the file's facts with the edits over them.
func (in Simulation) world(m *workflow.Machine, f *File) (workflow.World, error) {
	raw := map[string]any{}
	w := workflow.World{Now: in.At}
	if f != nil {
		for name, v := range f.Machine.Recorded {
			if m.Own(name) {
				raw[name] = v
			}
		}
		maps.Copy(raw, f.Facts())
		w.Domain = f.Domain
	}
	var fields []fault.Field
	for _, name := range slices.Sorted(maps.Keys(in.Facts)) {
		if m.Fact(name) == nil && !atom(name) {
			fields = append(fields, fault.Field{Pointer: "/facts/" + name, Message: fmt.Sprintf("The template knows no fact %.60s%s.", name, workflow.Hint(name, m.FactNames()))})
		} else if _, err := m.Normalize(map[string]any{name: in.Facts[name]}); err != nil {
			fields = append(fields, fault.Field{Pointer: "/facts/" + name, Message: "The value does not fit: " + err.Error() + "."})
		}
		raw[name] = in.Facts[name]
	}
	if len(fields) > 0 {
		return w, &fault.Error{Kind: fault.Invalid, Code: "simulation.facts", Message: "Some values cannot be used; see errors.", Fields: fields}
	}
	if w.Domain != nil {
		w.Domain = editedDomain{w.Domain, in.Facts}
	}
	var err error
	if w.Facts, err = m.Normalize(raw); err != nil {
		return w, fault.Input("simulation.facts", "/application_id", "A value of the file does not fit the template: "+strings.Join(strings.Split(err.Error(), "\n"), "; ")+".")
	}
	return w, nil
}

// instance is where the simulation begins.
func (in Simulation) instance(m *workflow.Machine, f *File, w workflow.World) (workflow.Instance, error) {
	var inst workflow.Instance
	switch {
	case len(in.States) > 0:
		inst = workflow.Instance{States: slices.Sorted(slices.Values(in.States)), Sequence: 1}
	case f != nil:
		inst = f.Machine.Instance
	default:
		return m.Start(w).Instance, nil
	}
	active, err := m.Standing(inst.States)
	if err != nil {
		return inst, fault.Input("simulation.states", "/states", "Nothing can stand there: "+err.Error()+". Send the states it is to stand in.")
	}
	inst.Ended = ""
	for _, s := range active {
		if s.Outcome != "" {
			inst.Ended = s.Outcome
		}
	}
	return inst, nil
}

// facts lists all the template may read.
func (in Simulation) facts(m *workflow.Machine, w workflow.World) []SimulatedFact {
	out := []SimulatedFact{}
	for _, name := range m.FactNames() {
		d := m.Fact(name)
		x := SimulatedFact{Name: name, Title: d.Title.Or(workflow.Text{EN: name, IT: name}), Value: w.Facts[name], Source: "file", Owner: d.Owner, Fix: d.Fix,
			Type: d.Schema.Type, Format: d.Schema.Format, Words: orEmpty(d.Schema.Enum)}
		if _, edited := in.Facts[name]; edited {
			x.Source = "edited"
		} else if !d.ShownTo(w.Reader) {
			x.Source, x.Value = "masked", d.Masked(x.Value, w.Reader)
		}
		if x.Value == nil {
			x.Source = "missing"
		}
		out = append(out, x)
	}
	return out
}

// atom tells the names under which the answers about documents are edited.
func atom(name string) bool {
	return name == "checklist.complete" || strings.HasPrefix(name, "docs.valid.")
}

// editedDomain answers about documents as the file does, except where the answer was edited.
type editedDomain struct {
	file  workflow.Domain
	edits map[string]any
}

func (d editedDomain) DocsValid(kind string, at time.Time) []workflow.Failure {
	return d.answer("docs.valid."+kind, kind, func() []workflow.Failure { return d.file.DocsValid(kind, at) })
}

func (d editedDomain) ChecklistComplete(at time.Time) []workflow.Failure {
	return d.answer("checklist.complete", "", func() []workflow.Failure { return d.file.ChecklistComplete(at) })
}

// Moments are those of the file: an edited answer changes by time at none.
func (d editedDomain) Moments() []time.Time { return d.file.Moments() }

func (d editedDomain) answer(name, kind string, file func() []workflow.Failure) []workflow.Failure {
	switch d.edits[name] {
	case true:
		return nil
	case false:
		return []workflow.Failure{{Kind: kind, Reason: "missing"}}
	}
	return file()
}
