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
			return Official(t, Europace, "/aurora", "/borea", "/cisalpina")
		}
		return portal
	}
}

// Berlin is the Berlin Group's contract below the roots, in a version from 1.3.6 to 1.3.11. We have the last one; the others are made from it by taking away what they did
// not have yet, where account information is concerned (see versions.go of the mock bank for the sources).
func Berlin(t testing.TB, version string, roots ...string) *Document {
	t.Helper()
	whole := Official(t, BerlinGroup, roots...)
	minor, err := strconv.Atoi(strings.TrimPrefix(version, "1.3."))
	if err != nil {
		t.Fatalf("there is no version %q", version)
	}
	of := *whole
	of.name, of.put = BerlinGroup+" as "+version, func() { version13(whole, minor) }
	return &of
}

// version13 makes the document that of 1.3.minor, of whatever version it was.
func version13(whole *Document, minor int) {
	schemas := whole.doc.Components.Schemas
	for _, c := range []struct {
		from     int
		schema   string
		property string
	}{
		{8, "accountReport", "information"},
		{8, "accountAccess", "restrictedTo"},
		{9, "transactions", "batchIndicator"},
		{9, "transactions", "batchNumberOfTransactions"},
		{9, "transactions", "entryDetails"},
	} {
		properties := schemas[c.schema].Value.Properties
		key := c.schema + "." + c.property
		if schemas[key] == nil { // kept beside, for the versions that have it
			schemas[key] = properties[c.property]
		}
		if properties[c.property] = schemas[key]; minor < c.from {
			delete(properties, c.property)
		}
	}
	remittance := schemas["remittanceInformationStructuredMax140"]
	if minor < 11 {
		remittance = openapi3.NewStringSchema().WithMaxLength(140).NewRef()
	}
	schemas["transactions"].Value.Properties["remittanceInformationStructured"] = remittance
}
