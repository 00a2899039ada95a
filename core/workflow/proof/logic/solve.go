package logic

import (
	"maps"
	"slices"
)

// Model gives variables values; one that is absent from it may have any.
type Model map[*Var]Value

// Answer of a search.
type Answer uint8

const (
	// Never: no values make all terms true. Everything was tried.
	Never Answer = iota
	// Proven: a model was found and accepted.
	Proven
	// Unsure: models were found and none accepted, or the budget was used up.
	Unsure
)

// Solver searches within a budget that all its searches share.
type Solver struct {
	Budget int // assignments left
	// Each bounds the assignments of one search.
	Each int
	// Tries bounds the models that are offered before a search gives up.
	Tries int
}

// Charge counts other work against the shared budget.
func (s *Solver) Charge(steps int) { s.Budget -= steps }

// Spent tells whether the shared budget is used up.
func (s *Solver) Spent() bool { return s.Budget <= 0 }

// Solve looks for values that make every term true. Each model found is offered to accept until it takes one;
// a nil accept takes the first. Values in fixed stand.
func (s *Solver) Solve(terms []*Term, fixed Model, accept func(Model) bool) (Model, Answer) {
	terms = apart(terms, nil)
	q := &search{solver: s, left: s.Each, tries: s.Tries, accept: accept, cost: 1}
	defer q.release()
	for _, t := range terms {
		for _, v := range t.vars {
			if v.index == 0 {
				q.vars = append(q.vars, v)
				v.index = len(q.vars)
			}
		}
	}
	q.cost += Weigh(terms) / 64
	s.Charge(q.cost + len(q.vars))
	if !cells(q.vars, terms) {
		return nil, Unsure
	}
	for _, v := range q.vars {
		if x, ok := fixed[v]; ok {
			v.value, v.set = x, true
		}
	}
	rest, possible := q.narrow(terms)
	if !possible {
		return nil, Never
	}
	slices.SortStableFunc(q.vars, func(a, b *Var) int { return a.weight() - b.weight() })
	found := q.assign(rest)
	switch {
	case found:
		return q.model, Proven
	case q.gaveUp || q.offered > 0:
		return nil, Unsure
	}
	return nil, Never
}

// Weigh counts the comparisons of terms.
func Weigh(terms []*Term) (n int) {
	for _, t := range terms {
		if t == nil {
			continue
		}
		t.atoms(func(*Term) { n++ })
	}
	return n
}

// apart takes conjunctions to pieces, so that each rules values out by itself.
func apart(terms, out []*Term) []*Term {
	for _, t := range terms {
		switch {
		case t.kind == and || t.kind == all:
			out = apart(t.kids, out)
		case t.kind == is && t.mask == True:
			kid := t.kids[0]
			if kid.kind != and && kid.kind != all {
				out = append(out, kid)
				continue
			}
			out = apart(kid.kids, out)
		default:
			out = append(out, t)
		}
	}
	return out
}

// weight puts variables with few values first, and those that nobody can set last.
func (v *Var) weight() int {
	if v.Sort == Opaque {
		return 1 << 20
	}
	return len(v.domain)
}

type search struct {
	solver  *Solver
	vars    []*Var
	left    int
	tries   int
	cost    int // of one assignment, by the size of the terms it is judged by
	offered int
	gaveUp  bool
	accept  func(Model) bool
	model   Model
}

func (q *search) release() {
	for _, v := range q.vars {
		v.index, v.domain, v.set, v.narrowed = 0, nil, false, false
	}
}

// narrow drops terms that are true in any case, and values that one term alone rules out.
func (q *search) narrow(terms []*Term) (rest []*Term, possible bool) {
	for _, t := range terms {
		v := t.only()
		if v == nil {
			continue
		}
		all := len(v.domain)
		v.domain = slices.DeleteFunc(v.domain, func(x Value) bool {
			v.value, v.set = x, true
			return t.open()&True == 0
		})
		if v.set = false; len(v.domain) == 0 {
			return nil, false
		}
		v.narrowed = v.narrowed || len(v.domain) < all
	}
	return undecided(terms)
}

// only is the one variable of a term that is not assigned yet.
func (t *Term) only() *Var {
	var one *Var
	for _, v := range t.vars {
		switch {
		case v.set:
		case one != nil:
			return nil
		default:
			one = v
		}
	}
	return one
}

// undecided keeps the terms that can still be something else than true.
func undecided(terms []*Term) (rest []*Term, possible bool) {
	for _, t := range terms {
		o := t.open()
		if o&True == 0 {
			return nil, false
		}
		if o != True {
			rest = append(rest, t)
		}
	}
	return rest, true
}

func (q *search) assign(terms []*Term) bool {
	if len(terms) == 0 {
		return q.offer()
	}
	v := next(q.vars, terms)
	if v == nil {
		return false
	}
	defer func() { v.set = false }()
	for _, x := range v.domain {
		q.left--
		q.solver.Charge(q.cost)
		if q.left < 0 || q.solver.Budget < 0 {
			q.gaveUp = true
			return false
		}
		v.value, v.set = x, true
		rest, possible := undecided(terms)
		if !possible {
			continue
		}
		if q.assign(rest) {
			return true
		}
		if q.gaveUp {
			return false
		}
	}
	return false
}

// next is the first variable in order that an undecided term turns on.
func next(vars []*Var, terms []*Term) *Var {
	for _, v := range vars {
		if v.set {
			continue
		}
		for _, t := range terms {
			if t.mentions(v) {
				return v
			}
		}
	}
	return nil
}

func (q *search) offer() bool {
	m := Model{}
	for _, v := range q.vars {
		switch {
		case v.set:
			m[v] = v.value
		case v.narrowed: // any value that is left will do
			m[v] = v.domain[0]
		}
	}
	q.offered++
	if q.accept == nil || q.accept(maps.Clone(m)) {
		q.model = m
		return true
	}
	if q.offered >= q.tries {
		q.gaveUp = true
	}
	return false
}
