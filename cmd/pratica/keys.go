package main

import (
	"cmp"
	"fmt"

	"github.com/pratica-crm/pratica/core/crypto"
)

// root opens the installation's root key: the one a URI names, or the file's, with the one before while that is set.
func (c Config) root() (*crypto.Root, error) {
	if c.KeyURI == "" && c.KeyFile == "" {
		return nil, fmt.Errorf("PRATICA_KEY_URI or PRATICA_KEY_FILE is %w", errUnset)
	}
	root, err := crypto.OpenRootURI(cmp.Or(c.KeyURI, "file://"+c.KeyFile))
	if err != nil || c.KeyURIPrevious == "" {
		return root, err
	}
	previous, err := crypto.OpenRootURI(c.KeyURIPrevious)
	if err != nil {
		return nil, fmt.Errorf("PRATICA_KEY_URI_PREVIOUS: %w", err)
	}
	return root.After(previous), nil
}
