// Package proto holds the protocol's definition, for authors in any language.
package proto

import _ "embed"

// Connector is connector.proto.
//
//go:embed connector/v1/connector.proto
var Connector []byte
