package workflow

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Codes of blockers.
const (
	WrongState  = "wrong_state"
	WrongRole   = "role"
	NotApproved = "approval"
	GuardFalse  = "guard_false"
	FactMissing = "fact_missing"
	GuardError  = "guard_error"
	Broken      = "invariant"
	Ambiguous   = "ambiguous"
)

// Blocker is one reason why an event cannot happen now, and what clears it. Card, page, API and CLI show the same object.
type Blocker struct {
	Code     string        `json:"code"`
	Guard    *string       `json:"guard"`
	Text     Text          `json:"text"`
	Subject  *string       `json:"subject"`
	Kind     *string       `json:"kind"`
	Facts    []BlockerFact `json:"facts"`
	Earliest *time.Time    `json:"earliest"`
	Reason   string        `json:"reason,omitempty"` // of a document: missing | rejected | expires
	Have     *int          `json:"have,omitempty"`   // of an approval
	Need     *int          `json:"need,omitempty"`
}

// BlockerFact is a fact the blocker turns on: its value, or that it is missing, and who sets it where.
type BlockerFact struct {
	Name    string `json:"name"`
	Value   any    `json:"value"`
	Missing bool   `json:"missing"`
	Owner   string `json:"owner"`
	Fix     string `json:"fix"`
}

// masked stands in an explanation for the value of a fact marked x-pii.
const masked = "•••"

func wrongState(event *EventDecl, at configuration) Blocker {
	what, where := event.Words(), at.words()
	return plainBlocker(WrongState, "", Text{
		EN: fmt.Sprintf("%q is not possible in state %q", what.EN, where.EN),
		IT: fmt.Sprintf("«%s» non è possibile nello stato «%s»", what.IT, where.IT),
	})
}

func unknownEvent(event string) Blocker {
	return Blocker{Code: WrongState, Facts: []BlockerFact{}, Text: Text{
		EN: fmt.Sprintf("the template knows no event %.60s", event),
		IT: fmt.Sprintf("il modello non conosce l'evento %.60s", event),
	}}
}

func endedAlready(outcome string) Blocker {
	return Blocker{Code: WrongState, Facts: []BlockerFact{}, Text: Text{
		EN: "already ended (" + outcome + ")",
		IT: "già conclusa (" + map[string]string{"won": "esito positivo", "lost": "esito negativo"}[outcome] + ")",
	}}
}

func wrongRole(by []string) Blocker {
	roles := strings.Join(by, ", ")
	return Blocker{Code: WrongRole, Facts: []BlockerFact{}, Text: Text{EN: "only " + roles + " may do this", IT: "può farlo solo " + roles}}
}

func plainBlocker(code, id string, text Text) Blocker {
	b := Blocker{Code: code, Text: text, Facts: []BlockerFact{}}
	if id != "" {
		b.Guard = &id
	}
	return b
}

// factOf describes a fact for a blocker, masked where it is personal.
func (e *evaluation) factOf(name string) BlockerFact {
	out := BlockerFact{Name: name, Value: e.value(name)}
	out.Missing = out.Value == nil
	if f := e.m.facts[name]; f != nil {
		out.Owner, out.Fix = f.Owner, f.Fix
		if !out.Missing && !e.maySee(f) {
			out.Value = masked
		}
	}
	return out
}

// maySee tells whether the reader may see a value in an explanation: personal ones only who owns the fact.
func (e *evaluation) maySee(f *Fact) bool {
	reader := e.reader
	if reader == nil {
		reader = e.actor.Roles
	}
	return f.ShownTo(reader)
}

