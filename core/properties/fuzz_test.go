package properties

import (
	"encoding/json"
	"testing"

	"github.com/pratica-crm/pratica/core/fault"
)

// FuzzMerge: a merge patch is the caller's mistake, or changes what it names and leaves the rest.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{"price_cents": 20000000}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var patch map[string]json.RawMessage
		if json.Unmarshal(text, &patch) != nil {
			return
		}
		price := int64(1)
		d := Data{Kind: "house", Address: Address{Street: "Via Prova 1", City: "Bari", Province: "BA", PostalCode: "70121"}, PriceCents: &price, Appraisals: []Appraisal{{ValueCents: 7}}}
		switch err := d.merge(text); {
		case err != nil:
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", text, err)
			}
		case len(patch) == 0 && (d.Kind != "house" || d.Address.City != "Bari" || *d.PriceCents != 1 || len(d.Appraisals) != 1):
			t.Fatalf("%q makes %+v", text, d)
		}
	})
}
