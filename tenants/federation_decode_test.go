package tenants_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/tenants"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestScimPatches reads the patches of RFC 7644, 3.5.2 and of the directories in use, with ids of ours, and keeps what they come to.
func TestScimPatches(t *testing.T) {
	var cases []struct {
		Name, For string
		Body      json.RawMessage
	}
	raw, err := os.ReadFile("testdata/scim_patches.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, c := range cases {
		var out any
		var err error
		if c.For == "user" {
			out, err = tenants.ParseUserPatch(c.Body)
		} else {
			out, err = tenants.ParseGroupPatch(c.Body)
		}
		if err != nil {
			fmt.Fprintf(&got, "%s: refused, %s\n", c.Name, fault.As(err).Code)
			continue
		}
		text, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&got, "%s: %s\n", c.Name, text)
	}
	const golden = "testdata/scim_patches"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != got.String() {
		t.Errorf("patches come to something else; run with -update and read the difference:\n%s", got.String())
	}
}

// FuzzScimPatch: whatever is sent is read or refused in the RFC's words, and what was read is in bounds.
func FuzzScimPatch(f *testing.F) {
	for _, path := range []string{"active", "name.familyName", `emails[type eq "work"].value`, `members[value eq "usr_01000000000000000000000000"]`, "urn:ietf:params:scim:schemas:core:2.0:User:active", "a[", ""} {
		for _, value := range []string{`true`, `"False"`, `[{"value":"usr_01000000000000000000000000"}]`, `{"active":false,"name.givenName":"A"}`, `null`} {
			f.Add([]byte(fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":%q,"value":%s}]}`, path, value)))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := tenants.ParseUserPatch(body)
		if err != nil {
			known(t, err)
		} else {
			for _, text := range []*string{c.Name, c.Given, c.Family, c.ExternalID} {
				if text != nil && (len(*text) > 200 || !utf8.ValidString(*text) || strings.ContainsRune(*text, 0)) {
					t.Errorf("%q cannot be kept", *text)
				}
			}
		}
		list, err := tenants.ParseGroupPatch(body)
		if err != nil {
			known(t, err)
		}
		for _, m := range list {
			if len(m.Who) > tenants.ScimMost || m.All && m.Verb != "remove" {
				t.Errorf("%+v is out of bounds", m)
			}
		}
	})
}

// FuzzTokenForm: whatever is sent is read or refused in the RFC's words.
func FuzzTokenForm(f *testing.F) {
	f.Add("", "grant_type=client_credentials&client_id=key_1&client_secret=prc_1&scope=a+b")
	f.Add("Basic "+base64.StdEncoding.EncodeToString([]byte("key%5F1:prc_1")), "grant_type=client_credentials")
	f.Add("Basic %%%", "grant_type=password")
	f.Add("Bearer x", "a=1&a=2")
	f.Add("", "grant_type=client_credentials&scope=%00&%zz")
	f.Fuzz(func(t *testing.T, header, body string) {
		r, err := tenants.ParseTokenRequest(header, body)
		if err != nil {
			known(t, err)
			return
		}
		if r.Client == "" || r.Secret == "" || r.Grant != "client_credentials" || len(r.Scope) > 100 {
			t.Errorf("read as %+v", r)
		}
		for _, text := range append(r.Scope, r.Client, r.Secret) {
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				t.Errorf("%q cannot be looked for", text)
			}
		}
	})
}

// known fails unless the refusal is one of those that stand in the RFCs.
func known(t *testing.T, err error) {
	t.Helper()
	switch code := fault.As(err).Code; code {
	case "scim.invalidSyntax", "scim.invalidPath", "scim.invalidValue", "scim.noTarget", "scim.mutability", "scim.tooMany", "scim.invalidFilter",
		"oauth.invalid_request", "oauth.invalid_client", "oauth.unsupported_grant_type":
	default:
		t.Errorf("refused by %s: %v", code, err)
	}
}
