package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/pratica-crm/pratica/core/catalogue"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/archive"
	"github.com/pratica-crm/pratica/plugins/host"
	protocol "github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// PluginTrustCmd takes a publisher.
type PluginTrustCmd struct {
	installation
	Name string `arg:"" help:"A name of your choice: lower-case letters, digits and -."`
	Key  string `arg:"" help:"The publisher's key, ed25519:…; pratica plugin sign prints it to the author."`
}

// Run trusts it.
func (c PluginTrustCmd) Run(ctx context.Context, cfg Config) error {
	key, err := archive.ParseKey(c.Key)
	if err != nil {
		return err
	}
	return c.do(ctx, cfg, func(d *desk) error {
		if err := d.Trust(ctx, d.who, c.Name, string(key)); err != nil {
			return err
		}
		_, err := fmt.Printf("%s is trusted: packages signed by %s are taken.\n", c.Name, key)
		return err
	})
}

// PluginAddCmd takes a package.
type PluginAddCmd struct {
	installation
	Package string `arg:"" help:"The package, acme-1.0.0.tar.gz; its signature stands beside it." type:"existingfile"`
}

// Run takes it in.
func (c PluginAddCmd) Run(ctx context.Context, cfg Config) error {
	return c.do(ctx, cfg, func(d *desk) error {
		r, err := d.take(ctx, c.Package)
		if err != nil {
			return err
		}
		_, err = fmt.Printf("%s of %s is in the catalogue. Next: pratica plugin approve %s\n", r.Name(), r.Publisher, r.Name())
		return err
	})
}

// take verifies a package, keeps its programs and adds its version. What is not signed by a trusted key is not looked into.
func (d *desk) take(ctx context.Context, path string) (catalogue.Release, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return catalogue.Release{}, err
	}
	text, err := os.ReadFile(path + archive.SignatureSuffix)
	if errors.Is(err, os.ErrNotExist) {
		return catalogue.Release{}, fmt.Errorf("%s has no signature beside it (%s%s); its author makes one with: pratica plugin sign %s", path, path, archive.SignatureSuffix, path)
	}
	if err != nil {
		return catalogue.Release{}, err
	}
	signature, err := archive.ParseSignature(text)
	if err == nil {
		err = signature.Verify(archive.Sum(raw))
	}
	if err != nil {
		return catalogue.Release{}, fmt.Errorf("%s: %w", path, err)
	}
	all, err := d.All(ctx)
	if err != nil {
		return catalogue.Release{}, err
	}
	publisher, err := all.ByKey(string(signature.Key))
	if err != nil {
		return catalogue.Release{}, err
	}
	p, err := archive.Read(bytes.NewReader(raw))
	if err != nil {
		return catalogue.Release{}, err
	}
	r, err := releaseOf(p.Manifest, publisher.Name, p.SHA256)
	if err != nil {
		return r, err
	}
	if err := d.free(r.Connector); err != nil {
		return r, err
	}
	for _, program := range p.Manifest.Programs {
		content := p.Content[program.Path]
		if err := d.store.Put(ctx, programKey(program.SHA256), func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
			return r, fmt.Errorf("keep the program: %w", err)
		}
	}
	return r, d.Add(ctx, d.who, r)
}

// free refuses the names of the connectors that came with the platform.
func (d *desk) free(name string) error {
	plans, err := host.Folder(d.cfg.ConnectorsDir)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(plans, func(p host.Plan) bool { return p.Name == name }) {
		return fmt.Errorf("%s is a built-in connector (%s/%s); a package cannot take its place. Its author has to choose another id", name, d.cfg.ConnectorsDir, host.Catalogue)
	}
	return nil
}

func releaseOf(m archive.Manifest, publisher, sum string) (catalogue.Release, error) {
	// Of secrets the schema counts, as it will when it runs: the lists beside it are the author's word.
	r := catalogue.Release{Connector: m.ID, Version: m.Version, Publisher: publisher, Title: m.Title, Archive: sum, Programs: map[string]string{},
		Permissions: connectors.PermissionsOf(connectors.Connector{Capabilities: m.Capabilities, Egress: m.Egress, DataCategories: m.DataCategories, ConfigSchema: m.ConfigSchema, CallbackPaths: m.CallbackPaths, CostCents: m.CostCents})}
	if len(m.Protocols) > 0 && !slices.Contains(m.Protocols, protocol.Version) {
		return r, fmt.Errorf("%s speaks version %v of the connector protocol and this platform version %d; get a build of it for version %d, or bring the platform up to date", r.Name(), m.Protocols, protocol.Version, protocol.Version)
	}
	for _, p := range m.Programs {
		r.Programs[p.Platform] = p.SHA256
	}
	return r, nil
}
