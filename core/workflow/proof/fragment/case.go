package fragment

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/proof/logic"
)

// Case is a model in the world's own terms: what a log line would carry.
type Case struct {
	Facts   map[string]any // JSON values by name, nil for missing; atoms among them
	Actor   workflow.Actor
	Payload map[string]any
	Reason  string
	Now     time.Time // zero when any moment will do
	Waived  []string
}

// At is the moment of the case, not before another one where any will do.
func (c Case) At(earliest time.Time) time.Time {
	if !c.Now.IsZero() {
		return c.Now
	}
	if clock := time.Unix(workflow.Clock(), 0).UTC(); clock.After(earliest) {
		return clock
	}
	return earliest
}

// Case says a model in concrete values. by is who may send the event: without a word in the model the first of them does.
func (r *Reader) Case(model logic.Model, by []string) Case {
	c := Case{Facts: map[string]any{}, Payload: map[string]any{}, Actor: workflow.Actor{Roles: []string{}}}
	for v, x := range model {
		r.put(&c, model, v, x)
	}
	sort.Strings(c.Actor.Roles)
	sort.Strings(c.Waived)
	if len(c.Actor.Roles) == 0 && len(by) > 0 {
		c.Actor.Roles = by[:1]
	}
	if c.Actor.ID == "" {
		c.Actor.ID = r.word(logic.Fresh)
	}
	if slices.Contains(c.Actor.Roles, "system") {
		c.Actor.ID = "system"
	}
	return c
}

func (r *Reader) put(c *Case, model logic.Model, v *logic.Var, x logic.Value) {
	m := r.meanings[v]
	switch m.role {
	case fact:
		c.Facts[m.name] = r.plain(v, m.schema, x)
	case payload:
		if x != logic.Absent {
			c.Payload[m.name] = r.plain(v, m.schema, x)
		}
	case atom:
		c.Facts[r.atomName(m, model)] = x == 1
	case moment:
		c.Now = time.Unix(x, 0).UTC()
	case actorID:
		c.Actor.ID = r.word(x)
	case actorRole:
		if x == 1 {
			c.Actor.Roles = append(c.Actor.Roles, m.name)
		}
	case eventReason:
		c.Reason = r.word(x)
	case waiver:
		if x == 1 {
			c.Waived = append(c.Waived, m.name)
		}
	}
}

// atomName tells moments apart where a template asks for one document at several.
func (r *Reader) atomName(m meaning, model logic.Model) string {
	if r.atoms[m.name] < 2 || !m.isAt {
		return m.name
	}
	at := m.at.Plus
	if m.at.Var != nil {
		x, set := model[m.at.Var]
		if !set {
			x = m.at.Var.Usual
		}
		at += x
	}
	return m.name + "@" + time.Unix(at, 0).UTC().Format(time.RFC3339)
}

func (r *Reader) plain(v *logic.Var, s *workflow.Schema, x logic.Value) any {
	switch {
	case x == logic.Absent:
		return nil
	case v.Sort == logic.Bool:
		return x == 1
	case v.Sort == logic.Text:
		return r.word(x)
	case s.Type == "string":
		return time.Unix(x, 0).UTC().Format(time.RFC3339)
	}
	return x
}

// Say is a fact's value in words.
func (r *Reader) Say(v *logic.Var, x logic.Value) string {
	if x == logic.Absent {
		return v.Name + " missing"
	}
	return fmt.Sprintf("%s = %v", v.Name, r.plain(v, r.meanings[v].schema, x))
}

// word is the text of a value; the fresh ones are people and words no guard names.
func (r *Reader) word(x logic.Value) string {
	if x < logic.Fresh {
		return r.words[x]
	}
	for n := int(x - logic.Fresh); ; n += 100 {
		w := "someone"
		if n > 0 {
			w = fmt.Sprintf("someone_%d", n+1)
		}
		if _, taken := r.texts[w]; !taken {
			return w
		}
	}
}
