package cashflow

import "time"

// day counts days since 1 January 1970; none is no day.
type day int

const none day = -1 << 30

func dayOf(text string) day {
	if len(text) >= 10 {
		text = text[:10] // banks send "2026-11-02T00:00:00Z", too
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1950 || t.Year() > 2199 {
		return none
	}
	return day(t.Unix() / 86400)
}

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

func (d day) String() string {
	if d == none {
		return ""
	}
	return d.time().Format(time.DateOnly)
}

// month counts months since January 1970.
func (d day) month() int {
	t := d.time()
	return (t.Year()-1970)*12 + int(t.Month()) - 1
}

// monthly makes a sum over days a month's: of 365.25/12 days. Half a cent goes up.
func monthly(cents int64, days int) int64 {
	if days <= 0 {
		return 0
	}
	return divide(cents*487, int64(days)*16) // 30.4375 = 487/16
}

// divide rounds to the nearest, half away from zero; by must be positive.
func divide(a, by int64) int64 {
	if a < 0 {
		return -((-a + by/2) / by)
	}
	return (a + by/2) / by
}
