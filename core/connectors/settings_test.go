package connectors

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/fault"
)

func TestSettingsFitTheConnectorsSchema(t *testing.T) {
	schema := json.RawMessage(`{"type":"object","required":["url","token"],"additionalProperties":false,
		"properties":{"url":{"type":"string","pattern":"^https?://"},"token":{"type":"string","minLength":1}}}`)
	for config, pointers := range map[string][]string{
		`{"url":"https://bank.example","token":"secret"}`:       nil,
		`{"url":"https://bank.example"}`:                        {"/config/"},
		`{"url":"ftp://bank.example","token":"secret"}`:         {"/config/url"},
		`{"url":"https://bank.example","token":7}`:              {"/config/token"},
		`{"url":"https://bank.example","token":"s","more":"x"}`: {"/config/"},
		`[]`:  {"/config/"},
		`{"a`: {"/config"},
		``:    {"/config/"},
	} {
		err := fits(schema, json.RawMessage(config))
		if pointers == nil {
			if err != nil {
				t.Errorf("%s: %v", config, err)
			}
			continue
		}
		e := fault.As(err)
		if err == nil || e.Kind != fault.Invalid || e.Code != "connection.config" || len(e.Fields) != len(pointers) {
			t.Errorf("%s: %v, %+v", config, err, e)
			continue
		}
		for i, f := range e.Fields {
			if f.Pointer != pointers[i] || strings.Contains(f.Message, "ftp") {
				t.Errorf("%s: %+v", config, f)
			}
		}
	}
	if err := fits(nil, nil); err != nil {
		t.Errorf("a connector without settings: %v", err)
	}
}
