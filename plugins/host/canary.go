package host

import (
	"fmt"
	"sync"

	"github.com/pratica-crm/pratica/core/connectors"
)

// A canary is given up when budgetBad of its last calls or more ended badly, and their share is more than budgetAbove percentage
// points above that of the version in force.
const (
	budgetBad   = 3
	budgetAbove = 10
	remembered  = 200 // calls
)

// record is how the last calls of a process ended.
type record struct{ calls, bad int }

func (r record) String() string { return fmt.Sprintf("%d of %d calls ended badly", r.bad, r.calls) }

// overspent tells whether a canary does too badly to go on.
func overspent(canary, standing record) bool {
	if canary.bad < budgetBad {
		return false
	}
	share := func(r record) float64 { return 100 * float64(r.bad) / float64(max(1, r.calls)) }
	return share(canary) > share(standing)+budgetAbove
}

// badly: an end that is the connector's fault, and not a bank's or a broker's.
func badly(a connectors.Answer) bool {
	f := a.Failure
	return f != nil && (f.Kind == "internal" || f.Kind == "contract_drift" || f.Code == died)
}

// outcomes remember how the last calls of a process ended.
type outcomes struct {
	mu   sync.Mutex
	last []bool // a ring once it is full
	at   int
	bad  int
}

func (o *outcomes) add(bad bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.last) < remembered {
		o.last = append(o.last, false)
	}
	if o.last[o.at] {
		o.bad--
	}
	if o.last[o.at] = bad; bad {
		o.bad++
	}
	o.at = (o.at + 1) % remembered
}

func (o *outcomes) record() record {
	o.mu.Lock()
	defer o.mu.Unlock()
	return record{len(o.last), o.bad}
}
