package scxml_test

import (
	"encoding/xml"
	"slices"
	"strings"
)

// reference runs an SCXML document by the algorithm of the Recommendation's appendix D, word for word, on the XML elements
// themselves. It knows nothing of templates and machines: what it says is what an import must say.
type reference struct {
	root     *part
	active   []*part // configuration, in document order
	ids      map[string]*part
	history  map[*part][]*part
	internal []string
	running  bool
	endless  bool // a macrostep did not come to an end
}

// part is one element: scxml, state, parallel, final, history, initial or transition.
type part struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Parts   []*part    `xml:",any"`
	parent  *part
	order   int
	label   string
}

// maxSteps is far beyond what a chart of these tests needs to come to rest.
const maxSteps = 250

func newReference(document string) *reference {
	r := &reference{root: &part{}, ids: map[string]*part{}, history: map[*part][]*part{}, running: true}
	if err := xml.Unmarshal([]byte(document), r.root); err != nil {
		panic(err)
	}
	order := 0
	var number func(p, parent *part)
	number = func(p, parent *part) {
		order++
		p.parent, p.order, p.label = parent, order, p.attr("id")
		r.ids[p.label] = p
		for _, c := range p.Parts {
			number(c, p)
		}
	}
	number(r.root, nil)
	entering := partSet{}
	for _, s := range r.beginnings(r.root) {
		r.addDescendants(s, &entering)
	}
	for _, s := range r.beginnings(r.root) {
		r.addAncestors(s, r.root, &entering)
	}
	r.enter(entering)
	r.settle()
	return r
}

// send is one external event: its macrostep.
func (r *reference) send(event string) {
	if !r.running || r.endless {
		return
	}
	r.microstep(r.selectTransitions(event))
	r.settle()
}

// settle is the inner loop of mainEventLoop.
func (r *reference) settle() {
	for step := 0; r.running; step++ {
		if step > maxSteps {
			r.endless = true
			return
		}
		enabled := r.selectTransitions("")
		if len(enabled) == 0 {
			if len(r.internal) == 0 {
				return
			}
			enabled = r.selectTransitions(r.internal[0])
			r.internal = r.internal[1:]
		}
		if len(enabled) > 0 {
			r.microstep(enabled)
		}
	}
}

func (r *reference) selectTransitions(event string) []*part {
	var enabled []*part
	for _, atomic := range r.active {
		if !isAtomic(atomic) {
			continue
		}
	search:
		for _, s := range append([]*part{atomic}, properAncestors(atomic, nil)...) {
			for _, t := range s.kids("transition") {
				if matchesEvent(t, event) {
					if !slices.Contains(enabled, t) {
						enabled = append(enabled, t)
					}
					break search
				}
			}
		}
	}
	return r.removeConflicting(enabled)
}

func (r *reference) removeConflicting(enabled []*part) []*part {
	var filtered []*part
	for _, t1 := range enabled {
		preempted := false
		var remove []*part
		for _, t2 := range filtered {
			exit1, exit2 := r.exitSet([]*part{t1}), r.exitSet([]*part{t2})
			if !slices.ContainsFunc(exit1, func(s *part) bool { return slices.Contains(exit2, s) }) {
				continue
			}
			if isDescendant(t1.parent, t2.parent) {
				remove = append(remove, t2)
				continue
			}
			preempted = true
			break
		}
		if preempted {
			continue
		}
		filtered = slices.DeleteFunc(filtered, func(t *part) bool { return slices.Contains(remove, t) })
		filtered = append(filtered, t1)
	}
	return filtered
}

func (r *reference) microstep(transitions []*part) {
	exit := r.exitSet(transitions)
	for _, s := range exit {
		for _, h := range s.kids("history") {
			var past []*part
			for _, x := range r.active {
				if h.attr("type") == "deep" && isAtomic(x) && isDescendant(x, s) || h.attr("type") != "deep" && x.parent == s {
					past = append(past, x)
				}
			}
			r.history[h] = past
		}
	}
	r.active = slices.DeleteFunc(r.active, func(s *part) bool { return slices.Contains(exit, s) })
	entering := partSet{}
	for _, t := range transitions {
		for _, s := range r.targets(t) {
			r.addDescendants(s, &entering)
		}
		around := r.domain(t)
		for _, s := range r.effectiveTargets(t) {
			r.addAncestors(s, around, &entering)
		}
	}
	r.enter(entering)
}

func (r *reference) enter(set partSet) {
	slices.SortFunc(set.list, byOrder)
	for _, s := range set.list {
		if !slices.Contains(r.active, s) {
			r.active = append(r.active, s)
		}
		if !s.is("final") {
			continue
		}
		if s.parent.is("scxml") {
			r.running = false
			continue
		}
		r.internal = append(r.internal, "done.state."+s.parent.label)
		if around := s.parent.parent; around.is("parallel") && !slices.ContainsFunc(around.states(), func(c *part) bool { return !r.inFinal(c) }) {
			r.internal = append(r.internal, "done.state."+around.label)
		}
	}
	slices.SortFunc(r.active, byOrder)
}

