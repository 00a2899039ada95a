package page_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
)

// FuzzCursor: a cursor is read only as it was written; anything else is the caller's mistake.
func FuzzCursor(f *testing.F) {
	type key struct {
		At time.Time           `json:"at"`
		ID ident.ApplicationID `json:"id"`
		By *string             `json:"by"`
	}
	name := "Zqcanary"
	for _, k := range []key{{}, {At: time.Date(2026, 11, 2, 9, 0, 0, 1000, time.UTC), ID: ident.NewApplication(), By: &name}} {
		raw, err := json.Marshal(k)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(base64.RawURLEncoding.EncodeToString(raw))
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		var got key
		found, err := page.Query{Cursor: cursor}.Key(&got)
		switch {
		case err != nil:
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", cursor, err)
			}
		case found:
			next := page.Of([]key{got, got}, 1, func(k key) key { return k }).NextCursor
			if *next != cursor {
				t.Fatalf("%q was read as %q", cursor, *next)
			}
		case cursor != "":
			t.Fatalf("%q is the first page", cursor)
		}
	})
}
