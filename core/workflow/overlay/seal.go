package overlay

import "gopkg.in/yaml.v3"

// seal is how far a base lets an element be changed; each level allows what the one below it does.
type seal int

const (
	sealed seal = iota
	tighten
	extend
	free
)

var sealNames = []string{"sealed", "tighten", "extend", "free"}

func (s seal) String() string { return sealNames[s] }

// sealOf reads a level; false when there is none.
func sealOf(n *yaml.Node) (seal, bool) {
	for i, name := range sealNames {
		if scalar(n) == name {
			return seal(i), true
		}
	}
	return tighten, false
}

// needs is the least seal each operation asks of the element it changes.
var needs = map[string]seal{
	"set_text": tighten, "add_guard": tighten, "shorten_sla": tighten, "set_param": tighten,
	"add_action": extend, "add_state": extend, "add_transition": extend,
	"disable": free,
}

// allowed refuses an operation that the element's seal forbids.
func (o operation) allowed(e element, at *yaml.Node) *refusal {
	if e.seal() >= needs[o.name] {
		return nil
	}
	return refuseSealed(o, e, at)
}
