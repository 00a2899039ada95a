package breakers

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Rest is a bank that is left alone, or was until a moment ago. It is told to other programs, and names the bank by a digest: an address
// may be one agency's own.
type Rest struct {
	Connector string    `json:"connector"`
	Bank      string    `json:"bank"`  // Digest
	State     string    `json:"state"` // open, or half_open: the next call tries whether it answers
	Until     time.Time `json:"until"` // when the next call may try
	Why       string    `json:"why"`   // the kind of the error that opened it
}

const (
	toldAtMost = 256
	// toldFor is how long a bank that nobody has asked since is still said to be half open: what is older says nothing of now.
	toldFor = 5 * time.Minute
)

// Digest names a bank without its address.
func Digest(bank string) string {
	sum := sha256.Sum256([]byte(bank))
	return hex.EncodeToString(sum[:12])
}

// Resting lists the banks whose breaker is not closed, those asked last.
func (g *Guard) Resting(now time.Time) []Rest {
	out := []Rest{}
	g.mu.Lock()
	defer g.mu.Unlock()
	banks := g.of.Keys() // the one asked last stands last
	for i := len(banks) - 1; i >= 0 && len(out) < toldAtMost; i-- {
		d, _ := g.of.Peek(banks[i])
		if r, rests := d.rest(now); rests {
			r.Bank = Digest(banks[i])
			out = append(out, r)
		}
	}
	return out
}

func (d *door) rest(now time.Time) (Rest, bool) {
	last := d.last.Load()
	if d.breaker.IsClosed() || last == nil {
		return Rest{}, false
	}
	r := Rest{Connector: d.connector, State: "open", Until: now.Add(d.breaker.RemainingDelay()), Why: last.kind}
	if d.breaker.IsHalfOpen() || !r.Until.After(now) {
		r.State, r.Until = "half_open", now
	}
	return r, r.State == "open" || now.Sub(last.at) < toldFor
}
