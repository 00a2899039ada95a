package host

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzSettings: what is read quickly is what encoding/json reads, and what that refuses is never read.
func FuzzSettings(f *testing.F) {
	for _, s := range []string{`{}`, ` { } `, `{"url":"https://bank.example","token":"t","days":90,"on":true,"none":null}`, `{"a":"1","a":"2"}`, `{"a":"\n"}`, `{"\u0061":"1"}`,
		`{"a":[1,{"b":2}]}`, `{"a":{"b":"c"}}`, `{"a":tru}`, `{"a":01}`, `{"a":1 2}`, `{"a":"x}`, `{"a":}`, `{"a"}`, `{"a":1,}`, `{,}`, `{"a":1}{`, `[]`, `null`, `"x"`, ``, `{`, "{\"\xff\":1}", "{\"a\":\"\xff\"}",
		"{\"a\":\"\x01\"}", "{\"a\"\n:\t-1.5e3\r}", `{1:2}`, `{"a":"","":""}`, `{"pem":"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want settings
		if json.Unmarshal(text, &want) != nil {
			want = nil
		}
		if quick, ok := usualSettings(text); ok && !reflect.DeepEqual(quick, want) {
			t.Errorf("%q: %q, want %q", text, quick, want)
		}
		if got := settingsOf(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}

func TestUsualSettings(t *testing.T) {
	for _, s := range []string{`{"url":"https://bank.example","token":"t","days":90,"on":true}`, `{}`, "{\n \"a\": \"b\"\n}"} {
		if _, ok := usualSettings([]byte(s)); !ok {
			t.Errorf("%s is left to encoding/json", s)
		}
	}
}
