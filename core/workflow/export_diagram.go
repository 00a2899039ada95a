package workflow

// Sketch reads a template as far as its source can be read, for a drawing of it while it is being written: names may lead nowhere
// and guards may not compile. Nil when the source is no YAML mapping.
func Sketch(source []byte) *Template {
	found := &findings{}
	root := parseTree(source, found)
	if root == nil || root.kind != 'm' {
		return nil
	}
	return decode(root, found)
}

// First tells whether the author marked the state as the one where an instance starts.
func (s *State) First() bool { return s.first }
