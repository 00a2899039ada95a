package logic

// ranks say which answer wins where two meet: the first of the four.
var (
	andRank = [4]Outcome{False, Missing, Error, True}
	orRank  = [4]Outcome{True, Missing, Error, False}
	allRank = [4]Outcome{Error, False, Missing, True}

	andTable, orTable, allTable = table(andRank), table(orRank), table(allRank)
)

// table gives, for two sets of answers, the set of what may come of them.
func table(rank [4]Outcome) (out [16][16]Outcome) {
	winner := func(a, b Outcome) Outcome {
		for _, o := range rank {
			if a == o || b == o {
				return o
			}
		}
		return 0
	}
	for a := range Outcome(16) {
		for b := range Outcome(16) {
			for x := True; x <= Error; x <<= 1 {
				for y := True; y <= Error; y <<= 1 {
					if a&x != 0 && b&y != 0 {
						out[a][b] |= winner(x, y)
					}
				}
			}
		}
	}
	return out
}

func negate(o Outcome) Outcome {
	return o&(Missing|Error) | o&True<<1 | o&False>>1
}

// open is the set of answers a term can still give as far as its variables are assigned.
func (t *Term) open() Outcome {
	switch t.kind {
	case constant:
		return t.mask
	case compare:
		return t.openCompare()
	case given:
		return over(t.left.Var, func(v Value) Outcome { return truth(v != Absent) })
	case not:
		return negate(t.kids[0].open())
	case and:
		return t.fold(True, &andTable)
	case or:
		return t.fold(False, &orTable)
	case all:
		return t.fold(True, &allTable)
	case is:
		return t.openIs()
	}
	c := t.kids[0].open()
	out := c & (Missing | Error)
	if c&True != 0 {
		out |= t.kids[1].open()
	}
	if c&False != 0 {
		out |= t.kids[2].open()
	}
	return out
}

func (t *Term) fold(start Outcome, table *[16][16]Outcome) Outcome {
	for _, k := range t.kids {
		start = table[start][k.open()]
	}
	return start
}

func (t *Term) openIs() Outcome {
	o, out := t.kids[0].open(), Outcome(0)
	if o&t.mask != 0 {
		out |= True
	}
	if o&^t.mask != 0 {
		out |= False
	}
	return out
}

func truth(b bool) Outcome {
	if b {
		return True
	}
	return False
}

// over joins the answers for every value a variable may still take.
func over(v *Var, answer func(Value) Outcome) (out Outcome) {
	if v.set {
		return answer(v.value)
	}
	for _, x := range v.domain {
		if out |= answer(x); out == Anything {
			break
		}
	}
	return out
}

func (t *Term) openCompare() Outcome {
	l, r := t.left, t.right
	switch {
	case l.Var == nil && r.Var == nil:
		return truth(t.rel.holds(l.Plus, r.Plus))
	case r.Var == nil:
		return over(l.Var, func(v Value) Outcome { return t.rel.answer(v, l.Plus, 0, r.Plus) })
	case l.Var == nil:
		return over(r.Var, func(v Value) Outcome { return t.rel.answer(0, l.Plus, v, r.Plus) })
	case l.Var.set || r.Var.set:
		return over(l.Var, func(x Value) Outcome {
			return over(r.Var, func(y Value) Outcome { return t.rel.answer(x, l.Plus, y, r.Plus) })
		})
	}
	out := True | False
	if l.Var.Optional || r.Var.Optional {
		out |= Missing
	}
	return out
}

func (r Relation) answer(x, dx, y, dy Value) Outcome {
	switch {
	case x == Absent || y == Absent:
		return Missing
	case x == Failed || y == Failed:
		return Error
	}
	return truth(r.holds(x+dx, y+dy))
}

func (r Relation) holds(a, b Value) bool {
	switch r {
	case Equal:
		return a == b
	case Unequal:
		return a != b
	case Less:
		return a < b
	}
	return a <= b
}
