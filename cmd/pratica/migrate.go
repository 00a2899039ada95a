package main

import (
	"context"
	"fmt"

	"github.com/pratica-crm/pratica/core/schema"
)

// MigrateCmd brings the schema up; with an administrator's URL it first makes roles and database.
type MigrateCmd struct {
	AdminURL string `help:"Superuser's URL: make the roles and the database first." env:""`
	Database string `help:"Name of the database to make." default:"pratica"`
	Password string `help:"Password the roles get (with --admin-url)." env:""`
}

// Run migrates.
func (m MigrateCmd) Run(ctx context.Context, cfg Config) error {
	if m.AdminURL != "" {
		if m.Password == "" {
			return fmt.Errorf("--password is needed with --admin-url: the roles sign in with it")
		}
		if err := schema.Bootstrap(ctx, m.AdminURL, m.Database, m.Password); err != nil {
			return err
		}
	}
	if err := cfg.need("DatabaseOwnerURL"); err != nil {
		return err
	}
	at, err := schema.Migrate(ctx, cfg.DatabaseOwnerURL.Reveal())
	if err != nil {
		return err
	}
	_, err = fmt.Printf("schema is at version %d\n", at)
	return err
}
