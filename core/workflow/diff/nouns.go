package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/workflow"
)

// noun is what a thing is called, and what its coming, going or changing does.
type noun struct {
	en, it   string
	onlyText bool
	weigh    func(before, after any) string // nil is neutral
}

// nouns by the name used in tree.go. A field that is not here is called by its key and is neutral.
var nouns = map[string]noun{
	"state": {en: "state", it: "stato"}, "region": {en: "region", it: "regione"}, "event": {en: "event", it: "evento"},
	"transition": {en: "transition", it: "transizione"}, "fact": {en: "fact", it: "dato"}, "param": {en: "parameter", it: "parametro"},
	"test": {en: "test", it: "prova"}, "template": {en: "template", it: "modello"}, "action": {en: "action", it: "azione"},
	"order": {en: "order of actions", it: "ordine delle azioni"},

	"invariant": {en: "invariant", it: "invariante", weigh: presence}, "guard": {en: "guard", it: "condizione", weigh: presence},
	"guard expr": {en: "expression of guard", it: "espressione della condizione"},
	"guard text": {en: "text of guard", it: "testo della condizione", onlyText: true},
	"guard seal": {en: "seal of guard", it: "sigillo della condizione", weigh: seals},
	"expr":       {en: "expression", it: "espressione"},
	"title":      {en: "title", it: "titolo", onlyText: true}, "text": {en: "text", it: "testo", onlyText: true}, "description": {en: "description", it: "descrizione", onlyText: true},
	"action title": {en: "title of action", it: "titolo dell'azione", onlyText: true},

	"parent": {en: "place in the tree", it: "posto nell'albero"}, "kind": {en: "kind", it: "tipo"}, "from": {en: "start", it: "partenza"}, "to": {en: "target", it: "arrivo"},
	"on": {en: "event", it: "evento"}, "default": {en: "value", it: "valore"}, "initial": {en: "initial state", it: "stato iniziale"}, "outcome": {en: "outcome", it: "esito"},
	"otherwise": {en: "otherwise", it: "in ogni altro caso"}, "key": {en: "key", it: "chiave"}, "subject": {en: "subject", it: "soggetto"},

	"type": {en: "type", it: "tipo"}, "minimum": {en: "minimum", it: "minimo"}, "maximum": {en: "maximum", it: "massimo"}, "enum": {en: "possible values", it: "valori ammessi"},
	"maxLength": {en: "longest text", it: "lunghezza massima"}, "maxItems": {en: "longest list", it: "numero massimo di voci"}, "items": {en: "items", it: "voci"},
	"x-owner": {en: "role that sets it", it: "ruolo che lo inserisce"}, "x-fix": {en: "where it is set", it: "dove si inserisce"},
	"x-frozen-after": {en: "state that freezes it", it: "stato che lo blocca"}, "x-pii": {en: "masked in explanations", it: "oscurato nelle spiegazioni"},
	"steps": {en: "steps", it: "passi"}, "facts": {en: "facts", it: "dati"}, "expect": {en: "expected end", it: "esito atteso"},

	"sla": {en: "deadline", it: "scadenza", weigh: presence}, "sla within": {en: "length of the deadline", it: "durata della scadenza", weigh: deadline},
	"sla emits": {en: "event of the deadline", it: "evento della scadenza"},

	"approvals": {en: "approvals", it: "approvazioni", weigh: presence}, "approvals count": {en: "number of approvals", it: "numero di approvazioni", weigh: number},
	"approvals roles":         {en: "roles that approve", it: "ruoli che approvano", weigh: narrowing},
	"approvals distinct_from": {en: "people who may not approve", it: "persone che non possono approvare", weigh: growing},

	"by": {en: "roles that may send it", it: "ruoli che possono inviarlo", weigh: narrowing}, "payload": {en: "payload", it: "contenuto"},
	"in": {en: "states it holds in", it: "stati in cui vale", weigh: growing}, "waive": {en: "roles that may waive it", it: "ruoli che possono derogarvi", weigh: shrinking},

	"seal": {en: "seal", it: "sigillo", weigh: seals}, "mandatory": {en: "mandatory mark", it: "obbligo", weigh: presence}, "slot": {en: "slot", it: "slot"},
}

// presence: to have it is stricter than not to.
func presence(before, after any) string {
	had, has := before != nil && before != false, after != nil && after != false
	return either(has && !had, had && !has)
}

// number: more is stricter.
func number(before, after any) string {
	a, okA := before.(int64)
	b, okB := after.(int64)
	return either(okA && okB && b > a, okA && okB && b < a)
}

// lean tells each parameter's value which way it gets stricter.
func lean(elements []thing, leanings map[string]workflow.Leaning) {
	for _, e := range elements {
		if kind, name, _ := cut(e.at); kind == "param" {
			if value := e.part("default"); value != nil {
				value.leaning = leanings[name]
			}
		}
	}
}

// value: a parameter's, by the clauses that read it.
func value(l workflow.Leaning, before int64, after any) string {
	now, ok := after.(int64)
	order := cmp.Compare(now, before)
	return either(ok && l.Stricter(order), ok && l.Stricter(-order))
}

// growing: a list where each member more makes it stricter, and none is the laxest.
func growing(before, after any) string {
	a, b := set(before), set(after)
	return either(contains(b, a), contains(a, b))
}

// shrinking: a list of exceptions, where each member less makes it stricter.
func shrinking(before, after any) string { return growing(after, before) }

// narrowing: a list of those who may, where each member less makes it stricter, but none at all is everybody.
func narrowing(before, after any) string {
	a, b := set(before), set(after)
	return either(len(b) > 0 && (len(a) == 0 || contains(a, b)), len(a) > 0 && (len(b) == 0 || contains(b, a)))
}

// deadline: shorter is stricter, in one calendar and where the two can be compared whatever a day is.
func deadline(before, after any) string {
	a, okA := term(before)
	b, okB := term(after)
	if !okA || !okB || a.calendar != b.calendar {
		return Neutral
	}
	less := func(a, b workflow.Duration) bool { return a.Days <= b.Days && a.Clock <= b.Clock }
	return either(less(b.Duration, a.Duration), less(a.Duration, b.Duration))
}

// span is a deadline as tree.go writes it: "P3D business".
type span struct {
	workflow.Duration
	calendar string
}

func term(v any) (span, bool) {
	s, _ := v.(string)
	length, calendar, _ := strings.Cut(s, " ")
	d, ok := workflow.ParseDuration(length)
	return span{d, calendar}, ok
}

var sealRank = map[string]int{"sealed": 3, "": 2, "tighten": 2, "extend": 1, "free": 0}

// seals: the closer the stricter; nothing written is tighten.
func seals(before, after any) string {
	a, _ := before.(string)
	b, _ := after.(string)
	return either(sealRank[b] > sealRank[a], sealRank[b] < sealRank[a])
}

func either(tightens, weakens bool) string {
	switch {
	case tightens && !weakens:
		return Tightens
	case weakens && !tightens:
		return Weakens
	}
	return Neutral
}

// set reads a list of names; a draft may hold anything there.
func set(v any) (names []string) {
	list, _ := v.([]any)
	for _, x := range list {
		names = append(names, fmt.Sprint(x))
	}
	return names
}

// contains tells whether all of b is in a.
func contains(a, b []string) bool {
	return !slices.ContainsFunc(b, func(x string) bool { return !slices.Contains(a, x) })
}
