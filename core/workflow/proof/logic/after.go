package logic

// After is a moment past everything the terms compare moments with: their constants, the usual moment and other, and as much
// again as distance, all distances between two of them together. Moments are the numbers with a usual value.
func After(terms []*Term, other Value) (late, distance Value) {
	last := other
	seen := map[*Term]bool{}
	note := func(a *Term) {
		l, r := a.left, a.right
		switch {
		case seen[a] || !l.moment() && !r.moment():
			return
		case r.Var == nil:
			last = max(last, r.Plus-l.Plus, l.Var.Usual)
		case l.Var == nil:
			last = max(last, l.Plus-r.Plus, r.Var.Usual)
		default:
			last, distance = max(last, l.Var.Usual, r.Var.Usual), distance+max(r.Plus-l.Plus, l.Plus-r.Plus)
		}
		seen[a] = true
	}
	for _, t := range terms {
		t.atoms(note)
	}
	return last + distance + 1, distance
}

func (o Operand) moment() bool { return o.Var != nil && o.Var.Sort == Number && o.Var.Usual != 0 }