func (r *reference) exitSet(transitions []*part) []*part {
	var out []*part
	for _, t := range transitions {
		if len(r.targets(t)) == 0 {
			continue
		}
		around := r.domain(t)
		for _, s := range r.active {
			if isDescendant(s, around) && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

func (r *reference) domain(t *part) *part {
	targets := r.effectiveTargets(t)
	all := func(around *part) bool {
		return !slices.ContainsFunc(targets, func(s *part) bool { return !isDescendant(s, around) })
	}
	switch {
	case len(targets) == 0:
		return nil
	case t.attr("type") == "internal" && isCompound(t.parent) && all(t.parent):
		return t.parent
	}
	for _, a := range properAncestors(t.parent, nil) {
		if (isCompound(a) || a.is("scxml")) && all(a) {
			return a
		}
	}
	panic("no common ancestor")
}

func (r *reference) effectiveTargets(t *part) []*part {
	var out partSet
	for _, s := range r.targets(t) {
		switch {
		case !s.is("history"):
			out.add(s)
		case r.history[s] != nil:
			for _, x := range r.history[s] {
				out.add(x)
			}
		default:
			for _, x := range r.effectiveTargets(s.kids("transition")[0]) {
				out.add(x)
			}
		}
	}
	return out.list
}

func (r *reference) addDescendants(s *part, set *partSet) {
	if s.is("history") {
		targets := r.history[s]
		if targets == nil {
			targets = r.targets(s.kids("transition")[0])
		}
		for _, x := range targets {
			r.addDescendants(x, set)
		}
		for _, x := range targets {
			r.addAncestors(x, s.parent, set)
		}
		return
	}
	set.add(s)
	switch {
	case isCompound(s):
		for _, x := range r.beginnings(s) {
			r.addDescendants(x, set)
		}
		for _, x := range r.beginnings(s) {
			r.addAncestors(x, s, set)
		}
	case s.is("parallel"):
		r.addChildren(s, set)
	}
}

func (r *reference) addAncestors(s, around *part, set *partSet) {
	for _, a := range properAncestors(s, around) {
		set.add(a)
		if a.is("parallel") {
			r.addChildren(a, set)
		}
	}
}

func (r *reference) addChildren(parallel *part, set *partSet) {
	for _, child := range parallel.states() {
		if !slices.ContainsFunc(set.list, func(x *part) bool { return isDescendant(x, child) }) {
			r.addDescendants(child, set)
		}
	}
}

func (r *reference) inFinal(s *part) bool {
	switch {
	case isCompound(s):
		return slices.ContainsFunc(s.states(), func(c *part) bool { return c.is("final") && slices.Contains(r.active, c) })
	case s.is("parallel"):
		return !slices.ContainsFunc(s.states(), func(c *part) bool { return !r.inFinal(c) })
	}
	return false
}

// beginnings are the targets of a state's initial transition.
func (r *reference) beginnings(s *part) []*part {
	if ids := s.attr("initial"); ids != "" {
		return r.byID(ids)
	}
	if initial := s.kids("initial"); len(initial) > 0 {
		return r.targets(initial[0].kids("transition")[0])
	}
	return s.states()[:1]
}

func (r *reference) targets(t *part) []*part { return r.byID(t.attr("target")) }

func (r *reference) byID(ids string) (out []*part) {
	for _, id := range strings.Fields(ids) {
		out = append(out, r.ids[id])
	}
	return out
}

// configuration is the ids of the active atomic and final states, sorted.
func (r *reference) configuration() []string {
	out := []string{}
	for _, s := range r.active {
		if isAtomic(s) {
			out = append(out, s.label)
		}
	}
	slices.Sort(out)
	return out
}

func (p *part) is(name string) bool { return p != nil && p.XMLName.Local == name }

func (p *part) attr(name string) string {
	for _, a := range p.Attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

func (p *part) kids(name string) (out []*part) {
	for _, c := range p.Parts {
		if c.is(name) {
			out = append(out, c)
		}
	}
	return out
}

// states are getChildStates: state, parallel and final children.
func (p *part) states() (out []*part) {
	for _, c := range p.Parts {
		if c.is("state") || c.is("parallel") || c.is("final") {
			out = append(out, c)
		}
	}
	return out
}

func isAtomic(p *part) bool   { return p.is("final") || p.is("state") && len(p.states()) == 0 }
func isCompound(p *part) bool { return p.is("state") && len(p.states()) > 0 }
func byOrder(a, b *part) int  { return a.order - b.order }

func isDescendant(s, of *part) bool {
	for p := s.parent; p != nil; p = p.parent {
		if p == of {
			return true
		}
	}
	return false
}

func properAncestors(s, around *part) (out []*part) {
	for p := s.parent; p != nil && p != around; p = p.parent {
		out = append(out, p)
	}
	return out
}

func matchesEvent(t *part, event string) bool {
	descriptors := strings.Fields(t.attr("event"))
	if event == "" || len(descriptors) == 0 {
		return event == "" && len(descriptors) == 0
	}
	tokens := strings.Split(event, ".")
	return slices.ContainsFunc(descriptors, func(d string) bool {
		if d == "*" {
			return true
		}
		wanted := strings.Split(strings.TrimSuffix(strings.TrimSuffix(d, "*"), "."), ".")
		return len(wanted) <= len(tokens) && slices.Equal(wanted, tokens[:len(wanted)])
	})
}

type partSet struct{ list []*part }

func (s *partSet) add(p *part) {
	if !slices.Contains(s.list, p) {
		s.list = append(s.list, p)
	}
}
