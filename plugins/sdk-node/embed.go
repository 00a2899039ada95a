// Package sdknode holds the SDK for connectors in Node, for `pratica plugin new`.
package sdknode

import "embed"

// Files are its files.
//
//go:embed *.js
var Files embed.FS
