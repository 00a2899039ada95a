package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/pratica-crm/pratica/core/audit"
)

// made is what exported gives, made once.
var made struct {
	lines []string
	key   *audit.Key
}

// exported is an export of 20 entries with a checkpoint after the tenth, and the key it is signed with.
func exported(t *testing.T) (lines []string, key *audit.Key) {
	t.Helper()
	if made.key != nil {
		return made.lines, made.key
	}
	w := newWorld(t)
	w.enter(t, 10)
	must(t, w.SealAll(ctx))
	w.enter(t, 9)
	var file bytes.Buffer
	must(t, w.Export(ctx, w.reader(), &file)) // enters the twentieth
	lines = strings.Split(strings.TrimSuffix(file.String(), "\n"), "\n")
	if len(lines) != 1+20+2 {
		t.Fatalf("%d lines", len(lines))
	}
	made.lines, made.key = lines, w.key
	return lines, w.key
}

func verifyLines(t fataler, lines []string, key *audit.Key, more ...audit.Checkpoint) audit.Report {
	r, err := audit.VerifyFile(strings.NewReader(strings.Join(lines, "\n")+"\n"), &key.Public, more...)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return r
}

type fataler interface{ Fatalf(string, ...any) }

// entryOf is the entry of a line; ok is false for a header or checkpoint.
func entryOf(line string) (e audit.Line, ok bool) {
	ok = strings.HasPrefix(line, `{"seq":`) && json.Unmarshal([]byte(line), &e) == nil
	return e, ok
}

func lineOf(e audit.Line) string {
	out, _ := json.Marshal(e)
	return string(out)
}

// named reports whether some finding means the entry.
func named(r audit.Report, e audit.Line) bool {
	return slices.ContainsFunc(r.Findings, func(f audit.Finding) bool {
		return f.ID == e.ID || f.Seq <= e.Seq && e.Seq <= max(f.Seq, f.To)
	})
}

