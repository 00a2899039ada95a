package workflow

import "fmt"

// decode turns a tree into a template. It is tolerant: a place that the shape
// check refused gives a zero value, so that later checks still find what they can.
func decode(root *value, found *findings) *Template {
	meta := root.get("metadata")
	t := &Template{Key: str(meta.get("key")), Title: bilingual(meta.get("title")), Subject: str(root.get("subject")),
		Priority: str(root.get("priority")), Initial: strs(root.get("initial"))}
	t.Facts = decodeFacts(root.get("facts"), found)
	t.Params = decodeParams(root.get("params"), found)
	t.States = decodeStates(root.get("states"), nil, found)
	for _, f := range entries(root.get("events")) {
		e := &EventDecl{Name: f.key, By: strs(f.val.get("by")), Title: bilingual(f.val.get("title")), At: f.at}
		if p := f.val.get("payload"); p != nil {
			e.Payload = decodeSchema(p, "/events/"+f.key+"/payload", found)
			e.source = p.plain()
		}
		t.Events = append(t.Events, e)
	}
	for _, v := range items(root.get("transitions")) {
		t.Transitions = append(t.Transitions, decodeTransition(v))
	}
	for _, v := range items(root.get("invariants")) {
		id := str(v.get("id"))
		t.Invariants = append(t.Invariants, &Invariant{ID: id, In: strs(v.get("in")), Waive: strs(v.get("waive")), At: v.at,
			Guard: &Guard{ID: id, Expr: str(v.get("expr")), Text: bilingual(v.get("text")), At: at(v.get("expr"))}})
	}
	for i, v := range items(root.get("tests")) {
		t.Tests = append(t.Tests, decodeTest(v, i, found))
	}
	return t
}

func decodeStates(v *value, parent *State, found *findings) []*State {
	var out []*State
	for _, f := range entries(v) {
		s := &State{Name: f.key, Kind: str(f.val.get("kind")), Title: bilingual(f.val.get("title")), Outcome: str(f.val.get("outcome")), Parent: parent, At: f.at,
			Shallow: str(f.val.get("depth")) == "shallow", Inherit: inherit(f.val)}
		if initial := f.val.get("initial"); initial != nil {
			s.first, _ = initial.scalar.(bool)
			s.Initial = strs(initial)
		}
		if sla := f.val.get("sla"); sla != nil {
			s.SLA = decodeSLA(s.Name, sla, found)
		}
		for _, r := range entries(f.val.get("regions")) {
			region := &State{Name: r.key, Kind: "region", Title: bilingual(r.val.get("title")), Initial: strs(r.val.get("initial")), Parent: s, At: r.at, Inherit: inherit(r.val)}
			region.Children = decodeStates(r.val.get("states"), region, found)
			s.Children = append(s.Children, region)
		}
		s.Children = append(s.Children, decodeStates(f.val.get("states"), s, found)...)
		out = append(out, s)
	}
	return out
}

func inherit(v *value) Inherit {
	m := Inherit{Seal: str(v.get("seal")), Slot: str(v.get("slot"))}
	m.Mandatory, _ = scalar(v.get("mandatory")).(bool)
	return m
}

func decodeSLA(state string, v *value, found *findings) *SLA {
	within, ok := parseDuration(str(v.get("within")))
	if !ok {
		found.add("schema", "state:"+state, at(v.get("within")), "the deadline needs a duration such as P3D or PT4H")
	}
	if ok && within == (Duration{}) {
		found.add("schema", "state:"+state, at(v.get("within")), "a deadline lies ahead: its duration may not be zero")
	}
	s := &SLA{Within: within, Business: str(v.get("calendar")) == "business", PauseIn: strs(v.get("pause_in")), Emits: str(v.get("emits")), At: v.at}
	if s.Business && within.Days > maxWorkingDays {
		found.add("schema", "state:"+state, v.at, "a deadline in working days is at most %d days", maxWorkingDays)
	}
	if s.Business && within.Clock != 0 {
		found.add("schema", "state:"+state, v.at, "a deadline in working days counts whole days: write P3D, without hours")
	}
	return s
}

