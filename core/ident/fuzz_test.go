package ident_test

import (
	"testing"

	"github.com/pratica-crm/pratica/core/ident"
)

// FuzzID: an id has one outside form; what is read prints as it was, and nothing else is read.
func FuzzID(f *testing.F) {
	f.Add(ident.NewApplication().String())
	f.Add(ident.NewOperation().String())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if id, err := ident.ParseApplication(text); err == nil && (id.String() != text || id.IsZero() != (text == "")) {
			t.Fatalf("%q was read as %s", text, id)
		}
		prefix, id, ok := ident.ParseAny(text)
		if again := (ident.ApplicationID{UUID: id}).String(); ok && !(ident.ApplicationID{UUID: id}).IsZero() && prefix+again[3:] != text {
			t.Fatalf("%q was read as %s of %s", text, id, prefix)
		}
	})
}
