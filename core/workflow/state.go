package workflow

import "slices"

// Words is the state's title, or its name in both languages.
func (s *State) Words() Text { return s.Title.Or(Text{s.Name, s.Name}) }

// leaf tells a state in which an instance can stand.
func (s *State) leaf() bool { return s.Kind == "atomic" || s.Kind == "final" }

// path lists the state and those around it, innermost first.
func (s *State) path() []*State {
	var out []*State
	for ; s != nil; s = s.Parent {
		out = append(out, s)
	}
	return out
}

// within tells whether s is around, or lies inside it; everything lies within nil.
func (s *State) within(around *State) bool {
	if around == nil {
		return true
	}
	for ; s != nil && s.depth >= around.depth; s = s.Parent {
		if s == around {
			return true
		}
	}
	return false
}

func (s *State) inside(around *State) bool { return s != around && s.within(around) }

// regions of a parallel state; its history states stand beside them.
func (s *State) regions() []*State {
	i := slices.IndexFunc(s.Children, func(c *State) bool { return c.Kind != "region" })
	if i < 0 {
		return s.Children
	}
	return s.Children[:i]
}

// commonParent is the innermost state that properly holds both; nil is the root.
func commonParent(a, b *State) *State {
	for p := a.Parent; p != nil; p = p.Parent {
		if b.inside(p) {
			return p
		}
	}
	return nil
}
