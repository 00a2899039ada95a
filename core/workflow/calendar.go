package workflow

import (
	"sync"
	"time"
	_ "time/tzdata" // deadlines are Roman wherever the server stands
)

// Holidays tells whether a day (its date in Rome) is no working day besides Saturdays and Sundays.
type Holidays func(day time.Time) bool

var rome = sync.OnceValue(func() *time.Location {
	l, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		return time.UTC // cannot be: the zone is compiled in
	}
	return l
})

// due is when a deadline armed now ends. Working days keep the clock time of Rome.
func (s *SLA) due(now time.Time, holidays Holidays) time.Time {
	local := now.In(rome())
	if !s.Business {
		return local.AddDate(0, 0, s.Within.Days).Add(s.Within.Clock).UTC()
	}
	if holidays == nil {
		holidays = ItalianHoliday
	}
	for days := s.Within.Days; days > 0; {
		local = local.AddDate(0, 0, 1)
		if working(local, holidays) {
			days--
		}
	}
	return local.UTC()
}

func working(day time.Time, holidays Holidays) bool {
	w := day.Weekday()
	return w != time.Saturday && w != time.Sunday && !holidays(day)
}

// ItalianHoliday knows the national holidays of L. 260/1949 as amended, Easter Monday and, since 2026, St Francis (L. 151/2025).
func ItalianHoliday(day time.Time) bool {
	year, month, date := day.Date()
	switch month*100 + time.Month(date) {
	case 101, 106, 425, 501, 602, 815, 1101, 1208, 1225, 1226:
		return true
	case 1004:
		return year >= 2026
	}
	m, d := easter(year)
	monday := time.Date(year, m, d+1, 0, 0, 0, 0, time.UTC)
	return monday.Month() == month && monday.Day() == date
}

// easter is the Gregorian Sunday by the anonymous algorithm of 1876.
func easter(year int) (time.Month, int) {
	a, b, c := year%19, year/100, year%100
	d, e, f := b/4, b%4, (b+8)/25
	g := (b - f + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	n := (a + 11*h + 22*l) / 451
	x := h + l - 7*n + 114
	return time.Month(x / 31), x%31 + 1
}
