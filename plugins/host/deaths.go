package host

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
)

const (
	deathsAtMost  = 2
	deathsOfCalls = 10_000 // how many calls are remembered; the ones that died longest ago are forgotten first
)

// deaths counts the calls that a process did not survive, so that an input that kills it is not sent for ever: each time the calls
// of others would die with it. Of the calls that were under way nobody knows which one it was; all are counted, and one that was
// merely there twice can be tried again by hand.
type deaths struct {
	mu sync.Mutex
	of *simplelru.LRU[input, int]
}

// input is a call over its attempts. A question about a submission is another input than the submission.
type input struct {
	operation  ident.OperationID
	method, of string
}

func inputOf(method string, c connectors.Call) input { return input{c.Operation, method, c.Of} }

func newDeaths() *deaths {
	cache, err := simplelru.NewLRU[input, int](deathsOfCalls, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &deaths{of: cache}
}

// add notes that the process died while the call ran. One without an operation is a person's, who sees what happens.
func (d *deaths) add(i input) {
	if i.operation.IsZero() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n, _ := d.of.Get(i)
	d.of.Add(i, n+1)
}

// fatal tells whether a call has killed often enough. A first attempt is a new beginning: somebody has put it back in the queue.
func (d *deaths) fatal(i input, attempt int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if attempt <= 1 {
		d.of.Remove(i)
		return false
	}
	n, _ := d.of.Get(i)
	return n >= deathsAtMost
}
