package main

import (
	"sync"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// demoClock is a clock that the story moves. It never goes back and never passes the present.
type demoClock struct {
	mu      sync.Mutex
	at, end time.Time
}

// Now is the instant of the story.
func (c *demoClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// move goes on to an instant.
func (c *demoClock) move(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if to.After(c.end) {
		to = c.end
	}
	if to.After(c.at) {
		c.at = to
	}
}

// pass lets time go by.
func (c *demoClock) pass(d time.Duration) { c.move(c.Now().Add(d)) }

// office hours in Rome, in minutes of the day.
const (
	opens, closes = 8*60 + 45, 18*60 + 30
	earliest      = 8 * 60 // today, when it is still early
)

// almanac knows the working days up to the present.
type almanac struct {
	present time.Time // in Rome
	newest  time.Time // midnight of the last day on which somebody worked already
}

func newAlmanac(now time.Time) almanac {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		rome = time.UTC // cannot be: the zone is compiled in
	}
	a := almanac{present: now.In(rome)}
	a.newest = midnight(a.present)
	if !working(a.newest) || minuteOf(a.present) < earliest+60 {
		a.newest = a.before(a.newest, 1)
	}
	return a
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func minuteOf(t time.Time) int { return t.Hour()*60 + t.Minute() }

func working(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday && !workflow.ItalianHoliday(day)
}

// before is the working day n working days earlier.
func (a almanac) before(day time.Time, n int) time.Time {
	for n > 0 {
		if day = day.AddDate(0, 0, -1); working(day) {
			n--
		}
	}
	return day
}

// after is the instant n working days later, at the same time of the day.
func (a almanac) after(t time.Time, n int) time.Time {
	for t = t.In(a.present.Location()); n > 0; {
		if t = t.AddDate(0, 0, 1); working(t) {
			n--
		}
	}
	return t
}

// at is a minute of a day; the office hours of today end now.
func (a almanac) at(day time.Time, minute int) time.Time {
	minute = min(minute, closes)
	if today := minuteOf(a.present) - 2; day.Equal(midnight(a.present)) && today < closes {
		minute = earliest + (minute-opens)*(today-earliest)/(closes-opens)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 0, minute, 0, 0, day.Location())
}