// TestTampering: whatever is done to an export, the verification finds it and names the entry.
func TestTampering(t *testing.T) {
	lines, key := exported(t)
	if r := verifyLines(t, lines, key); len(r.Findings) != 0 || r.Entries != 20 || r.SealedTo != 20 {
		t.Fatalf("the twin: untouched it holds, %+v", r)
	}
	var entries []int // their lines
	for i, l := range lines {
		if _, ok := entryOf(l); ok {
			entries = append(entries, i)
		}
	}
	var other int // where else a tamper has to do with
	tampers := map[string]func(*rapid.T, []string, int) []string{
		"one byte": func(t *rapid.T, l []string, at int) []string {
			b := []byte(l[at])
			i := rapid.IntRange(0, len(b)-1).Draw(t, "byte")
			b[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			l[at] = string(b)
			return l
		},
		"a field": func(t *rapid.T, l []string, at int) []string {
			e, _ := entryOf(l[at])
			changed := e
			field := rapid.SampledFrom([]func(*audit.Line){
				func(e *audit.Line) { e.Seq += 3 }, func(e *audit.Line) { e.Seq-- }, func(e *audit.Line) { e.ID = uuid.New() }, func(e *audit.Line) { e.At = e.At.Add(time.Microsecond) },
				func(e *audit.Line) { e.Actor += "x" }, func(e *audit.Line) { e.Action, e.Ref = e.Action+e.Ref[:1], e.Ref[1:] }, func(e *audit.Line) { e.Detail = "{}" + e.Detail },
				func(e *audit.Line) { e.Sealed = []byte("x") }, func(e *audit.Line) { e.Previous = e.Hash }, func(e *audit.Line) { e.Hash = e.Previous }, func(e *audit.Line) { e.Request += "x" },
			}).Draw(t, "field")
			field(&changed)
			if rapid.Bool().Draw(t, "hashed again") {
				changed.Rehash("audit", owner(l))
			}
			l[at] = lineOf(changed)
			return l
		},
		"a space":  func(_ *rapid.T, l []string, at int) []string { l[at] = strings.Replace(l[at], ",", ", ", 1); return l },
		"removed":  func(_ *rapid.T, l []string, at int) []string { return slices.Delete(l, at, at+1) },
		"repeated": func(_ *rapid.T, l []string, at int) []string { return slices.Insert(l, at, l[at]) },
		"inserted": func(t *rapid.T, l []string, at int) []string {
			e, _ := entryOf(l[at])
			forged := e
			forged.ID = uuid.New()
			if rapid.Bool().Draw(t, "hashed again") {
				forged.Rehash("audit", owner(l))
			}
			return slices.Insert(l, at+rapid.IntRange(0, 1).Draw(t, "after"), lineOf(forged))
		},
		"swapped": func(t *rapid.T, l []string, at int) []string {
			other = rapid.SampledFrom(slices.DeleteFunc(slices.Clone(entries), func(i int) bool { return i == at })).Draw(t, "other")
			l[at], l[other] = l[other], l[at]
			return l
		},
		"moved": func(t *rapid.T, l []string, at int) []string {
			other = rapid.SampledFrom(slices.DeleteFunc(slices.Clone(entries), func(i int) bool { return i == at })).Draw(t, "other")
			moved := l[at]
			return slices.Insert(slices.Delete(l, at, at+1), other, moved)
		},
		"cut off": func(_ *rapid.T, l []string, at int) []string { return l[:at] },
		"everything after rewritten": func(_ *rapid.T, l []string, at int) []string {
			var before audit.Line
			for i := range l {
				e, ok := entryOf(l[i])
				if !ok {
					continue
				}
				if i == at {
					e.Actor = "usr_x"
				}
				if i > at {
					e.Previous = before.Hash
				}
				if i >= at {
					e.Rehash("audit", owner(l))
					l[i] = lineOf(e)
				}
				before = e
			}
			return l
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(tampers))).Draw(t, "tamper")
		at := rapid.SampledFrom(entries).Draw(t, "line")
		bent := tampers[name](t, slices.Clone(lines), at)
		if slices.Equal(bent, lines) {
			return
		}
		e, _ := entryOf(lines[at])
		r := verifyLines(t, bent, key)
		switch name {
		case "everything after rewritten": // what tells it is the next checkpoint
			if !slices.ContainsFunc(r.Findings, func(f audit.Finding) bool { return f.Kind == "rewritten" && f.Seq >= e.Seq && f.Seq <= e.Seq+9 }) {
				t.Fatalf("entry %d: %v", e.Seq, r.Findings)
			}
		case "swapped", "moved": // of two neighbours either has moved
			if !named(r, e) && !named(r, mustEntry(lines, other)) {
				t.Fatalf("entry %d (%s) is not named: %v", e.Seq, e.ID, r.Findings)
			}
		default:
			if !named(r, e) {
				t.Fatalf("entry %d (%s) is not named: %v", e.Seq, e.ID, r.Findings)
			}
		}
		if len(r.Findings) > 25 {
			t.Fatalf("%d findings for one entry", len(r.Findings))
		}
	})
}

// owner is whose export it is.
func owner(lines []string) uuid.UUID {
	var h struct{ Owner uuid.UUID }
	_ = json.Unmarshal([]byte(lines[0]), &h)
	return h.Owner
}

