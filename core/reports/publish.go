package reports

import (
	"maps"
	"slices"
	"time"
)

// raw is a line of agency_rollups.
type raw struct {
	month                                         time.Time
	agency, state, outcome, product, purpose, age string
	files                                         int
	amount, fee                                   int64
}

// Line is a figure of a period as it is stored: Files is nil where it is hidden, and then so is Cents.
type Line struct {
	Table string `json:"table"`
	Key   string `json:"key,omitempty"`
	Files *int   `json:"files,omitempty"`
	Cents *int64 `json:"cents,omitempty"`
}

// table is one way to split files. Its cells with the same parent add up to that cell of the parent table.
type table struct {
	name, parent string
	key          func(raw) (parent, key string)
	of           func(raw) bool      // nil: all files
	cents        func(raw) int64     // nil: the amounts asked for
	always       func(seed) []string // cells that are there with or without files; nil: those that occur
}

type seed struct{ agencies []string }

var (
	whole  = func(raw) (string, string) { return "", "" }
	byName = func(name func(raw) string) func(raw) (string, string) {
		return func(r raw) (string, string) { return "", name(r) }
	}
	won      = func(r raw) bool { return r.outcome == "won" }
	fees     = func(r raw) int64 { return r.fee }
	agencies = func(s seed) []string { return s.agencies }
)

// Ages are the ageing buckets, in days.
var Ages = []string{"0-7", "8-30", "31-90", "91-"}

var outcomes = []string{"open", "won", "lost"}

// tables are what a period is told in, a parent before its children.
var tables = []table{
	{name: "total", key: whole},
	{name: "outcome", parent: "total", key: byName(func(r raw) string { return r.outcome }), always: func(seed) []string { return outcomes }},
	{name: "state", parent: "outcome", key: func(r raw) (string, string) { return r.outcome, r.outcome + "/" + r.state }},
	{name: "age", parent: "outcome", key: func(r raw) (string, string) { return "open", r.age }, of: func(r raw) bool { return r.outcome == "open" },
		always: func(seed) []string { return Ages }},
	{name: "agency", parent: "total", key: byName(func(r raw) string { return r.agency }), always: agencies},
	{name: "product", parent: "total", key: byName(func(r raw) string { return r.product })},
	{name: "purpose", parent: "total", key: byName(func(r raw) string { return r.purpose })},
	{name: "fee", parent: "outcome", key: func(raw) (string, string) { return "won", "" }, of: won, cents: fees},
	{name: "agency_fee", parent: "fee", key: byName(func(r raw) string { return r.agency }), of: won, cents: fees, always: agencies},
}

// publish is a period's figures with what must stay hidden left out. known are all of the network's agencies.
func publish(rows []raw, known []string) []Line {
	var lines []Line
	shown := map[string]bool{}
	for _, t := range tables {
		groups := t.groups(rows, seed{known})
		for _, parent := range slices.Sorted(maps.Keys(groups)) {
			parts := groups[parent]
			hidden := hide(parts)
			for _, key := range slices.Sorted(maps.Keys(parts)) {
				line := Line{Table: t.name, Key: key}
				if !hidden[key] && (t.parent == "" || shown[t.parent+" "+parent]) {
					c := parts[key]
					line.Files, line.Cents = &c.Files, &c.Cents
					shown[t.name+" "+key] = true
				}
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// groups adds up the rows: by parent cell, then by cell.
func (t table) groups(rows []raw, s seed) map[string]map[string]Count {
	out := map[string]map[string]Count{}
	add := func(parent, key string, c Count) {
		if out[parent] == nil {
			out[parent] = map[string]Count{}
		}
		out[parent][key] = out[parent][key].plus(c)
	}
	if t.always != nil {
		parent, _ := t.key(raw{})
		for _, key := range t.always(s) {
			add(parent, key, Count{})
		}
	}
	for _, r := range rows {
		if t.of != nil && !t.of(r) {
			continue
		}
		cents := r.amount
		if t.cents != nil {
			cents = t.cents(r)
		}
		parent, key := t.key(r)
		add(parent, key, Count{r.files, cents})
	}
	return out
}
