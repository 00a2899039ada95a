package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
)

// TestRange: a day is one of the years somebody living, or a loan, can have to do with.
func TestRange(t *testing.T) {
	for text, day := range map[string]bool{
		"2026-11-02": true, "1800-01-01": true, "2199-12-31": true, "2024-02-29": true,
		"2026-02-29": false, "2026-13-01": false, "0000-01-01": false, "0001-01-01": false, "1799-12-31": false, "2200-01-01": false, "9999-12-31": false, "10000-01-01": false,
		"-2026-01-01": false, "2026-1-1": false, "2026-11-02T00:00:00Z": false, "": false,
	} {
		if d, err := calendar.Parse(text); (err == nil) != day || day && d.String() != text {
			t.Errorf("%q: %s %v", text, d, err)
		}
	}
}

// FuzzDate: a day is read as it is written and comes back so, whoever carries it.
func FuzzDate(f *testing.F) {
	f.Add("2026-11-02")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := calendar.Parse(text)
		if err != nil {
			return
		}
		if d.String() != text || d.IsZero() {
			t.Fatalf("%q is read as %s", text, d)
		}
		var back calendar.Date
		if raw, err := json.Marshal(d); err != nil || json.Unmarshal(raw, &back) != nil || back != d {
			t.Fatalf("%q comes back as %s, %v", text, back, err)
		}
		var kept calendar.Date
		if value, err := d.Value(); err != nil || kept.Scan(value.(time.Time)) != nil || kept != d {
			t.Fatalf("%q is kept as %s, %v", text, kept, err)
		}
		if next := d.AddMonths(1); !d.Before(next) || next.Before(d.AddDays(1)) {
			t.Fatalf("a month after %s is %s", d, next)
		}
	})
}
