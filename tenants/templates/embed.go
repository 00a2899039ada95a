// Package templates holds the workflow templates a new agency starts from.
package templates

import "embed"

//go:embed application.yaml submission.yaml consent.yaml
var files embed.FS

// All are the sources: the file's machine, the submission's and the bank consent's.
func All() [][]byte {
	var out [][]byte
	for _, name := range []string{"application.yaml", "submission.yaml", "consent.yaml"} {
		source, err := files.ReadFile(name)
		if err != nil {
			panic(err) // embedded: it is there
		}
		out = append(out, source)
	}
	return out
}
