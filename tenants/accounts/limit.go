package accounts

import (
	"sync"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
)

const (
	perEmail = 8  // tries within the window
	perFrom  = 60 // of one address, where a whole office may sit
	window   = 10 * time.Minute
)

// limiter slows guessing down, by e-mail and by address.
type limiter struct {
	now func() time.Time
	mu  sync.Mutex
	of  map[string]*tries
}

type tries struct {
	count int
	until time.Time
}

func newLimiter(now func() time.Time) *limiter { return &limiter{now: now, of: map[string]*tries{}} }

func (l *limiter) try(email, from string) error {
	return l.count(map[string]int{"e " + email: perEmail, "a " + from: perFrom})
}

// tryLink slows the guessing of one-time links down, by address.
func (l *limiter) tryLink(from string) error { return l.count(map[string]int{"l " + from: perFrom}) }

// count counts a try under each key; each has the most there may be within the window.
func (l *limiter) count(keys map[string]int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if len(l.of) > 50_000 {
		for k, t := range l.of {
			if now.After(t.until) {
				delete(l.of, k)
			}
		}
	}
	for key, most := range keys {
		t := l.of[key]
		if t == nil || now.After(t.until) {
			t = &tries{until: now.Add(window)}
			l.of[key] = t
		}
		if t.count++; t.count > most {
			e := fault.New(fault.Limited, "auth.too_often", "Too many tries. Wait a few minutes, or ask for a new password.")
			e.Retry = t.until.Sub(now)
			return e
		}
	}
	return nil
}

// forgive forgets the failures of somebody who got in.
func (l *limiter) forgive(email string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, "e "+email)
}
