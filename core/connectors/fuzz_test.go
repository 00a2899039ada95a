package connectors

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/fault"
)

// FuzzSettings: settings fit the connector's schema or are refused by the place of what does not; a secret is never repeated.
func FuzzSettings(f *testing.F) {
	schema := json.RawMessage(`{"type":"object","required":["url","token"],"additionalProperties":false,
		"properties":{"url":{"type":"string","pattern":"^https?://"},"token":{"type":"string","minLength":1,"maxLength":20},"mode":{"enum":["live","test"]}}}`)
	f.Add([]byte(`{"url":"https://bank.example","token":"t-secret"}`))
	f.Fuzz(func(t *testing.T, config []byte) {
		err := fits(schema, config)
		if err != nil {
			e := fault.As(err)
			if e.Kind != fault.Invalid || e.Code != "connection.config" || len(e.Fields) == 0 {
				t.Fatalf("%q: %v", config, err)
			}
			for _, field := range e.Fields {
				if strings.Contains(e.Message+field.Message, "secret") {
					t.Fatalf("%q is repeated: %+v", config, field)
				}
			}
			return
		}
		var read struct{ URL, Token, Mode string }
		if json.Unmarshal(config, &read) != nil || !strings.HasPrefix(read.URL, "http") || read.Token == "" || read.Mode != "" && read.Mode != "live" && read.Mode != "test" {
			t.Fatalf("%q fits, and is %+v", config, read)
		}
	})
}
