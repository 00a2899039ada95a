package workflow

// Leaves tells whether firing an edge where an instance stands leaves an active state, so that its deadlines fall away.
func (m *Machine) Leaves(e Edge, inst Instance, s *State) bool { return m.leaves(e.e, s, inst.History) }
