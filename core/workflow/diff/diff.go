// Package diff tells what a new version of a template does differently, in the
// words of the trade and not in lines: a key moved, a list written in another
// order or a name given as a list of one are no change.
//
// It reads sources, not compiled templates, so that two drafts can be compared
// before either is sound. Each source becomes a tree of named things (tree.go);
// nouns.go says what each is called and whether more or less of it makes the
// process stricter, for those who work with it or inherit it. What is not known to tighten or weaken is neutral: the weight
// is a help for a reader, the proof is the certificate.
package diff

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// What a change does to the process, as far as it is known.
const (
	Tightens = "tightens"
	Weakens  = "weakens"
	Neutral  = "neutral"
)

// Change is one difference. Old and New are plain JSON values; null where there is none.
type Change struct {
	Change   string        `json:"change"` // added | removed | changed
	At       string        `json:"at"`     // "transition:t_x", "state:open", "template"
	What     string        `json:"what"`   // "guard g_ltv"; "" when it is the whole of at
	Old      any           `json:"old"`
	New      any           `json:"new"`
	Weight   string        `json:"weight"`
	OnlyText bool          `json:"only_text"` // words for people, nothing the machine reads
	Text     workflow.Text `json:"text"`
}

// Sources compares two templates within the bounds of the format. The answer is sorted by place, and empty, not nil,
// when nothing differs. It errs only when one of them is no YAML mapping.
func Sources(before, after []byte) ([]Change, error) {
	a, err := read(before)
	if err != nil {
		return nil, fmt.Errorf("the old template: %w", err)
	}
	b, err := read(after)
	if err != nil {
		return nil, fmt.Errorf("the new template: %w", err)
	}
	out := compare([]Change{}, a, b)
	slices.SortStableFunc(out, func(x, y Change) int {
		return strings.Compare(x.At+"\x00"+x.What, y.At+"\x00"+y.What)
	})
	return out, nil
}

// compare goes down where both have a thing; where only one has it, the whole of it is one change.
func compare(out []Change, a, b thing) []Change {
	if len(a.parts) == 0 && len(b.parts) == 0 {
		if !reflect.DeepEqual(a.value, b.value) {
			a.leaning = a.leaning.And(b.leaning)
			out = append(out, change("changed", a, a.value, b.value))
		}
		return out
	}
	for _, x := range a.parts {
		if y := b.part(x.id); y != nil {
			out = compare(out, x, *y)
		} else {
			out = append(out, change("removed", x, x.value, nil))
		}
	}
	for _, y := range b.parts {
		if a.part(y.id) == nil {
			out = append(out, change("added", y, nil, y.value))
		}
	}
	return order(out, a, b)
}

// order looks at what is done in sequence: among the actions both have, one after the other matters.
func order(out []Change, a, b thing) []Change {
	sequence := func(of, other thing) (ids []any) {
		for _, p := range of.parts {
			if p.noun == "action" && other.part(p.id) != nil {
				ids = append(ids, p.words)
			}
		}
		return ids
	}
	before, after := sequence(a, b), sequence(b, a)
	if reflect.DeepEqual(before, after) {
		return out
	}
	return append(out, change("changed", thing{at: a.at, noun: "order"}, before, after))
}

var verbs = map[string]workflow.Text{
	"added": {EN: "Added", IT: "Aggiunta"}, "removed": {EN: "Removed", IT: "Rimozione"}, "changed": {EN: "Changed", IT: "Modifica"},
}

func change(verb string, t thing, before, after any) Change {
	n := nouns[t.noun]
	c := Change{Change: verb, At: t.at, What: t.what(), Old: before, New: after, Weight: Neutral, OnlyText: n.onlyText}
	if n.weigh != nil {
		c.Weight = n.weigh(before, after)
	}
	if old, known := before.(int64); known && t.leaning != workflow.Unread {
		c.Weight = value(t.leaning, old, after)
	}
	c.Text = workflow.Text{EN: verbs[verb].EN + ": " + t.called(false), IT: verbs[verb].IT + ": " + t.called(true)}
	if verb == "changed" {
		c.Text.EN += ": " + figures(before, after, "en")
		c.Text.IT += ": " + figures(before, after, "it")
	}
	return c
}

// figures writes both values on a line; of words that changed in a language, those of that language.
func figures(before, after any, language string) string {
	a, _ := before.(map[string]any)
	b, _ := after.(map[string]any)
	old, okOld := a[language].(string)
	now, okNow := b[language].(string)
	if okOld && okNow && old != now {
		return brief(old) + " → " + brief(now)
	}
	return brief(before) + " → " + brief(after)
}

// brief writes a value on a line of reasonable length.
func brief(v any) string {
	s, isText := v.(string)
	if !isText {
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Sprint(v)
		}
		s = string(raw)
	}
	if r := []rune(s); len(r) > 160 {
		s = string(r[:159]) + "…"
	}
	return s
}
