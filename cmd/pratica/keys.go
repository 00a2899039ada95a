package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/rotation"
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

// KeysCmd keeps the keys that encrypt agencies' data.
type KeysCmd struct {
	Rotate KeysRotateCmd `cmd:"" help:"Give an agency, or every one, a new key; a worker wraps anew what the older ones hold."`
	Rewrap KeysRewrapCmd `cmd:"" help:"After the root key was changed: wrap every agency's keys by the new one."`
}

// KeysRotateCmd starts rotations.
type KeysRotateCmd struct {
	Agency string `xor:"whose" required:"" help:"Id of the agency (agn_…)."`
	All    bool   `xor:"whose" required:"" help:"Every active agency."`
}

// Run starts the jobs and names them.
func (c KeysRotateCmd) Run(ctx context.Context, cfg Config) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	var agencies []ident.AgencyID
	if c.All {
		agencies, err = a.operator.Agencies(ctx)
	} else {
		agencies = make([]ident.AgencyID, 1)
		if agencies[0], err = ident.ParseAgency(c.Agency); err != nil {
			return fault.Missing("agency")
		}
	}
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range agencies { // one that cannot be rotated now holds up no other
		scope, err := a.operator.Scope(id, "command line")
		if err != nil {
			return err
		}
		job, err := a.deps.Rotation.Rotate(ctx, scope.For("keys.rotate"))
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", id, err))
			continue
		}
		fmt.Printf("%s %s\n", id, job.ID)
	}
	return errors.Join(failed...)
}

// KeysRewrapCmd wraps agencies' keys anew.
type KeysRewrapCmd struct{}

// Run wraps them.
func (KeysRewrapCmd) Run(ctx context.Context, cfg Config) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	root, err := cfg.root()
	if err != nil {
		return err
	}
	n, err := keys.Rewrap(ctx, a.operator, root)
	if err == nil {
		fmt.Printf("%d keys are wrapped by the present root key; PRATICA_KEY_URI_PREVIOUS is no longer needed\n", n)
	}
	return err
}

// AgencyShredCmd destroys an agency's keys.
type AgencyShredCmd struct {
	Agency  string `required:"" help:"Id of the agency (agn_…), which is suspended."`
	Confirm string `required:"" help:"Its name, as it is written: nothing of its data can be read afterwards, by nobody, from no copy."`
}

// Run destroys them.
func (c AgencyShredCmd) Run(ctx context.Context, cfg Config) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	id, err := ident.ParseAgency(c.Agency)
	if err != nil {
		return fault.Missing("agency")
	}
	if err := rotation.Shred(ctx, a.operator, id, c.Confirm); err != nil {
		return err
	}
	_, err = fmt.Printf("%s is shredded: its keys are destroyed\n", id)
	return err
}