// blockers explains a clause that is not true: one per failing document, and one for the rest of the clause.
func (e *evaluation) blockers(c *clause, v Verdict, problem string) []Blocker {
	code := map[Verdict]string{False: GuardFalse, Missing: FactMissing, Error: GuardError}[v]
	var out []Blocker
	if c.each != nil && v != Error {
		if out = c.each.failing(e, c); len(out) > 0 {
			return c.cleared(e, out)
		}
	}
	if v != Error && len(c.calls) > 0 {
		e.pretend, e.failed = true, nil
		rest, _, _ := c.program.Eval(e)
		failures := e.failed
		e.pretend, e.failed = false, nil
		for _, f := range failures {
			out = append(out, e.failure(c, f))
		}
		if verdict := verdictOf(rest); verdict == True && len(out) > 0 {
			return out
		}
	}
	b := plainBlocker(code, c.guard.ID, c.guard.Text.Or(Text{c.guard.Expr, c.guard.Expr}))
	if v == Error {
		b.Text = Text{EN: b.Text.EN + " (" + problem + ")", IT: b.Text.IT + " (" + problem + ")"}
	}
	for _, f := range c.facts {
		b.Facts = append(b.Facts, e.factOf(f))
	}
	if v == Missing {
		rest, _, _ := c.program.Eval(e)
		b.Facts = e.addMembers(b.Facts, missingMembers(rest))
	}
	e.failed = nil
	return c.cleared(e, append(out, b))
}

// cleared adds when time alone makes the clause true.
func (c *clause) cleared(e *evaluation, blockers []Blocker) []Blocker {
	at := c.turns(e, func(v Verdict) bool { return v == True })
	for i := range blockers {
		blockers[i].Earliest = at
	}
	return blockers
}

// addMembers names what was absent inside a list or a payload, where no top-level fact is.
func (e *evaluation) addMembers(facts []BlockerFact, names []string) []BlockerFact {
	for _, n := range names {
		if e.m.facts[n] != nil {
			continue
		}
		top, _, _ := strings.Cut(n, ".")
		x := BlockerFact{Name: n, Missing: true}
		if f := e.m.facts[top]; f != nil {
			x.Owner, x.Fix = f.Owner, f.Fix
		}
		facts = append(facts, x)
	}
	return facts
}

// failure is the blocker of one document: "Applicant 2: payslip expires on 2026-11-19".
func (e *evaluation) failure(c *clause, f Failure) Blocker {
	words := f.Text
	if words == (Text{}) {
		words = f.words(c)
		if who, known := e.who(f.Subject); known {
			words = Text{EN: who.EN + ": " + lowerFirst(words.EN), IT: who.IT + ": " + lowerFirst(words.IT)}
		}
	}
	b := plainBlocker(GuardFalse, c.guard.ID, words)
	b.Reason = f.Reason
	owner := f.Owner
	if owner == "" {
		owner = "broker"
	}
	fact := BlockerFact{Name: atomChecklist, Missing: f.Reason == "missing", Owner: owner, Fix: "form:documents"}
	if f.Kind != "" {
		b.Kind = &f.Kind
		fact.Name, fact.Fix = atomDocument+f.Kind, "document:"+f.Kind
	}
	if f.Subject != "" {
		b.Subject = &f.Subject
	}
	switch {
	case f.given:
		fact.Value, fact.Missing = false, false
	case f.Expires != nil:
		fact.Value = f.Expires.UTC().Format(time.RFC3339)
	}
	b.Facts = append(b.Facts, fact)
	return b
}

func (f Failure) words(c *clause) Text {
	if f.Kind == "" {
		return c.guard.Text.Or(Text{"The checklist is not complete", "La lista documenti non è completa"})
	}
	kind, reason := documentKinds[f.Kind], failureReasons[f.Reason]
	if f.Reason == "expires" && f.Expires != nil {
		day := f.Expires.UTC().Format(time.DateOnly)
		reason = Text{EN: "expires on " + day + ", before the date needed", IT: "scade il " + day + ", prima della data richiesta"}
	}
	return Text{EN: kind.EN + ": " + reason.EN, IT: kind.IT + ": " + reason.IT}
}

// lowerFirst makes a sentence the second half of another; an abbreviation keeps its capitals.
func lowerFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[n:])
	if unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}
