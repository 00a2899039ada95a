package connectors

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestSecretsStaySecret: no way of writing a schema lets a version see what was hidden from the one before without asking an operator for it.
func TestSecretsStaySecret(t *testing.T) {
	asks := func(properties string) Permissions {
		return PermissionsOf(Connector{ConfigSchema: json.RawMessage(`{"type":"object","properties":{` + properties + `}}`)})
	}
	approved := asks(`"url":{"type":"string"},"token":{"x-secret":true},"qwac":{"x-certificate":"qwac"}`)
	for properties, want := range map[string]string{
		`"token":{"x-secret":true},"qwac":{"x-certificate":"qwac"}`:                                  `[]`,
		`"token":{"x-secret":true},"qwac":{"x-secret":true}`:                                         `[]`,
		`"token":{"type":"string"},"qwac":{"x-certificate":"qwac"}`:                                  `[+ reveals token]`,
		`"token":true,"qwac":{"x-certificate":"qwac"}`:                                               `[+ reveals token]`,
		`"token":{"x-secret":"yes"},"qwac":{"x-certificate":"qwac"}`:                                 `[+ reveals token]`,
		`"token":{"x-secret":true,"x-reveal":true},"qwac":{"x-certificate":"qwac"}`:                  `[+ reveals token]`,
		`"token":{"x-secret":true},"qwac":{"x-certificate":"qwac","x-reveal":true}`:                  `[+ reveals qwac]`,
		`"token":{"x-secret":true}`:                                                                  `[+ reveals qwac]`,
		``:                                                                                           `[+ reveals qwac + reveals token]`,
		`"token":{"x-secret":true},"qwac":{"x-certificate":"qwac"},"pin":{"x-secret":true},"a":true`: `[+ secret pin]`,
	} {
		if got := fmt.Sprint(asks(properties).Exceeds(approved)); got != want {
			t.Errorf("%s: %s, want %s", properties, got, want)
		}
	}
}

// TestSchemaOpensNoFiles: a connector's schema may name files of the platform's machine, and none is read.
func TestSchemaOpensNoFiles(t *testing.T) {
	here := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(here, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"file://" + here, here, "https://a.example/schema.json"} {
		if err := Fits(json.RawMessage(`{"$ref":"`+ref+`"}`), json.RawMessage(`{}`)); err == nil {
			t.Errorf("%s is taken for a schema", ref)
		}
	}
}
