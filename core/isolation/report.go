// Package isolation shows that nothing crosses between agencies. Its tests, and TestIsolation of cmd/pratica, are made from the
// catalogue and from the route table; this file gathers what they tried into one report that an auditor can read.
package isolation

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Pair is one question, asked in the same run of somebody who must learn nothing and of the owner, who is served.
type Pair struct {
	Kind    string // "table", "function", "route", …
	Object  string
	Through string // the database role, or who asked
	Tried   string
	Other   string // what the other got
	Owner   string // what the owner got
}

// Note is something tried that is no single question.
type Note struct{ What, Result string }

// Report is what one test binary tried. The zero value is ready; it may be used by several goroutines.
type Report struct {
	mu      sync.Mutex
	Pairs   []Pair
	Notes   []Note
	Mutants []string // guards that were broken and found, "kind: which"
	Meet    []Note   // where owners do meet, and why
}

// Add records questions that came out as they must.
func (r *Report) Add(pairs ...Pair) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Pairs = append(r.Pairs, pairs...)
}

// Note records something tried and its result.
func (r *Report) Note(what, result string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Notes = append(r.Notes, Note{what, result})
}

// Broke records a guard that was broken and found.
func (r *Report) Broke(mutant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Mutants = append(r.Mutants, mutant)
}

// Save keeps this part under dir/isolation and writes dir/isolation-report.md from all parts there are. It answers the line that
// sums them up.
func (r *Report) Save(dir, part string) (string, error) {
	r.mu.Lock()
	raw, err := json.Marshal(r)
	r.mu.Unlock()
	if err != nil {
		return "", err
	}
	parts := filepath.Join(dir, "isolation")
	if err := errors.Join(os.MkdirAll(parts, 0o755), whole(filepath.Join(parts, part+".json"), raw)); err != nil {
		return "", fmt.Errorf("keep the isolation report: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(parts, "*.json"))
	if err != nil {
		return "", err
	}
	var all Report
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		var one Report
		if err := json.Unmarshal(raw, &one); err != nil {
			return "", fmt.Errorf("read %s: %w", filepath.Base(file), err)
		}
		all.Pairs, all.Notes = append(all.Pairs, one.Pairs...), append(all.Notes, one.Notes...)
		all.Mutants, all.Meet = append(all.Mutants, one.Mutants...), append(all.Meet, one.Meet...)
	}
	return all.line(), whole(filepath.Join(dir, "isolation-report.md"), []byte(all.text()))
}

// whole writes a file that others may read at any time: they find the old one or the new one.
func whole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".part-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Chmod(0o644), f.Close(), os.Rename(f.Name(), path))
}

// count is how many different values the pairs of a kind have.
func (r *Report) count(kind string, of func(Pair) string) int {
	seen := map[string]bool{}
	for _, p := range r.Pairs {
		if p.Kind == kind {
			seen[of(p)] = true
		}
	}
	return len(seen)
}

func object(p Pair) string { return p.Object }

// verb is what was tried, without the key or foreign key it was tried with.
func verb(p Pair) string {
	for _, stop := range []string{" by ", " with "} {
		p.Tried, _, _ = strings.Cut(p.Tried, stop)
	}
	return p.Tried
}

func (r *Report) line() string {
	return fmt.Sprintf("isolation: %d tables × %d verbs = %d pairs, %d routes, %d functions, %d mutants, all found", r.count("table", object), r.count("table", verb), len(r.Pairs),
		r.count("route", object), r.count("function", object), len(r.Mutants))
}

func (r *Report) text() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# What one agency can learn of another\n")
	p("This report was written by the tests that tried it (`make isolation`), and only because all of them passed. Agencies A and B are competitors in network N; C is an agency of another network, M. Each line of the tables below is a pair, tried in one run against the real database or the real interface: the one who must not was refused, or saw exactly what it would see if the owner did not exist, **and** the owner was served by the same request. A table without rows would prove nothing, so every table was filled for every owner.\n")
	p("> %s\n", r.line())
	p("## Guards broken on purpose\n")
	p("A check proves something only if it is able to fail. Each guard was broken, one at a time, where nothing of it stays, and the same questions were asked again. Each of the %d broken guards was found.\n", len(r.Mutants))
	kinds := map[string]int{}
	for _, m := range r.Mutants {
		kind, _, _ := strings.Cut(m, ":")
		kinds[kind]++
	}
	p("| what was broken | how many |\n|---|---|")
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		p("| %s | %d |", kind, kinds[kind])
	}
	notes := func(title string, list []Note) {
		p("\n## %s\n", title)
		slices.SortFunc(list, func(a, b Note) int { return cmp.Compare(a.What, b.What) })
		for _, n := range list {
			p("- **%s**: %s.", n.What, n.Result)
		}
	}
	notes("What was tried besides tables and routes", r.Notes)
	notes("Where owners do meet, and why", r.Meet)
	slices.SortStableFunc(r.Pairs, func(a, b Pair) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Object, b.Object)) })
	var last Pair
	for _, one := range r.Pairs {
		if one.Kind != last.Kind || one.Object != last.Object {
			p("\n## %s `%s`\n", one.Kind, one.Object)
			p("| through | tried | the other | the owner |\n|---|---|---|---|")
		}
		p("| %s | %s | %s | %s |", one.Through, one.Tried, one.Other, one.Owner)
		last = one
	}
	return b.String()
}
