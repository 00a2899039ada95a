package cashflow

import (
	"cmp"
	"slices"
	"strings"
)

// series are movements with one counterparty, in the order of their days.
type series struct {
	entries []entry
	shift   day           // taken from each day before its month is told
	slots   map[int]int64 // months, and what moved in each: the person's share, never negative
}

// cluster groups entries by who is at the other side: the same account, or names that are the same but for a typing error or an
// end that was cut. The order of entries plays no part.
func cluster(entries []entry) [][]entry {
	parent := map[string]string{}
	var find func(string) string
	find = func(k string) string {
		if parent[k] == k {
			return k
		}
		parent[k] = find(parent[k])
		return parent[k]
	}
	unite := func(a, b string) {
		a, b = find(a), find(b)
		if a != b {
			parent[max(a, b)] = min(a, b)
		}
	}
	byIBAN := map[string]string{}
	var keys []string
	for _, e := range entries {
		if _, ok := parent[e.key]; !ok {
			parent[e.key] = e.key
			keys = append(keys, e.key)
		}
	}
	for _, e := range entries {
		if e.iban == "" {
			continue
		}
		if other, ok := byIBAN[e.iban]; ok {
			unite(e.key, other)
		} else {
			byIBAN[e.iban] = e.key
		}
	}
	slices.Sort(keys)
	for i, k := range keys { // neighbours in the order of the alphabet; a few, so that many names cost little
		for _, other := range keys[i+1 : min(len(keys), i+13)] {
			if alike(k, other) {
				unite(k, other)
			}
		}
	}
	groups := map[string][]entry{}
	for _, e := range entries {
		k := find(e.key)
		groups[k] = append(groups[k], e)
	}
	out := make([][]entry, 0, len(groups))
	for _, g := range groups {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b []entry) int {
		return cmp.Or(cmp.Compare(a[0].day, b[0].day), strings.Compare(a[0].ref, b[0].ref))
	})
	return out
}

// gather is cluster for movements that the tables have told: there, a group of one or two that shares a long word with a larger one is
// of it, since a bank's typing errors leave such strays.
func gather(entries []entry) [][]entry {
	groups := cluster(entries)
	var large, out [][]entry
	for _, g := range groups {
		if len(g) > 2 {
			large = append(large, g)
		}
	}
	for _, g := range groups {
		if len(g) > 2 {
			continue
		}
		if i := slices.IndexFunc(large, func(l []entry) bool { return shares(l[0].key, g[0].key) && l[0].account == g[0].account }); i >= 0 {
			large[i] = inOrder(slices.Concat(large[i], g))
		} else {
			out = append(out, g)
		}
	}
	return append(large, out...)
}

// shares says whether two names have a word of five letters or more in common.
func shares(a, b string) bool {
	return slices.ContainsFunc(strings.Fields(a), func(w string) bool { return len(w) >= 5 && slices.Contains(strings.Fields(b), w) })
}

// inOrder sorts entries as collect does.
func inOrder(entries []entry) []entry {
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.day, b.day), strings.Compare(a.ref, b.ref)) })
	return entries
}

// alike says whether two names may be one.
func alike(a, b string) bool {
	if len(a) < 4 || len(b) < 4 {
		return false
	}
	return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) || len(a) >= fuzzy && near(a, b)
}

// seriesOf puts movements into months. Payments around the end of a month belong to the month that ends: a salary of the 31st that
// a holiday moves to the 2nd is no second salary of the next month.
func seriesOf(entries []entry) series {
	s := series{entries: entries, slots: map[int]int64{}}
	edge := 0
	for _, e := range entries {
		if d := e.day.time().Day(); d >= 24 || d <= 6 {
			edge++
		}
	}
	if edge*10 >= len(entries)*6 {
		s.shift = 10
	}
	for _, e := range entries {
		s.slots[s.month(e)] += abs(e.cents)
	}
	return s
}

func (s series) month(e entry) int { return (e.day - s.shift).month() }

func (s series) first() entry { return s.entries[0] }
func (s series) last() entry  { return s.entries[len(s.entries)-1] }

func (s series) months() []int {
	out := make([]int, 0, len(s.slots))
	for m := range s.slots {
		out = append(out, m)
	}
	slices.Sort(out)
	return out
}

// period is how many months lie between payments, mostly: 1, 2, 3, 6 or 12; 0 when there was one only.
func (s series) period() int {
	months := s.months()
	if len(months) < 2 {
		return 0
	}
	var gaps []int64
	for i := 1; i < len(months); i++ {
		gaps = append(gaps, int64(months[i]-months[i-1]))
	}
	gap := median(gaps)
	for _, p := range []int64{1, 2, 3, 6} {
		if gap <= p {
			return int(p)
		}
	}
	return 12
}

// regularity is months seen of those expected between the first and the last, in basis points.
func (s series) regularity(period int) int {
	months := s.months()
	expected := (months[len(months)-1]-months[0])/max(period, 1) + 1
	return min(10000, len(months)*10000/expected)
}

// current says whether a stream still runs: its next payment is no more than half a period and a fortnight late.
func (s series) current(asOf day, period int) bool {
	return asOf-s.last().day <= day(max(period, 1)*46)
}

// regular says whether payments look like instalments or rents: hardly more than one a month, and mostly of a like size.
func (s series) regular() bool { return len(s.entries)*2 <= len(s.slots)*3 && s.steady(25, 7) }

// recent is the median of the last six months' sums: a raise shows after three months, and one odd month does not.
func (s series) recent() int64 {
	months := s.months()
	var sums []int64
	for _, m := range months[max(0, len(months)-6):] {
		sums = append(sums, s.slots[m])
	}
	return median(sums)
}

// settled is recent, but for a change that was paid twice: of the last two months, when they agree and both lie on one side of it, the
// lower one.
func (s series) settled() int64 {
	usual, months := s.recent(), s.months()
	if len(months) < 3 {
		return usual
	}
	a, b := s.slots[months[len(months)-1]], s.slots[months[len(months)-2]]
	up := a*100 > usual*104 && b*100 > usual*104
	down := a*100 < usual*96 && b*100 < usual*96
	if (up || down) && abs(a-b)*100 <= usual*6 {
		return min(a, b)
	}
	return usual
}

// steady says whether at least this many of ten months are within a share (in percent) of the median.
func (s series) steady(percent int64, ofTen int) bool {
	mid, within := s.recent(), 0
	for _, sum := range s.slots {
		if abs(sum-mid)*100 <= mid*percent {
			within++
		}
	}
	return within*10 >= len(s.slots)*ofTen
}

func (s series) refs() []string { return refs(s.entries) }

func refs(entries []entry) []string {
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		out = append(out, e.ref)
	}
	slices.Sort(out)
	return out
}

// median of no figures is 0; of an even number it is the lower middle one, so that it is a figure that was seen.
func median(of []int64) int64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[(len(sorted)-1)/2]
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// shown is the name that a stream is shown under: the longest, then the first of the alphabet, as the bank wrote it.
func shown(entries []entry) string {
	best := ""
	for _, e := range entries {
		name := strings.Join(strings.Fields(strings.ToValidUTF8(strings.ReplaceAll(e.raw.CounterpartyName, "\x00", ""), "")), " ")
		if len(name) > len(best) || len(name) == len(best) && name < best {
			best = name
		}
	}
	if best == "" {
		for _, e := range entries {
			best = max(best, e.key)
		}
	}
	return best
}
