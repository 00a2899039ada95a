package host

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/connectors"
)

func settingsIn(text string) (out map[string]json.RawMessage) {
	_ = json.Unmarshal([]byte(text), &out)
	return out
}

// A connector has handles where secrets are, a certificate's apart, and what it must see itself.
func TestSecretsAreHidden(t *testing.T) {
	names := connectors.Hidden(json.RawMessage(`{"properties":{"token":{"x-secret":true},"pin":{"x-secret":true},"qwac":{"x-secret":true,"x-certificate":"qwac"},
		"seen":{"x-secret":true,"x-reveal":true},"url":{"type":"string"},"absent":{"x-secret":true},"any":true,"odd":{"x-certificate":7}}}`))
	hidden, secrets, certificates := hide(settingsIn(`{"token":"T\u00e4","pin":1234,"qwac":"PEM","seen":"S","url":"U"}`), names)
	var got map[string]string
	must(t, json.Unmarshal(hidden, &got))
	if secrets[got["token"]].Value != "Tä" || secrets[got["pin"]].Value != "1234" || secrets[got["token"]].Setting != "token" || certificates[got["qwac"]].Value != "PEM" || got["seen"] != "S" || got["url"] != "U" || len(got) != 5 {
		t.Errorf("%s %v %v", hidden, secrets, certificates)
	}
	for _, value := range []string{"Tä", "1234", "PEM"} {
		if strings.Contains(string(hidden), value) {
			t.Errorf("%s is in %s", value, hidden)
		}
	}
	for _, none := range []string{`{"url":"U"}`, `[]`, `no json`} {
		if hidden, _, _ := hide(settingsIn(none), names); hidden != nil {
			t.Errorf("%s became %s", none, hidden)
		}
	}
	if names := connectors.Hidden(json.RawMessage(`[]`)); len(names) != 0 {
		t.Errorf("%v", names)
	}
}

func TestPlaces(t *testing.T) {
	settings := settingsIn(`{"url":"https://Bank.example:8443/psd2","plain":"http://10.0.0.1/x","no":"bank.example","number":7,"odd":"file:///etc/passwd"}`)
	got := places([]string{"api.example", "auth.example:444", "{url}", "{plain}", "{no}", "{number}", "{odd}", "{absent}", ""}, settings)
	if want := []string{"api.example:443", "auth.example:444", "bank.example:8443", "10.0.0.1:80"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A secret elsewhere in a schema is not overlooked: the connector does not start.
func TestSecretsAreOnTop(t *testing.T) {
	for schema, good := range map[string]bool{
		`{"properties":{"token":{"x-secret":true},"q":{"x-certificate":"qwac"}}}`:                true,
		`{"type":"object","$defs":{"a":{"type":"string"}},"properties":{"a":{"type":"object"}}}`: true,
		`{"properties":{"a":{"properties":{"b":{"x-secret":true}}}}}`:                            false,
		`{"$defs":{"a":{"x-secret":true}},"properties":{"a":{"$ref":"#/$defs/a"}}}`:              false,
		`{"allOf":[{"properties":{"a":{"x-secret":true}}}]}`:                                     false,
		`{"properties":{"a":{"items":{"x-certificate":"qwac"}}}}`:                                false,
		`{"x-secret":true}`: false,
		`no json`:           false,
	} {
		if err := secretsOnTop(json.RawMessage(schema)); (err == nil) != good {
			t.Errorf("%s: %v", schema, err)
		}
	}
}
