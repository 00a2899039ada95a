package logic

import "slices"

// maxCuts bounds the cuts of variables that are compared with each other.
const maxCuts = 600

// cluster is a set of variables that are compared with each other, directly or through others.
type cluster struct {
	vars      []*Var
	cuts      []Value
	distances []Value
}

// cells gives each variable the values that stand for all others, in the order to try them; ok is false when there are too many.
func cells(vars []*Var, terms []*Term) (ok bool) {
	of := map[*Var]*cluster{}
	for _, v := range vars {
		of[v] = &cluster{vars: []*Var{v}}
	}
	note := func(a *Term) {
		l, r := a.left, a.right
		switch {
		case l.Var == nil && r.Var == nil:
		case r.Var == nil:
			of[l.Var].cut(r.Plus - l.Plus)
		case l.Var == nil:
			of[r.Var].cut(l.Plus - r.Plus)
		default:
			x, y := of[l.Var], of[r.Var]
			if x != y {
				x.vars = append(x.vars, y.vars...)
				for _, c := range y.cuts {
					x.cut(c)
				}
				x.distances = append(x.distances, y.distances...)
				for _, v := range y.vars {
					of[v] = x
				}
			}
			if d := r.Plus - l.Plus; d != 0 && !slices.Contains(x.distances, d) {
				x.distances = append(x.distances, d, -d)
			}
		}
	}
	for _, t := range terms {
		t.atoms(note)
	}
	for _, v := range vars {
		c := of[v]
		if !c.spread() {
			return false
		}
		v.domain = c.values(v)
	}
	return true
}

func (c *cluster) cut(at Value) {
	if !slices.Contains(c.cuts, at) {
		c.cuts = append(c.cuts, at)
	}
}

// spread shifts the cuts of numbers by the distances at which the variables are compared, once for each variable but one.
func (c *cluster) spread() bool {
	if c.vars[0].Sort != Number || len(c.vars) == 1 {
		return true
	}
	for _, v := range c.vars {
		if len(c.cuts) == 0 {
			c.cut(v.Usual)
		}
	}
	for _, v := range c.vars {
		for _, bound := range []Value{v.Min, v.Max} {
			if bound > -Fresh && bound < Fresh {
				c.cut(bound)
			}
		}
	}
	for range len(c.vars) - 1 {
		for _, at := range slices.Clone(c.cuts) {
			for _, d := range c.distances {
				c.cut(at + d)
			}
		}
		if len(c.cuts) > maxCuts {
			return false
		}
	}
	c.distances = nil
	return true
}

func (c *cluster) values(v *Var) (out []Value) {
	add := func(x Value) {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	switch {
	case v.Sort == Opaque:
		return []Value{1, 0, Absent, Failed}
	case v.Sort == Bool && v.Values != nil:
		out = slices.Clone(v.Values)
	case v.Sort == Bool:
		out = []Value{1, 0}
	case v.Sort == Text && v.Values != nil:
		c.listed(v, add)
	case v.Sort == Text:
		for i := range c.vars {
			add(Fresh + Value(i))
		}
		for _, x := range c.cuts {
			add(x)
		}
	default:
		c.numbers(v, add)
	}
	if v.Optional {
		out = append(out, Absent)
	}
	return out
}

// listed keeps the values of a closed list that are mentioned, and one for the others.
func (c *cluster) listed(v *Var, add func(Value)) {
	other := false
	for _, x := range v.Values {
		if mentioned := slices.Contains(c.cuts, x) || len(c.vars) > 1; mentioned || !other {
			other = other || !mentioned
			add(x)
		}
	}
}

func (c *cluster) numbers(v *Var, add func(Value)) {
	within := func(x Value) Value { return min(max(x, v.Min), v.Max) }
	if len(c.cuts) == 0 {
		add(within(v.Usual))
	}
	room := Value(len(c.vars))
	cuts := slices.Sorted(slices.Values(c.cuts))
	if slices.Contains(cuts, v.Usual) {
		add(within(v.Usual))
	}
	for i, x := range cuts { // each cut, what lies after it, and before the first what lies before
		add(within(x))
		for d := Value(1); d <= room; d++ {
			add(within(x + d))
		}
		for d := Value(1); i == 0 && d <= room; d++ {
			add(within(x - d))
		}
	}
}

// Cells are the values that stand for all values of a variable in the eyes of the terms: none when no term mentions it.
// ok is false when there are too many.
func Cells(v *Var, terms []*Term) (out []Value, ok bool) {
	var vars []*Var
	for _, t := range terms {
		for _, x := range t.vars {
			if !slices.Contains(vars, x) {
				vars = append(vars, x)
			}
		}
	}
	if !slices.Contains(vars, v) {
		return nil, true
	}
	if !cells(vars, terms) {
		return nil, false
	}
	return slices.Clone(v.domain), true
}
