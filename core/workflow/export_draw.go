package workflow

// Initial lists where an instance starts: one state, or states in different regions of one parallel state.
func (m *Machine) Initial() []*State { return m.initial }

// Regions of a parallel state, in its order; its history states stand beside them.
func (s *State) Regions() []*State {
	if s.Kind != "parallel" {
		return nil
	}
	return s.regions()
}

// Inside tells whether s lies within another state, at whatever depth.
func (s *State) Inside(around *State) bool { return s.inside(around) }
