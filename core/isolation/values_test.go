package isolation_test

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// fresh is a value no row has, in the form the column's type wants.
func (p *populace) fresh(c column, o *owner) any {
	p.count++
	n := p.count
	switch kind, _, _ := strings.Cut(c.Type, "("); kind {
	case "uuid":
		return uuid.Must(uuid.NewV7()).String()
	case "text", "character varying":
		if len(c.Words) > 0 {
			return c.Words[0]
		}
		return fmt.Sprintf("%s %s %d", o.word, c.Name, n)
	case "character":
		return "ZZ"
	case "text[]":
		return []string{o.word}
	case "uuid[]":
		return []string{uuid.Must(uuid.NewV7()).String()}
	case "bytea":
		return `\x` + hex.EncodeToString(random(32))
	case "smallint", "integer", "bigint", "numeric", "double precision", "real":
		return n%30000 + 1
	case "integer[]", "bigint[]", "smallint[]":
		return []int{n}
	case "boolean":
		return true
	case "jsonb", "json":
		return map[string]string{"word": o.word}
	case "date":
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.DateOnly)
	case "timestamp with time zone", "timestamp without time zone":
		return time.Date(2030, 1, 1, 0, 0, n, 0, time.UTC).Format(time.RFC3339)
	case "interval":
		return fmt.Sprintf("%d seconds", n)
	case "inet":
		return "192.0.2.1"
	}
	p.t.Fatalf("no value is known for the type %s of %s: add it to fresh", c.Type, c.Name)
	return nil
}

// never is a row with values in some columns that nobody's row has.
func (p *populace) never(r relation, columns []string) row {
	out := row{}
	nobody := &owner{word: "Zqnobody", ids: p.B.ids}
	for _, c := range r.Columns {
		if slices.Contains(columns, c.Name) {
			out[c.Name] = p.fresh(column{Name: c.Name, Type: c.Type}, nobody)
		}
	}
	return out
}

var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// names are a row's columns, as SQL lists them.
func names(r row) string {
	var out []string
	for _, c := range slices.Sorted(maps.Keys(r)) {
		out = append(out, quoted(c))
	}
	return strings.Join(out, ", ")
}

func join(words []string) string { return strings.Join(words, ", ") }

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must1 is for what fails later, where it is read: pgx keeps a query's error in its rows.
func must1[T any](v T, err error) T {
	_ = err
	return v
}
