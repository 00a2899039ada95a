// Package connectorv1 is generated from plugins/proto/connector/v1. Authors in Go use package sdk, which hides it.
package connectorv1

//go:generate sh -c "cd ../../proto && go run github.com/bufbuild/buf/cmd/buf@v1.75.0 lint && go run github.com/bufbuild/buf/cmd/buf@v1.75.0 generate"