// TestPreciseFindings: one tamper, one finding of the right kind.
func TestPreciseFindings(t *testing.T) {
	lines, key := exported(t)
	at := func(seq int64) int {
		return slices.IndexFunc(lines, func(l string) bool { e, ok := entryOf(l); return ok && e.Seq == seq })
	}
	edit := func(seq int64, change func(*audit.Line)) []string {
		out := slices.Clone(lines)
		e, _ := entryOf(out[at(seq)])
		change(&e)
		out[at(seq)] = lineOf(e)
		return out
	}
	forged, _ := entryOf(lines[at(7)])
	forged.ID = uuid.New()
	forged.Rehash("audit", owner(lines))
	early := slices.Delete(slices.Insert(slices.Clone(lines), at(5), lines[at(9)]), at(9)+1, at(9)+2)
	late := slices.Delete(slices.Insert(slices.Clone(lines), at(9)+1, lines[at(5)]), at(5), at(5)+1)
	swapped := slices.Clone(lines)
	swapped[at(5)], swapped[at(6)] = swapped[at(6)], swapped[at(5)]
	for name, c := range map[string]struct {
		lines []string
		kind  string
		seq   int64
	}{
		"changed":             {edit(5, func(e *audit.Line) { e.Actor = "usr_x" }), "changed", 5},
		"changed and hashed":  {edit(5, func(e *audit.Line) { e.Actor = "usr_x"; e.Rehash("audit", owner(lines)) }), "changed", 5},
		"another number":      {edit(5, func(e *audit.Line) { e.Seq = 500 }), "changed", 5},
		"removed":             {slices.Delete(slices.Clone(lines), at(5), at(5)+1), "removed", 5},
		"the first removed":   {slices.Delete(slices.Clone(lines), at(1), at(1)+1), "removed", 1},
		"the last removed":    {slices.Delete(slices.Clone(lines), at(20), at(20)+1), "truncated", 20},
		"cut off":             {slices.Clone(lines)[:at(16)], "truncated", 16},
		"cut at a checkpoint": {slices.Clone(lines)[:at(11)], "truncated", 11},
		"repeated":            {slices.Insert(slices.Clone(lines), at(5)+1, lines[at(5)]), "inserted", 5},
		"forged before":       {slices.Insert(slices.Clone(lines), at(7), lineOf(forged)), "inserted", 7},
		"forged after":        {slices.Insert(slices.Clone(lines), at(7)+1, lineOf(forged)), "inserted", 7},
		"moved to the front":  {early, "reordered", 9},
		"moved to the back":   {late, "reordered", 5},
		"swapped":             {swapped, "reordered", 6},
		"another checkpoint":  {replaced(lines, at(10)+1, `"seq":10`, `"seq":11`), "signature", 11},
		"another head":        {replaced(lines, 0, `"seq":20`, `"seq":19`), "signature", 19},
	} {
		t.Run(name, func(t *testing.T) {
			r := verifyLines(t, c.lines, key)
			// A head whose signature is wrong vouches for nothing, but the checkpoint at the end does.
			if len(r.Findings) != 1 || r.Findings[0].Kind != c.kind || r.Findings[0].Seq != c.seq && r.Findings[0].ID.String() != mustEntry(lines, at(c.seq)).ID.String() {
				t.Errorf("%v", r.Findings)
			}
		})
	}
	stranger, err := audit.OpenKey(filepath.Join(t.TempDir(), "key"), true)
	must(t, err)
	if r := verifyLines(t, lines, stranger); !found(r, "signature", 20, "") || r.SealedTo != 0 {
		t.Errorf("another key: %v", r.Findings)
	}
	if r, err := audit.VerifyFile(strings.NewReader(strings.Join(lines, "\n")), nil); err != nil || len(r.Findings) != 0 || r.Given {
		t.Errorf("by its own key: %+v %v", r, err)
	}
	for _, bad := range []string{"", "\n", "{}", "hello", `{"pratica_audit":2}`} {
		if _, err := audit.VerifyFile(strings.NewReader(bad), nil); err == nil {
			t.Errorf("%q is an export", bad)
		}
	}
}

func mustEntry(lines []string, at int) audit.Line {
	if at < 0 {
		return audit.Line{}
	}
	e, _ := entryOf(lines[at])
	return e
}

func replaced(lines []string, at int, old, fresh string) []string {
	out := slices.Clone(lines)
	out[at] = strings.Replace(out[at], old, fresh, 1)
	return out
}

// TestKeptCheckpoint: a file cut back to an older, truly signed state is found by a checkpoint that was kept elsewhere.
func TestKeptCheckpoint(t *testing.T) {
	w := newWorld(t)
	w.enter(t, 5)
	var old, now bytes.Buffer
	must(t, w.Export(ctx, w.reader(), &old))
	w.enter(t, 5)
	must(t, w.Export(ctx, w.reader(), &now))
	kept := w.checkpoint(t)
	verify := func(file bytes.Buffer) audit.Report {
		r, err := audit.VerifyFile(&file, &w.key.Public, kept)
		must(t, err)
		return r
	}
	if r := verify(now); len(r.Findings) != 0 {
		t.Errorf("%v", r.Findings)
	}
	if r := verify(old); fmt.Sprint(r.Findings) != "[truncated: entries 7 to 12: it was signed and is not there]" {
		t.Errorf("%v", r.Findings)
	}
}
