// Package archive is the package in which a connector travels from its author to an operator, and the index it is found by.
//
// A package is a .tar.gz, the same bytes for the same content (no times, no owners, names in order):
//
//	manifest.json              what the connector is, what it asks for, and the SHA-256 of everything else
//	bin/linux-amd64/acme       its program for a platform; bin/any/acme where one file runs on all of them
//	sbom.json                  CycloneDX: what the program is made of
//	report.json                what the conformance kit said of it
//	cassettes/*.json, docs.md  where there are any
//
// Its signature is a file beside it, acme-1.0.0.tar.gz.sig, over the SHA-256 of the whole: what is not signed is not looked into.
// An index is one file, index.json, that holds its own signature, so that it changes at one stroke.
package archive
