package workflow

import (
	"slices"
	"time"
)

// pause stops the deadlines whose SLA says pause_in while such a state is active, and lets the others run.
func (s *macrostep) pause() {
	for i, t := range s.m.paused(s.inst.Timers, s.at, s.now, s.world.Holidays) {
		before := s.inst.Timers[i]
		switch {
		case t == before:
			continue
		case t.Runs():
			s.result.TimersArmed = append(s.result.TimersArmed, t)
		default:
			s.result.TimersArmed = slices.DeleteFunc(s.result.TimersArmed, func(armed Timer) bool { return armed == before })
			s.result.TimersPaused = append(s.result.TimersPaused, t)
		}
		s.inst.Timers[i] = t
	}
}

// paused gives the deadlines as they are where an instance stands at a moment: still while a state their SLA pauses in is active,
// else running, later by as much as they stood still: by the clock, or by whole working days where working days count.
func (m *Machine) paused(timers []Timer, at configuration, now time.Time, holidays Holidays) []Timer {
	timers = slices.Clone(timers)
	for i, t := range timers {
		state := m.states[t.State]
		if state == nil || state.SLA == nil {
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
