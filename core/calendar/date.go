// Package calendar has the day without a clock: birthdays, expiries, agreements.
package calendar

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
)

const layout = "2006-01-02"

// Date is a day, "2026-11-02" outside. The zero value is "no day".
type Date struct{ t time.Time } // midnight UTC

// On makes a day.
func On(year int, month time.Month, day int) Date {
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// Of is the day of an instant, in UTC.
func Of(t time.Time) Date {
	y, m, d := t.UTC().Date()
	return On(y, m, d)
}

// The years of the days that are read: nobody who is served was born before, and no loan ends after.
const (
	firstYear = 1800
	lastYear  = 2199
)

// Parse reads "2026-11-02".
func Parse(text string) (Date, error) {
	t, err := time.Parse(layout, text)
	if err != nil || t.Year() < firstYear || t.Year() > lastYear {
		return Date{}, fmt.Errorf("not a day of the form 2026-11-02, of the years %d to %d", firstYear, lastYear)
	}
	return Date{t}, nil
}

// IsZero reports whether there is no day.
func (d Date) IsZero() bool { return d.t.IsZero() }

// Time is midnight UTC of the day.
func (d Date) Time() time.Time { return d.t }

// Before reports whether d is an earlier day.
func (d Date) Before(e Date) bool { return d.t.Before(e.t) }

// AddDays moves by days.
func (d Date) AddDays(n int) Date { return Date{d.t.AddDate(0, 0, n)} }

// AddMonths moves by months; the last day of a month stays inside the month it moves to.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.t.Date()
	last := time.Date(y, m+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return On(y, m+time.Month(n), min(day, last))
}

func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.t.Format(layout)
}

// MarshalText gives "2026-11-02", or nothing.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "2026-11-02"; nothing is no day.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d = Date{}
	if len(text) > 0 {
		*d, err = Parse(string(text))
	}
	return err
}

// MarshalJSON gives null for no day.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(d.String())
}

// Value stores no day as NULL.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.t, nil
}

// Scan reads NULL as no day.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		*d = Of(v)
	case string:
		return d.UnmarshalText([]byte(v))
	default:
		return fmt.Errorf("cannot read a day from %T", src)
	}
	return nil
}
