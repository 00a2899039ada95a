package connectors

import (
	"cmp"
	"slices"
	"sync"
)

// Attempts counts what attempts of a connector came to, since the program started. Kind is that of the error, or the verdict; Then is
// the state that followed, "dead", or "put_off" where the connector was not called.
type Attempts struct {
	Connector, Kind, Then string
	Count                 int
}

// tally counts attempts; a program has few connectors and kinds.
type tally struct {
	mu sync.Mutex
	of map[Attempts]int
}

func (t *tally) count(connector string, a Answer, n next) {
	k := Attempts{Connector: connector, Kind: string(a.Verdict), Then: n.state}
	if a.Failure != nil {
		k.Kind = a.Failure.Kind
	}
	switch {
	case n.dead != "":
		k.Then = "dead"
	case a.Failure.putOff():
		k.Then = "put_off"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[Attempts]int{}
	}
	t.of[k]++
}

// Attempts tells what this program's attempts have come to so far.
func (s *Service) Attempts() (out []Attempts) {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	for k, n := range s.tally.of {
		k.Count = n
		out = append(out, k)
	}
	slices.SortFunc(out, func(a, b Attempts) int {
		return cmp.Or(cmp.Compare(a.Connector, b.Connector), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Then, b.Then))
	})
	return out
}
