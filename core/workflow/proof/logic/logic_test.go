package logic

import "testing"

func number(name string, low, high Value) *Var {
	return &Var{Name: name, Sort: Number, Min: low, Max: high}
}

func than(v *Var, rel Relation, n Value) *Term {
	return Compare(Operand{Var: v}, rel, Operand{Plus: n})
}

func solve(terms ...*Term) (Model, Answer) {
	s := Solver{Budget: 10_000, Each: 10_000, Tries: 10}
	return s.Solve(terms, nil, nil)
}

// And, Or and All differ in what wins where answers meet.
func TestAnswersMeet(t *testing.T) {
	for _, c := range []struct {
		term *Term
		want Outcome
	}{
		{And(Const(Missing), Const(False)), False},
		{And(Const(Missing), Const(Error)), Missing},
		{Or(Const(Missing), Const(True)), True},
		{Or(Const(Error), Const(False)), Error},
		{All(Const(Missing), Const(False)), False},
		{All(Const(Error), Const(False)), Error},
		{All(), True},
		{Not(Const(Missing)), Missing},
		{Is(Missing, Const(Missing)), True},
		{Is(True, Const(Missing)), False},
		{Choose(Const(Missing), Const(True), Const(True)), Missing},
	} {
		if got := c.term.open(); got != c.want {
			t.Errorf("%+v gives %d, not %d", c.term, got, c.want)
		}
	}
}

func TestBetweenTwoCutsThereIsAValueOrNone(t *testing.T) {
	n := number("n", 0, 100)
	if m, answer := solve(than(n, AtMost, 8), Not(than(n, AtMost, 6))); answer != Proven || m[n] != 7 && m[n] != 8 {
		t.Error(m, answer)
	}
	if m, answer := solve(than(n, Less, 8), Not(than(n, AtMost, 7))); answer != Never {
		t.Error(m, answer)
	}
	if m, answer := solve(Not(than(n, AtMost, 100))); answer != Never {
		t.Error("beyond the bounds", m, answer)
	}
}

// Three variables in a row need room between the cuts for all of them.
func TestVariablesComparedWithEachOther(t *testing.T) {
	a, b, c := number("a", 0, 100), number("b", 0, 100), number("c", 0, 100)
	less := func(x, y *Var, by Value) *Term { return Compare(Operand{Var: x, Plus: by}, Less, Operand{Var: y}) }
	if m, answer := solve(less(a, b, 10), less(b, c, 10), than(c, AtMost, 22)); answer != Proven || m[a] != 0 || m[c] != 22 {
		t.Error(m, answer)
	}
	if m, answer := solve(less(a, b, 10), less(b, c, 10), than(c, AtMost, 21)); answer != Never {
		t.Error(m, answer)
	}
	if m, answer := solve(less(a, b, 0), less(b, c, 0), less(c, a, 0)); answer != Never {
		t.Error("a circle", m, answer)
	}
}

// A search that is cut off, or whose models nobody accepts, is not a proof.
func TestUnsure(t *testing.T) {
	var terms []*Term
	vars := map[string]*Var{}
	for _, n := range []string{"a", "b", "c", "d", "e", "f"} {
		vars[n] = number(n, 0, 1000)
	}
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		terms = append(terms, Compare(Operand{Var: vars[n]}, Less, Operand{Var: vars[string(n[0]+1)]}))
	}
	terms = append(terms, Compare(Operand{Var: vars["f"]}, Less, Operand{Var: vars["a"]}))
	s := Solver{Budget: 100, Each: 20, Tries: 1}
	if _, answer := s.Solve(terms, nil, nil); answer != Unsure {
		t.Error("cut off", answer)
	}
	n := number("n", 0, 9)
	s = Solver{Budget: 100, Each: 100, Tries: 2}
	offered := 0
	if _, answer := s.Solve([]*Term{than(n, AtMost, 5)}, nil, func(Model) bool { offered++; return false }); answer != Unsure || offered == 0 {
		t.Error("refused", answer, offered)
	}
}
