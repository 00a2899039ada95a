package core_test

import (
	"encoding/csv"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var testName = regexp.MustCompile(`\b(Test|Fuzz)[A-Z]\w+`)

// TestThreats: every threat of docs/threat-model.md names the test that covers it, or says in so many words that none does; every test
// that is named is there.
func TestThreats(t *testing.T) {
	there := testsThere(t)
	text, err := os.ReadFile("../docs/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (T\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$`).FindAllStringSubmatch(string(text), -1)
	seen, letters := map[string]bool{}, map[string]bool{}
	for _, r := range rows {
		if seen[r[1]] {
			t.Errorf("%s is there twice", r[1])
		}
		seen[r[1]] = true
		for _, letter := range strings.Fields(r[2]) {
			letters[letter] = true
		}
		if !testName.MatchString(r[5]) && !strings.HasPrefix(r[5], "none: ") {
			t.Errorf("%s: %q is neither a test nor a reason for none", r[1], r[5])
		}
		if strings.TrimSpace(r[6]) == "" {
			t.Errorf("%s says nothing of what is left", r[1])
		}
	}
	if len(rows) < 40 || len(letters) != 6 {
		t.Errorf("%d threats of the kinds %v were read", len(rows), letters)
	}
	named(t, "docs/threat-model.md", string(text), there)
}

// asvs are the requirements of levels 1 and 2 of ASVS 5.0.0, as section and number of the last one.
const asvs = `1.1.2 1.2.9 1.3.11 1.4.3 1.5.2 2.1.3 2.2.3 2.3.4 2.4.1 3.2.2 3.3.4 3.4.6 3.5.5 3.7.2 4.1.3 4.2.1 4.3.2 4.4.4 5.1.1 5.2.3 5.3.2 5.4.3
6.1.3 6.2.12 6.3.4 6.4.4 6.5.5 6.6.3 6.8.4 7.1.3 7.2.4 7.3.2 7.4.5 7.5.2 7.6.2 8.1.2 8.2.3 8.3.1 8.4.1 9.1.3 9.2.4 10.1.2 10.2.2 10.3.4 10.4.11 10.5.5 10.6.2 10.7.3
11.1.2 11.2.3 11.3.3 11.4.4 11.5.1 11.6.1 12.1.3 12.2.2 12.3.4 13.1.1 13.2.5 13.3.2 13.4.5 14.1.2 14.2.4 14.3.3 15.1.3 15.2.3 15.3.7 16.1.1 16.2.5 16.3.4 16.4.3 16.5.3 17.1.1 17.2.4 17.3.2`

// TestASVS: docs/asvs.csv has each requirement of levels 1 and 2 once and no other, each with a state and a sentence; what is met
// names tests, and the tests are there.
func TestASVS(t *testing.T) {
	there := testsThere(t)
	file, err := os.Open("../docs/asvs.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	last, of, count := map[string]string{}, map[string]string{}, map[string]int{}
	for _, id := range strings.Fields(asvs) {
		section := id[:strings.LastIndex(id, ".")]
		of[section] = id
	}
	for _, r := range rows[1:] {
		id, state, how, tests := strings.TrimPrefix(r[0], "V"), r[1], r[2], r[3]
		section := id[:strings.LastIndex(id, ".")]
		if next := following(last[section], section); id != next {
			t.Errorf("%s stands where %s should", id, next)
		}
		last[section] = id
		count[state]++
		if len(how) < 7 {
			t.Errorf("%s: %q says nothing", id, how)
		}
		if state == "met" && tests == "" {
			t.Errorf("%s is met, and no test shows it", id)
		}
		if state == "not applicable" && tests != "" {
			t.Errorf("%s does not apply, and is tested", id)
		}
		named(t, "V"+id, tests, there)
		if extra := strings.TrimSpace(testName.ReplaceAllString(tests, "")); extra != "" {
			t.Errorf("%s: %q is no test", id, extra)
		}
	}
	for section, id := range of {
		if last[section] != id {
			t.Errorf("section %s ends with %s, the standard's with %s", section, last[section], id)
		}
	}
	if len(last) != len(of) || count["met"]+count["partly"]+count["not met"]+count["not applicable"] != len(rows)-1 {
		t.Errorf("%d sections, states %v", len(last), count)
	}
	t.Logf("of %d requirements: %v", len(rows)-1, count)
}

// following is the id after one in its section.
func following(id, section string) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, section+".")) // 0 before the first
	return section + "." + strconv.Itoa(n+1)
}

func named(t *testing.T, where, text string, there map[string]bool) {
	t.Helper()
	for _, name := range testName.FindAllString(text, -1) {
		if !there[name] {
			t.Errorf("%s names %s, which is nowhere", where, name)
		}
	}
}

// testsThere are the tests and fuzz targets of the tree, by name.
func testsThere(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	eachTest(t, func(_, name string) { out[name] = true })
	return out
}

// eachTest calls take for every function of a test file of the tree, with its folder from the root.
func eachTest(t *testing.T, take func(dir, name string)) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != ".." || path == "../tmp"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, is := decl.(*ast.FuncDecl); is && f.Recv == nil {
				take(filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../")), f.Name.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
