package workflow

import (
	"testing"
	"time"
)

func TestDeadlines(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		name, within string
		business     bool
		now, due     string
	}{
		{"over a weekend", "P3D", true, "2026-10-01T10:00:00+02:00", "2026-10-06T10:00:00+02:00"},
		{"Easter Monday", "P1D", true, "2026-04-03T10:00:00+02:00", "2026-04-07T10:00:00+02:00"},
		{"Christmas", "P1D", true, "2026-12-24T10:00:00+01:00", "2026-12-28T10:00:00+01:00"},
		{"from a Saturday", "P1D", true, "2026-10-03T10:00:00+02:00", "2026-10-05T10:00:00+02:00"},
		{"same clock time when summer ends", "P1D", true, "2026-10-23T10:00:00+02:00", "2026-10-26T10:00:00+01:00"},
		{"same clock time of any day", "P2D", false, "2026-10-24T10:00:00+02:00", "2026-10-26T10:00:00+01:00"},
		{"hours run on", "PT36H", false, "2026-10-02T10:00:00+02:00", "2026-10-03T22:00:00+02:00"},
		{"a week and a bit", "P1DT2H30M", false, "2026-10-02T10:00:00+02:00", "2026-10-03T12:30:00+02:00"},
	} {
		within, ok := parseDuration(c.within)
		if !ok {
			t.Fatal(c.within)
		}
		sla := SLA{Within: within, Business: c.business}
		if got := sla.due(at(c.now), nil); !got.Equal(at(c.due)) {
			t.Errorf("%s: %s, want %s", c.name, got, c.due)
		}
	}
	agency := func(day time.Time) bool { return ItalianHoliday(day) || day.Month() == time.October && day.Day() == 2 }
	within, _ := parseDuration("P1D")
	if got := (&SLA{Within: within, Business: true}).due(at("2026-10-01T10:00:00+02:00"), agency); !got.Equal(at("2026-10-05T10:00:00+02:00")) {
		t.Errorf("the agency's own holiday: %s", got)
	}
}

func TestItalianHolidays(t *testing.T) {
	for day, want := range map[string]bool{
		"2026-01-01": true, "2026-01-06": true, "2026-04-05": false, "2026-04-06": true, "2026-04-25": true, "2026-05-01": true, "2026-06-02": true,
		"2026-08-15": true, "2025-10-04": false, "2026-10-04": true, "2026-11-01": true, "2026-12-08": true, "2026-12-25": true, "2026-12-26": true,
		"2027-03-29": true, "2028-04-17": true, "2026-04-03": false, "2026-12-24": false,
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := ItalianHoliday(at); got != want {
			t.Errorf("%s: %v", day, got)
		}
	}
}

func TestDurations(t *testing.T) {
	for s, ok := range map[string]bool{"P3D": true, "PT4H": true, "P1W": true, "P1DT12H": true, "P": false, "PT": false, "P1DT": false, "3D": false, "P1M": false, "P-1D": false, "": false} {
		if _, got := parseDuration(s); got != ok {
			t.Errorf("%q: %v", s, got)
		}
	}
}
