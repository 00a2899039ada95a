package workflow

import (
	"maps"
	"slices"
	"time"
)

// deadlines brings the deadlines up to where the step has led: released, stopped, or let run.
func (s *macrostep) deadlines() {
	timers := s.m.paused(s.released(), s.at, s.now, s.world.Holidays)
	for i, t := range timers {
		before := s.inst.Timers[i]
		switch {
		case t == before:
			continue
		case !t.Runs():
			s.result.TimersArmed = slices.DeleteFunc(s.result.TimersArmed, func(armed Timer) bool { return armed == before })
			s.result.TimersPaused = append(s.result.TimersPaused, t)
		case before.Waits:
			s.result.TimersReleased = append(s.result.TimersReleased, t)
		default:
			s.result.TimersArmed = append(s.result.TimersArmed, t)
		}
	}
	s.inst.Timers = timers
}

// released gives the deadlines with those that waited for a breach to be gone due now, once none stands any more. What the
// invariants read for that is none of the step's: a refused deadline leaves no row, so a replay does not look.
func (s *macrostep) released() []Timer {
	timers := slices.Clone(s.inst.Timers)
	if s.inst.Ended != "" || !slices.ContainsFunc(timers, func(t Timer) bool { return t.Waits }) {
		return timers
	}
	w := s.world
	w.Facts = Facts{}
	maps.Copy(w.Facts, s.facts)
	maps.Copy(w.Facts, s.set)
	if len(s.m.Breaches(s.inst, w)) > 0 {
		return timers
	}
	for i, t := range timers {
		if t.Waits {
			timers[i].Waits, timers[i].Due = false, s.now
		}
	}
	return timers
}

// paused gives the deadlines as they are where an instance stands at a moment: still while a state their SLA pauses in is active,
// else running, later by as much as they stood still: by the clock, or by whole working days where working days count.
func (m *Machine) paused(timers []Timer, at configuration, now time.Time, holidays Holidays) []Timer {
	timers = slices.Clone(timers)
	for i, t := range timers {
		state := m.states[t.State]
		if state == nil || state.SLA == nil || t.Waits { // its time is over
			continue
		}
		still := at.anyActive(m.configuration(state.SLA.PauseIn))
		switch {
		case still && t.Paused.IsZero():
			timers[i].Paused = now
		case !still && !t.Paused.IsZero():
			timers[i].Due = state.SLA.resumed(t.Due, t.Paused, now, holidays)
			timers[i].Paused = time.Time{}
		}
	}
	return timers
}

// resumed is the new end of a deadline that stood still from a moment until now.
func (s *SLA) resumed(due, since, now time.Time, holidays Holidays) time.Time {
	if !s.Business {
		return due.Add(now.Sub(since))
	}
	still := SLA{Business: true, Within: Duration{Days: workingDays(since, now, holidays)}}
	return still.due(due, holidays)
}

// workingDays counts the working days that begin after one moment and not after another, in Rome.
func workingDays(from, to time.Time, holidays Holidays) int {
	if holidays == nil {
		holidays = ItalianHoliday
	}
	day, last := midnight(from), midnight(to)
	n := 0
	for day.Before(last) {
		if day = day.AddDate(0, 0, 1); working(day, holidays) {
			n++
		}
	}
	return n
}

func midnight(t time.Time) time.Time {
	y, m, d := t.In(rome()).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, rome())
}
