package draw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// XState writes the configuration of an XState v5 machine. Guards and actions stand by name with params and wait for
// implementations; several guards are one named "and". XState takes the first enabled transition where a template wants
// exactly one, and among the descriptors of imported charts the longest. A deadline whose event the same state takes is an
// after; every deadline also stands in meta. XState begins with a child: where a template begins deeper, a state of its own
// leads there.
func XState(m *workflow.Machine) string {
	c := chartOf(m)
	root := append(object{{"id", c.taken.free(m.Template.Key)}}, c.xstateInside(nil, m.Initial(), m.Template.States)...)
	var compact, out bytes.Buffer
	encoder := json.NewEncoder(&compact)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(root); err != nil {
		panic(err) // an object of texts, numbers and objects always encodes
	}
	_ = json.Indent(&out, compact.Bytes(), "", "  ")
	return out.String()
}

// object is a JSON object that keeps its order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encoder.Encode(m.key); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := encoder.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func (c *chart) xstateStates(states []*workflow.State) object {
	out := object{}
	for _, s := range states {
		s = c.unwrapped(s)
		out = append(out, member{c.id(s), c.xstateState(s)})
	}
	return out
}

func (c *chart) xstateState(s *workflow.State) object {
	out := object{{"id", c.id(s)}}
	switch s.Kind {
	case "parallel", "final", "history":
		out = append(out, member{"type", s.Kind})
	}
	if s.Title != (workflow.Text{}) {
		out = append(out, member{"description", s.Title.EN})
	}
	if s.Kind == "history" {
		return append(out, c.xstateHistory(s)...)
	}
	if s.Outcome != "" {
		out = append(out, member{"output", object{{"outcome", s.Outcome}}})
	}
	if s.SLA != nil {
		out = append(out, member{"meta", object{{"sla", deadline(s.SLA)}}})
	}
	out = append(out, c.xstateTransitions(s)...)
	if len(s.Children) > 0 {
		out = append(out, c.xstateInside(s, c.initial(s), s.Children)...)
	}
	return out
}

// xstateInside is what a state holds, nil for the whole, and the child it begins with.
func (c *chart) xstateInside(s *workflow.State, first, children []*workflow.State) object {
	states := c.xstateStates(children)
	switch {
	case len(first) == 0: // parallel
		return object{{"states", states}}
	case len(first) == 1 && first[0].Parent == s:
		return object{{"initial", c.id(first[0])}, {"states", states}}
	}
	begin := c.taken.free("begin", c.id(s)+".begin")
	there := object{{"target", c.xstateTarget(first)}}
	states = append(states, member{begin, object{{"id", begin}, {"always", []object{there}}}})
	return object{{"initial", begin}, {"states", states}}
}

func (c *chart) xstateHistory(s *workflow.State) object {
	depth := "deep"
	if s.Shallow {
		depth = "shallow"
	}
	out := object{{"history", depth}}
	if len(s.Initial) > 0 {
		out = append(out, member{"target", c.xstateTarget(c.initial(s))})
	}
	return out
}

// xstateTarget names states by their ids, whose dots XState would read as a path.
func (c *chart) xstateTarget(states []*workflow.State) any {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = "#" + strings.ReplaceAll(c.id(s), ".", `\.`)
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// xstateTransitions are the arrows from a state under always, onDone, on and after.
func (c *chart) xstateTransitions(s *workflow.State) (out object) {
	events, groups := byEvent(c.leaving(s))
	on := object{}
	for _, event := range events {
		var list []object
		for _, a := range groups[event] {
			list = append(list, c.xstateTransition(a))
		}
		switch key := c.xstateEvent(event); {
		case event == "":
			out = append(out, member{"always", list})
		case event == "done" && c.Template.Priority != "document", event == "done.state."+s.Name:
			out = append(out, member{"onDone", list})
		default:
			on = append(on, member{key, list})
		}
		if s.SLA != nil && s.SLA.Emits == event && plainDeadline(s.SLA) {
			out = append(out, member{"after", object{{fmt.Sprint(length(s.SLA.Within).Milliseconds()), list}}})
		}
	}
	if len(on) > 0 {
		out = append(out, member{"on", on})
	}
	return out
}

// xstateEvent is the descriptor under which XState takes an event: by its first tokens where the document's order decides.
func (c *chart) xstateEvent(event string) string {
	switch {
	case c.Template.Priority != "document" || event == "*":
		return event
	case event == "done", event == "done.state", strings.HasPrefix(event, "done.state."):
		return "xstate." + event + ".*"
	}
	return event + ".*"
}

func (c *chart) xstateTransition(a arrow) object {
	out := object{}
	if len(a.to) > 0 {
		out = append(out, member{"target", c.xstateTarget(a.to)})
	}
	for _, to := range a.to {
		if !a.Inside && (to == a.from || to.Inside(a.from)) {
			out = append(out, member{"reenter", true})
			break
		}
	}
	if guard := xstateGuard(a.Guards); guard != nil {
		out = append(out, member{"guard", guard})
	}
	var actions []object
	for _, x := range a.Actions {
		actions = append(actions, object{{"type", x.Do}, {"params", actionKeys(x)}})
	}
	if len(actions) > 0 {
		out = append(out, member{"actions", actions})
	}
	meta := object{{"id", a.ID}}
	if a.Otherwise {
		meta = append(meta, member{"otherwise", true})
	}
	if a.Approvals != nil {
		meta = append(meta, member{"approvals", a.Approvals.Count})
	}
	return append(out, member{"meta", meta})
}

func xstateGuard(guards []*workflow.Guard) any {
	var out []object
	for _, g := range guards {
		out = append(out, object{{"type", g.ID}, {"params", object{{"expr", g.Expr}}}})
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return object{{"type", "and"}, {"params", object{{"guards", out}}}}
}

// actionKeys are what an action is about, as the template's author wrote it.
func actionKeys(x *workflow.ActionDecl) object {
	out := object{}
	for _, m := range []member{{"ref", x.Ref}, {"role", x.Role}, {"party", x.Party}, {"title", x.Title.EN}, {"due", x.Due}, {"kind", x.Kind}, {"from", x.From},
		{"template", x.Template}, {"subject", x.Subject}, {"to", x.To}, {"event", x.Event}, {"fact", x.Fact}} {
		if m.value != "" {
			out = append(out, m)
		}
	}
	if x.Value != nil {
		out = append(out, member{"value", x.Value.Expr})
	}
	for _, w := range x.With {
		out = append(out, member{w.Name, w.Expr.Expr})
	}
	return out
}
