package workflow

import (
	"slices"
	"time"
)

// Runs tells whether a timer can be due: a paused one is not, nor one that waits for a breach to be gone.
func (t Timer) Runs() bool { return t.Paused.IsZero() && !t.Waits }

// Same tells whether two timers are one deadline, wherever it stands.
func (t Timer) Same(other Timer) bool {
	return t.State == other.State && t.Event == other.Event && t.Entry == other.Entry
}

// Due is the timer that runs and ends first, nil when none runs.
func (i Instance) Due() *Timer {
	var first *Timer
	for k := range i.Timers {
		if t := &i.Timers[k]; t.Runs() && (first == nil || t.Due.Before(first.Due)) {
			first = t
		}
	}
	return first
}

// DueBy is that timer when it ends by a moment, else nil.
func (i Instance) DueBy(by time.Time) *Timer {
	if t := i.Due(); t != nil && !t.Due.After(by) {
		return t
	}
	return nil
}

// Invariant finds a declared invariant; nil for an unknown id.
func (m *Machine) Invariant(id string) *Invariant {
	i := slices.IndexFunc(m.Template.Invariants, func(x *Invariant) bool { return x.ID == id })
	if i < 0 {
		return nil
	}
	return m.Template.Invariants[i]
}

// Words is the invariant's text, or its expression in both languages.
func (i *Invariant) Words() Text { return i.Guard.Text.Or(Text{EN: i.Guard.Expr, IT: i.Guard.Expr}) }

// CalendarOf makes holidays of an agency's own days over the national ones: by date ("2026-12-07"), whether it works then.
func CalendarOf(works map[string]bool) Holidays {
	return func(day time.Time) bool {
		if own, said := works[day.Format(time.DateOnly)]; said {
			return !own
		}
		return ItalianHoliday(day)
	}
}
