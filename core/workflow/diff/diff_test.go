package diff

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden outcomes")

func file(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Each file says a kind of difference, shows the template before and after, and what is told of it.
func TestDifferences(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			parts := strings.Split(file(t, path), "---\n")
			changes, err := Sources([]byte(parts[1]), []byte(parts[2]))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, c := range changes {
				words := ""
				if c.OnlyText {
					words = ", only words"
				}
				got += fmt.Sprintf("%s %s %q: %s%s\n    %s\n    %s\n", c.Change, c.At, c.What, c.Weight, words, c.Text.EN, c.Text.IT)
			}
			if got == parts[3] {
				return
			}
			if *update {
				parts[3] = got
				if err := os.WriteFile(path, []byte(strings.Join(parts, "---\n")), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("told is\n%s\nnot\n%s", got, parts[3])
		})
	}
}

// The other way round, what tightened weakens, what came goes, and what changed changes back.
func TestThereAndBack(t *testing.T) {
	opposite := map[string]string{Tightens: Weakens, Weakens: Tightens, Neutral: Neutral, "added": "removed", "removed": "added", "changed": "changed"}
	files, _ := filepath.Glob("testdata/*.txt")
	for _, path := range files {
		parts := strings.Split(file(t, path), "---\n")
		there, _ := Sources([]byte(parts[1]), []byte(parts[2]))
		back, _ := Sources([]byte(parts[2]), []byte(parts[1]))
		if len(there) != len(back) {
			t.Errorf("%s: %d changes there, %d back", path, len(there), len(back))
			continue
		}
		seen := map[string]bool{}
		for _, c := range back {
			seen[c.At+c.What+opposite[c.Change]+opposite[c.Weight]] = true
		}
		for _, c := range there {
			if !seen[c.At+c.What+c.Change+c.Weight] {
				t.Errorf("%s: %+v has no way back", path, c)
			}
		}
	}
}

func TestShapeOfAChange(t *testing.T) {
	changes, err := Sources([]byte("states: {a: {kind: atomic}}"), []byte("states: {a: {kind: final}}"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(changes)
	want := `[{"change":"changed","at":"state:a","what":"kind","old":"atomic","new":"final","weight":"neutral","only_text":false,"text":{"en":"Changed: kind (state a): atomic → final","it":"Modifica: tipo (stato a): atomic → final"}}]`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
	if none, _ := Sources([]byte("a: 1"), []byte("a: 1")); none == nil {
		t.Error("no change is null; it is an empty list")
	}
}

func TestUnreadable(t *testing.T) {
	for _, source := range []string{"", "a: [", "[]", "a: 1\na: 2"} {
		if _, err := Sources([]byte("a: 1"), []byte(source)); err == nil || !strings.Contains(err.Error(), "the new template") {
			t.Errorf("%q: %v", source, err)
		}
	}
}

// Whatever stands in a draft: no panic, the same answer twice, and nothing between a text and itself.
func FuzzSources(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.txt")
	for _, path := range files {
		parts := strings.Split(file(f, path), "---\n")
		f.Add(parts[1], parts[2])
	}
	f.Add("events: {a: {by: [{}]}}\nstates: {a: {seal: {}, sla: {within: []}}}", "events: {a: {by: [[], {}]}}\nstates: {a: {seal: [], sla: []}}")
	f.Add("transitions: [{actions: [1, {do: {}}], guards: {a: 1}, approvals: 1}]", "transitions: {a: {actions: {}, guards: [a]}}")
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 1<<16 {
			return
		}
		one, err := Sources([]byte(before), []byte(after))
		two, _ := Sources([]byte(before), []byte(after))
		if fmt.Sprint(one) != fmt.Sprint(two) {
			t.Error("two answers to one question")
		}
		if same, _ := Sources([]byte(before), []byte(before)); err == nil && len(same) > 0 {
			t.Errorf("a text differs from itself: %+v", same)
		}
	})
}
