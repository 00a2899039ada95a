package subjects

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/fault"
)

// FuzzMerge: a merge patch gives data of known members, or is the caller's mistake; an empty one changes nothing, and none panics.
func FuzzMerge(f *testing.F) {
	for _, seed := range []string{`{}`, `{"first_name": "Zita"}`, `{"tax_code": null}`, `{"incomes": [{"net_monthly_cents": -1}]}`, `{"unknown": 1}`, `{"birth_date": "9999-99-99"}`, `{"First_Name": "x", "first_name": "y"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var patch map[string]json.RawMessage
		if json.Unmarshal(text, &patch) != nil {
			return
		}
		before := Data{Kind: "natural", FirstName: "Mario", LastName: "Rossi"}
		after, err := merge(before, patch)
		if err != nil {
			if !fault.Is(err, fault.Invalid) || strings.Contains(fault.As(err).Message, "Mario") {
				t.Fatalf("%s: %v", text, err)
			}
			return
		}
		if _, err := after.clean(); err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%s: %v", text, err)
		}
	})
}
