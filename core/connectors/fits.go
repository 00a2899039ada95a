package connectors

import "encoding/json"

// Fits holds settings against a connector's schema, as when an agency makes a connection; the error names each field that does not
// fit, and no value. A schema that cannot be read is an error, too.
func Fits(schema, config json.RawMessage) error { return fits(schema, config) }
