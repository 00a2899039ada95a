package workflow

import (
	"slices"
	"time"
)

// pause stops the deadlines whose SLA says pause_in while such a state is active, and lets them go on by as much later as they
// stood still: by the clock, or by whole working days where working days count.
func (s *macrostep) pause() {
	for i, t := range s.inst.Timers {
		state := s.m.states[t.State]
		if state == nil || state.SLA == nil || len(state.SLA.PauseIn) == 0 {
			continue
		}
		still := s.at.anyActive(s.m.configuration(state.SLA.PauseIn))
		switch {
		case still && t.Paused.IsZero():
			s.result.TimersArmed = slices.DeleteFunc(s.result.TimersArmed, func(armed Timer) bool { return armed == t })
			t.Paused = s.now
			s.result.TimersPaused = append(s.result.TimersPaused, t)
		case !still && !t.Paused.IsZero():
			t.Due = state.SLA.resumed(t.Due, t.Paused, s.now, s.world.Holidays)
			t.Paused = time.Time{}
			s.result.TimersArmed = append(s.result.TimersArmed, t)
		}
		s.inst.Timers[i] = t
	}
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
