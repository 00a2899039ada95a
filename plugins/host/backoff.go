package host

import (
	"math/rand/v2"
	"time"
)

const (
	backoffFirst   = 200 * time.Millisecond
	backoffAtMost  = time.Minute
	crashesAtMost  = 5
	crashWindow    = 10 * time.Minute
	healthyAgainAt = crashWindow // what has run that long starts from the first backoff again
)

// crashes decides when a connector that ended may start again.
type crashes struct {
	times []time.Time // within the window
	run   int         // of ends without a long healthy time between them
}

// add takes one more end, after the process has run for a while. It answers how long to wait, before jitter, or that the connector is
// quarantined.
func (c *crashes) add(now time.Time, ran time.Duration) (wait time.Duration, quarantined bool) {
	kept := c.times[:0]
	for _, t := range c.times {
		if now.Sub(t) < crashWindow {
			kept = append(kept, t)
		}
	}
	c.times = append(kept, now)
	if ran >= healthyAgainAt {
		c.run = 0
	}
	c.run++
	return min(backoffFirst<<min(c.run-1, 20), backoffAtMost), len(c.times) >= crashesAtMost
}

// jitter takes up to a half off, so that connectors that died together do not come back together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }
