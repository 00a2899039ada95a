// Package isolation shows that nothing crosses between agencies. Its tests, and TestIsolation of cmd/pratica, are made from the
// catalogue and from the route table; this file gathers what they tried into one report that an auditor can read.
package isolation

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// Pair is one question, asked in the same run of somebody who must learn nothing and of the owner, who is served.
type Pair struct {
	Kind    string // "table", "view", "function", "server", "route", "job", "connection" or "cache"
	Object  string
	Through string // the database role, or who asked
	Tried   string
	Other   string // what the other got
	Owner   string // what the owner got
}

// nobody is the owner's part of a Pair about what nobody at all may do.
const nobody = "—"

// Way is what was tried, without the names it was tried with: those of keys, columns, ids and actions.
func (p Pair) Way() string { return named.ReplaceAllString(p.Tried, "$1 …") }

var named = regexp.MustCompile(`\b(refer by|collide with|open|find|advance|look at|a lock of|A's id as|after|without) [\w:.{}-]+`)

// Note is something tried that is no single question.
type Note struct{ What, Result string }

// Exempt is a route that the walk does not send to, and the test that does.
type Exempt struct{ Route, Reason, Test string }

// Report is what one test binary tried. The zero value is ready; it may be used by several goroutines.
type Report struct {
	mu      sync.Mutex
	Pairs   []Pair
	Notes   []Note
	Mutants []string       // guards that were broken and found, "kind: which"
	Meet    []Note         // where owners do meet, and why
	Exempt  []Exempt       // routes asked elsewhere
	Tally   map[string]int // word of the promise -> how many of what is no pair: lines, series, histories
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

// Count records how many things that are no pair spoke for a word of the promise.
func (r *Report) Count(word string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.Tally == nil {
		r.Tally = map[string]int{}
	}
	r.Tally[word] += n
}

// Broke records a guard that was broken and found.
func (r *Report) Broke(mutant string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Mutants = append(r.Mutants, mutant)
}

// parts are the tests that together make the whole report.
const parts = 3

// Save keeps this part under dir/isolation and writes dir/isolation-report.md from all parts there are. It answers the line that
// sums them up. When the whole suite runs and the last part comes, each word of the promise must have something to show for it.
func (r *Report) Save(dir, part string) (string, error) {
	r.mu.Lock()
	raw, err := json.Marshal(r)
	r.mu.Unlock()
	if err != nil {
		return "", err
	}
	kept := filepath.Join(dir, "isolation")
	if err := errors.Join(os.MkdirAll(kept, 0o755), whole(filepath.Join(kept, part+".json"), raw)); err != nil {
		return "", fmt.Errorf("keep the isolation report: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(kept, "*.json"))
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
		all.Mutants, all.Meet, all.Exempt = append(all.Mutants, one.Mutants...), append(all.Meet, one.Meet...), append(all.Exempt, one.Exempt...)
		for word, n := range one.Tally {
			all.Count(word, n)
		}
	}
	if silent := all.silent(); os.Getenv("ISOLATION") == "whole" && len(files) == parts && len(silent) > 0 {
		return "", fmt.Errorf("nothing was shown for %s", strings.Join(silent, ", "))
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