func decodeTransition(v *value) *Transition {
	t := &Transition{ID: str(v.get("id")), From: strs(v.get("from")), On: str(v.get("on")), To: strs(v.get("to")), Title: bilingual(v.get("title")), Inherit: inherit(v), At: v.at}
	t.Inside, _ = scalar(v.get("inside")).(bool)
	t.Otherwise, _ = scalar(v.get("otherwise")).(bool)
	for _, g := range items(v.get("guards")) {
		t.Guards = append(t.Guards, &Guard{ID: str(g.get("id")), Expr: str(g.get("expr")), Text: bilingual(g.get("text")), At: at(g.get("expr"))})
	}
	if a := v.get("approvals"); a != nil {
		count, _ := scalar(a.get("count")).(int64)
		t.Approvals = &Approvals{Count: int(count), Roles: strs(a.get("roles")), DistinctFrom: strs(a.get("distinct_from")), At: a.at}
	}
	for i, a := range items(v.get("actions")) {
		t.Actions = append(t.Actions, decodeAction(a, fmt.Sprintf("%s.actions.%d", t.ID, i)))
	}
	return t
}

func decodeAction(v *value, id string) *ActionDecl {
	a := &ActionDecl{
		Do: str(v.get("do")), Ref: str(v.get("ref")), Role: str(v.get("role")), Party: str(v.get("party")), Title: bilingual(v.get("title")),
		Due: str(v.get("due")), Kind: str(v.get("kind")), From: str(v.get("from")), Template: str(v.get("template")), Subject: str(v.get("subject")),
		To: str(v.get("to")), Event: str(v.get("event")), Fact: str(v.get("fact")), At: v.at,
	}
	for _, f := range entries(v.get("with")) {
		a.With = append(a.With, Binding{Name: f.key, Expr: &Guard{ID: id + "." + f.key, Expr: str(f.val), At: f.val.at}})
	}
	if x := v.get("value"); x != nil {
		a.Value = &Guard{ID: id, Expr: str(x), At: x.at}
	}
	return a
}

func decodeTest(v *value, index int, found *findings) *Test {
	t := &Test{Name: str(v.get("name")), Facts: plainMap(v.get("facts")), Expect: strs(v.get("expect")), At: v.at}
	for i, s := range items(v.get("steps")) {
		step := TestStep{At: s.at}
		if s.kind != 'm' {
			step.Event = str(s)
			t.Steps = append(t.Steps, step)
			continue
		}
		step.Event, step.Actor = str(s.get("event")), str(s.get("actor"))
		step.Roles, step.rolesGiven = strs(s.get("roles")), s.get("roles") != nil
		step.Facts, step.Payload = plainMap(s.get("facts")), plainMap(s.get("payload"))
		if a := s.get("at"); a != nil {
			when, err := parseTime(str(a))
			if err != nil {
				found.add("schema", fmt.Sprintf("/tests/%d/steps/%d/at", index, i), a.at, "a time is written 2026-10-01T09:30:00+02:00")
			} else {
				step.When = &when
			}
		}
		if x := s.get("expect"); x != nil {
			step.Expect = str(x)
			if x.kind == 'm' {
				step.Expect, step.Refused, step.expectRefused = "refused", strs(x.get("refused")), true
			}
		}
		t.Steps = append(t.Steps, step)
	}
	return t
}

func scalar(v *value) any {
	if v == nil {
		return nil
	}
	return v.scalar
}

func str(v *value) string {
	s, _ := scalar(v).(string)
	return s
}

// strs reads a list of names, or one name.
func strs(v *value) []string {
	if v == nil {
		return nil
	}
	if v.kind == 's' {
		if s := str(v); s != "" {
			return []string{s}
		}
		return nil
	}
	out := make([]string, 0, len(v.list))
	for _, x := range v.list {
		out = append(out, str(x))
	}
	return out
}

func bilingual(v *value) Text {
	t := Text{EN: str(v.get("en")), IT: str(v.get("it"))}
	return t.Or(Text{})
}

func at(v *value) Position {
	if v == nil {
		return Position{}
	}
	return v.at
}

func entries(v *value) []field {
	if v == nil {
		return nil
	}
	return v.fields
}

func items(v *value) []*value {
	if v == nil {
		return nil
	}
	return v.list
}

func plainMap(v *value) map[string]any {
	m, _ := v.plain().(map[string]any)
	return m
}
