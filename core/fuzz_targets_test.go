package core_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// seedsEach is how many committed inputs a fuzz target has at least: those of a decoder's usual case, and of what has been tried on such decoders before.
const seedsEach = 5

// TestFuzzTargets: `make fuzz` runs every fuzz target of the tree and none that is gone, each begins with committed inputs of its own, and nothing is
// left of a target that was renamed.
func TestFuzzTargets(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?s)for target in (.*?); do`).FindSubmatch(makefile)
	if list == nil {
		t.Fatal("the Makefile has no list of targets")
	}
	run := strings.Fields(strings.ReplaceAll(string(list[1]), "\\\n", " "))
	targets := 0
	eachTest(t, func(dir, name string) {
		if !strings.HasPrefix(name, "Fuzz") {
			return
		}
		targets++
		target := dir + "/" + name
		at := slices.Index(run, target)
		if at < 0 {
			t.Errorf("%s is not in the Makefile's list", target)
		} else {
			run = slices.Delete(run, at, at+1)
		}
		seeds, err := filepath.Glob(filepath.Join("..", dir, "testdata", "fuzz", name, "*"))
		if err != nil || len(seeds) < seedsEach {
			t.Errorf("%s has %d committed inputs, and needs %d: %v", target, len(seeds), seedsEach, err)
		}
		for _, seed := range seeds {
			if text, err := os.ReadFile(seed); err != nil || !bytes.HasPrefix(text, []byte("go test fuzz v1\n")) {
				t.Errorf("%s is no input: %v", seed, err)
			}
		}
	})
	if len(run) > 0 || targets < 30 {
		t.Errorf("%d targets; the Makefile runs %v, which are nowhere or twice", targets, run)
	}
	for _, pattern := range []string{"../*/testdata/fuzz/*", "../*/*/testdata/fuzz/*", "../*/*/*/testdata/fuzz/*", "../*/*/*/*/testdata/fuzz/*"} {
		corpora, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, corpus := range corpora {
			target := filepath.ToSlash(filepath.Join(filepath.Dir(corpus), "..", "..", filepath.Base(corpus)))
			if !strings.Contains(string(list[1]), strings.TrimPrefix(target, "../")) {
				t.Errorf("%s is of no target", corpus)
			}
		}
	}
}
