package contract

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// OfMockBank tells the contract of a request to the mock bank: its own, the Berlin Group's in the version that bank speaks, or Europace's.
// Pages that people look at have none. official are the official documents the test needs: without them it is skipped.
func OfMockBank(t testing.TB, own []byte, version func(bank string) string, official ...string) func(*http.Request) *Document {
	t.Helper()
	portal := Own(t, "openapi.yaml", own)
	for _, file := range official {
		Need(t, file)
	}
	return func(r *http.Request) *Document {
		bank, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch {
		case r.URL.Path == "/", rest == "psd2/home", strings.HasPrefix(rest, "psd2/sca/"):
			return nil
		case strings.HasPrefix(rest, "psd2/v1/"):
			return Berlin(t, version(bank), "/aurora/psd2", "/borea/psd2", "/cisalpina/psd2")
		case strings.HasPrefix(rest, "v2/antraege"):
			return Official(t, Europace, "", nil, "/aurora", "/borea", "/cisalpina")
		}
		return portal
	}
}

// Berlin is the Berlin Group's contract below the roots, in a version from 1.3.6 to 1.3.11. We have the last one; the others are made from it by taking away what they did
// not have yet, where account information is concerned (see versions.go of the mock bank for the sources).
func Berlin(t testing.TB, version string, roots ...string) *Document {
	t.Helper()
	minor, _ := strconv.Atoi(strings.TrimPrefix(version, "1.3."))
	// Documents that are alike are loaded once.
	alike := map[int]int{6: 6, 7: 6, 8: 8, 9: 9, 10: 9, 11: 11}[minor]
	return Official(t, BerlinGroup, strconv.Itoa(alike), func(doc *openapi3.T) {
		schemas := doc.Components.Schemas
		drop := func(schema string, properties ...string) {
			for _, p := range properties {
				delete(schemas[schema].Value.Properties, p)
			}
		}
		if alike < 11 {
			text := openapi3.NewStringSchema().WithMaxLength(140)
			schemas["transactions"].Value.Properties["remittanceInformationStructured"] = text.NewRef()
		}
		if alike < 9 {
			drop("transactions", "batchIndicator", "batchNumberOfTransactions", "entryDetails")
		}
		if alike < 8 {
			drop("accountReport", "information")
			drop("accountAccess", "restrictedTo")
		}
	}, roots...)
}
