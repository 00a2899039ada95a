package host

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
)

// Release is a version of a connector that may run here.
type Release struct {
	Version   string // as the catalogue calls it; empty where it has no versions (SHA256SUMS)
	Publisher string
	SHA256    string // of the program for this platform, in hex
	// Open reads the program. What it gives is hashed before anything of it runs.
	Open func(context.Context) (io.ReadCloser, error) `json:"-"`
	// Approved is what an operator has approved: a program that describes itself as asking for more is refused. Nil: whoever
	// wrote the catalogue approved it as it is.
	Approved *connectors.Permissions
}

// Plan is what should run of one connector.
type Plan struct {
	Name string
	// Releases: the one in force, then those to fall back to, the last good one first. All of them are approved: one that runs and is not
	// among them is ended at once. None: nothing runs.
	Releases []Release
	// Leaving have just been replaced: none of them is started any more, but the calls they have may end.
	Leaving []Release
	Canary  *Canary
	// Dedicated are the agencies that have a process of their own.
	Dedicated []ident.AgencyID
	// Revoked: nothing runs because an operator took it back.
	Revoked bool
}

// Canary is a version that some agencies get first.
type Canary struct {
	Release
	Share    int // of the agencies, in percent; which ones is the same everywhere and each time
	Agencies []ident.AgencyID
}

// includes tells whether an agency is among the first.
func (c *Canary) includes(connector string, agency ident.AgencyID) bool {
	if slices.Contains(c.Agencies, agency) {
		return true
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(connector + agency.String()))
	return int(h.Sum32()%100) < c.Share
}

// Folder plans the connectors of a folder by its SHA256SUMS, each in the one version that is there. A folder that is not there, or is
// empty, has none; one with programs but no SHA256SUMS is an error.
func Folder(dir string) ([]Plan, error) {
	entries, err := readCatalogue(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue of connectors: %w", err)
	}
	plans := []Plan{}
	for _, e := range entries {
		plans = append(plans, Plan{Name: e.name, Releases: []Release{{Publisher: BuiltIn, SHA256: e.sum,
			Open: func(context.Context) (io.ReadCloser, error) { return os.Open(filepath.Join(dir, e.name)) }}}})
	}
	return plans, nil
}

// BuiltIn is the publisher of what a folder's SHA256SUMS names: whoever installed the platform.
const BuiltIn = connectors.BuiltIn
