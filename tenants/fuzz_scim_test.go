package tenants_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pratica-crm/pratica/tenants"
)

// FuzzScimQuery: a filter and a page are read or refused in the RFC's words; what is looked for a database can be asked.
func FuzzScimQuery(f *testing.F) {
	f.Add(`userName eq "ada@rete.example"`, "1", "50")
	f.Fuzz(func(t *testing.T, filter, start, count string) {
		q, err := tenants.ParseScimQuery(filter, start, count)
		if err != nil {
			known(t, err)
			return
		}
		if q.Start < 1 || q.Count < 0 || q.Count > tenants.ScimMost || q.Attribute != strings.ToLower(q.Attribute) || !kept(q.Attribute) || !kept(q.Value) || (q.Attribute == "") != (filter == "") {
			t.Errorf("%q is read as %+v", filter, q)
		}
	})
}

// FuzzScimUser: a user is read or refused in the RFC's words, and what is read can be kept and written to.
func FuzzScimUser(f *testing.F) {
	f.Add([]byte(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"Ada@rete.example","name":{"givenName":"Ada","familyName":"Riva"},"active":"True"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		in, _, err := tenants.ParseScimUser(body)
		if err != nil {
			known(t, err)
			return
		}
		if !kept(in.UserName) || len(in.UserName) > 254 || strings.ContainsAny(in.UserName, "\r\n") || !strings.Contains(in.UserName, "@") {
			t.Errorf("somebody is %q", in.UserName)
		}
		for _, text := range []string{in.DisplayName, in.Name.Formatted, in.Name.GivenName, in.Name.FamilyName} {
			if !kept(text) {
				t.Errorf("%q cannot be kept", text)
			}
		}
	})
}

// kept is text a database can keep.
func kept(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
