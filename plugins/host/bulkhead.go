package host

import (
	"encoding/json"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pratica-crm/pratica/core/connectors"
)

// AtOnce is how many calls to one bank are under way at once, of all agencies together, unless Options say otherwise. It is
// well below the number of calls a worker runs at once: a bank that hangs keeps its own and leaves the rest to the others.
const AtOnce = 4

// bulkhead bounds the calls under way to each bank. A call that finds no room is not kept waiting, because it would keep the
// worker that brought it.
type bulkhead struct {
	most int
	mu   sync.Mutex
	of   map[string]int // by bank; none without a call
}

// enter takes a place; leave gives it back.
func (b *bulkhead) enter(bank string) (leave func(), ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[bank] >= b.most {
		return nil, false
	}
	b.of[bank]++
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.of[bank]--; b.of[bank] == 0 {
			delete(b.of, bank)
		}
	}, true
}

// busy is the answer where there is no room: nothing was sent, the queue brings the call again in a moment, and the broker
// sees nothing. A question about an earlier call must stay one, which a limit does not promise: it counts as not reached.
func busy(method string) connectors.Answer {
	if method == connectors.Reconcile {
		return failed("unavailable", "connector.busy", unknown)
	}
	a := failed("rate_limited", "connector.busy", none)
	a.Failure.RetryAfter = time.Second + rand.N(time.Second)
	return a
}

// addressFields are the settings that, by a connector's schema, hold an address: where its calls go.
func addressFields(schema json.RawMessage) (names []string) {
	var s struct {
		Properties map[string]struct {
			Format string `json:"format"`
		} `json:"properties"`
	}
	if json.Unmarshal(schema, &s) != nil {
		return nil // a schema of another form names no address
	}
	for name, p := range s.Properties {
		if p.Format == "uri" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// bankOf names the bank that settings lead to: the host of the first address among them, whichever agency's they are. A connector
// whose settings have no address leads to one place.
func bankOf(connector string, fields []string, settings settings) string {
	for _, name := range fields {
		var address string
		if json.Unmarshal(settings[name], &address) != nil {
			continue
		}
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			return connector + " " + strings.ToLower(u.Host)
		}
	}
	return connector
}
