package reports

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestHide(t *testing.T) {
	for _, c := range []struct {
		name   string
		files  map[string]int
		hidden string
	}{
		{"nothing small", map[string]int{"a": 5, "b": 9}, ""},
		{"one small hides the next", map[string]int{"a": 3, "b": 9, "c": 7}, "ac"},
		{"none is small too", map[string]int{"a": 0, "b": 9, "c": 7}, "ac"},
		{"two small are five together", map[string]int{"a": 2, "b": 3, "c": 7}, "ab"},
		{"two small are less", map[string]int{"a": 1, "b": 3, "c": 7, "d": 8}, "abc"},
		{"many without files", map[string]int{"a": 0, "b": 0, "c": 0, "d": 6, "e": 8}, "abcd"},
		{"all of them", map[string]int{"a": 1, "b": 6}, "ab"},
		{"the only one", map[string]int{"a": 4}, "a"},
		{"the only one is large", map[string]int{"a": 5}, ""},
	} {
		parts := map[string]Count{}
		for k, n := range c.files {
			parts[k] = Count{Files: n}
		}
		got, hidden := "", hide(parts)
		for _, k := range []string{"a", "b", "c", "d", "e"} {
			if hidden[k] {
				got += k
			}
		}
		if got != c.hidden {
			t.Errorf("%s: hides %q, want %q", c.name, got, c.hidden)
		}
	}
}

// world is every kind of file there can be: an unknown for whoever reads the month's figures.
func world(agencies []string) (kinds []raw) {
	for _, a := range agencies {
		for _, product := range []string{"mortgage", "salary_backed"} {
			for _, purpose := range []string{"first_home", "liquidity"} {
				for _, state := range []string{"mandated", "in_submission"} {
					for _, age := range Ages {
						kinds = append(kinds, raw{agency: a, product: product, purpose: purpose, state: state, outcome: "open", age: age})
					}
				}
				for _, ended := range []raw{{state: "disbursed", outcome: "won"}, {state: "rejected", outcome: "lost"}, {state: "withdrawn", outcome: "lost"}} {
					ended.agency, ended.product, ended.purpose = a, product, purpose
					kinds = append(kinds, ended)
				}
			}
		}
	}
	return kinds
}

// adds is a figure as a sum over the kinds of files: 1 where files of the kind are in it.
func adds(l Line, kinds []raw) []int64 {
	row := make([]int64, len(kinds))
	for _, t := range tables {
		for i, k := range kinds {
			if _, key := t.key(k); t.name == l.Table && key == l.Key && (t.of == nil || t.of(k)) {
				row[i] = 1
			}
		}
	}
	return row
}

const prime = 2_147_483_647

// echelon is the space of all linear combinations of rows, modulo a prime: what is a combination in fractions is one there.
type echelon [][]int64

func (e echelon) reduce(row []int64) (pivot int) {
	for _, r := range e {
		p := lead(r)
		if row[p] == 0 {
			continue
		}
		by := row[p]
		for i := range row {
			row[i] = ((row[i]-by*r[i])%prime + prime) % prime
		}
	}
	return lead(row)
}

func (e echelon) with(row []int64) echelon {
	row = append([]int64{}, row...)
	p := e.reduce(row)
	if p < 0 {
		return e
	}
	inverse := power(row[p], prime-2)
	for i := range row {
		row[i] = row[i] * inverse % prime
	}
	return append(e, row)
}

func (e echelon) has(row []int64) bool { return e.reduce(append([]int64{}, row...)) < 0 }

func lead(row []int64) int {
	for i, v := range row {
		if v != 0 {
			return i
		}
	}
	return -1
}

func power(base, exponent int64) int64 {
	out := int64(1)
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			out = out * base % prime
		}
		base = base * base % prime
	}
	return out
}

// derivable is the first hidden figure that is a linear combination of shown ones.
func derivable(lines []Line, kinds []raw) string {
	var shown echelon
	for _, l := range lines {
		if l.Files != nil {
			shown = shown.with(adds(l, kinds))
		}
	}
	for _, l := range lines {
		if l.Files == nil && shown.has(adds(l, kinds)) {
			return l.Table + " " + l.Key
		}
	}
	return ""
}

// TestNothingHiddenCanBeDerived: whatever the files, no figure below five is shown, and no hidden one is a linear combination of
// shown ones. Ranges are sums of such figures, so they tell no more.
func TestNothingHiddenCanBeDerived(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var known []string
		for i := range rapid.IntRange(1, 4).Draw(t, "agencies") {
			known = append(known, fmt.Sprintf("agn_%d", i))
		}
		kinds := world(known)
		var rows []raw
		for range rapid.IntRange(0, 25).Draw(t, "rows") {
			r := rapid.SampledFrom(kinds).Draw(t, "kind")
			r.files = rapid.IntRange(1, 7).Draw(t, "files")
			rows = append(rows, r)
		}
		lines := publish(rows, known)
		for _, l := range lines {
			if l.Files != nil && *l.Files < least {
				t.Fatalf("%s %s shows %d", l.Table, l.Key, *l.Files)
			}
		}
		if told := derivable(lines, kinds); told != "" {
			t.Fatalf("%s can be derived", told)
		}
	})
}

// TestDerivationIsNoticed: where the second figure is not hidden, the check above finds it; where a parent is hidden and its parts
// are not, too.
func TestDerivationIsNoticed(t *testing.T) {
	known := []string{"a", "b", "c"}
	rows := []raw{}
	for i, a := range known {
		rows = append(rows, raw{agency: a, state: "mandated", outcome: "open", age: "0-7", product: "mortgage", purpose: "first_home", files: 3 + 4*i})
	}
	lines := publish(rows, known)
	if told := derivable(lines, world(known)); told != "" {
		t.Fatalf("%s can be derived as it stands", told)
	}
	show := func(table, key string, files int) {
		for i := range lines {
			if lines[i].Table == table && lines[i].Key == key {
				lines[i].Files = &files
			}
		}
	}
	show("agency", "b", 7)
	if told := derivable(lines, world(known)); told != "agency a" {
		t.Errorf("found %q", told)
	}
}
