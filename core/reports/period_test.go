package reports

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPeriods: a period is closed once it holds enough, what is left goes with the last one, and a cut once made stays.
func TestPeriods(t *testing.T) {
	for _, c := range []struct {
		months []int // files opened in each, from January on; 0: none
		want   string
	}{
		{nil, ""},
		{[]int{3, 4}, "1-2:7"},
		{[]int{50, 60}, "1-1:50 2-2:60"},
		{[]int{20, 0, 29, 1, 50}, "1-4:50 5-5:50"},
		{[]int{60, 49}, "1-2:109"},
		{[]int{60, 49, 1}, "1-1:60 2-3:50"},
		{[]int{60, 0, 55, 7, 8}, "1-1:60 3-5:70"},
	} {
		p := periods{known: []string{"a"}}
		for i, n := range c.months {
			for _, part := range []int{n / 2, n - n/2} { // a month is several rows
				if part > 0 {
					p.add(raw{month: time.Date(2026, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC), agency: "a", outcome: "open", state: "s", age: "0-7", product: "m", purpose: "h", files: part})
				}
			}
		}
		var got []string
		for _, x := range p.all() {
			files := 0
			if x.lines[0].Table == "total" && x.lines[0].Files != nil {
				files = *x.lines[0].Files
			}
			got = append(got, fmt.Sprintf("%d-%d:%d", x.first.Month(), x.last.Month(), files))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%v: %s, want %s", c.months, s, c.want)
		}
	}
}
