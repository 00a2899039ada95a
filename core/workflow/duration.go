package workflow

import (
	"strconv"
	"strings"
	"time"
)

// Duration is an ISO 8601 duration of weeks, days, hours, minutes and seconds.
// Days are kept apart because a working day is not 24 hours.
type Duration struct {
	Days  int
	Clock time.Duration
}

// parseDuration reads "P3D", "PT4H", "P1DT12H"; false when the text has another form or says nothing.
func parseDuration(s string) (Duration, bool) {
	if !duration.MatchString(s) || s == "P" || strings.HasSuffix(s, "T") {
		return Duration{}, false
	}
	var d Duration
	clock, digits := false, ""
	for _, c := range s[1:] {
		if c >= '0' && c <= '9' {
			digits += string(c)
			continue
		}
		n, _ := strconv.Atoi(digits)
		digits = ""
		switch {
		case c == 'T':
			clock = true
		case c == 'W':
			d.Days += 7 * n
		case c == 'D':
			d.Days += n
		case c == 'H':
			d.Clock += time.Duration(n) * time.Hour
		case c == 'M' && clock:
			d.Clock += time.Duration(n) * time.Minute
		case c == 'S':
			d.Clock += time.Duration(n) * time.Second
		}
	}
	return d, true
}
