// Package migrations holds the schema, as goose migrations in SQL, and the
// roles of the cluster that a database administrator makes once.
package migrations

import "embed"

// Files are the migrations, named 0001_noun.sql and applied in that order.
//
//go:embed 0*.sql
var Files embed.FS

// Roles are the login roles, one for each way through the door.
var Roles = []string{"pratica_owner", "pratica_app", "pratica_directory", "pratica_network", "pratica_operator"}

// Bootstrap is run by an administrator of the cluster before the first migration; it is idempotent.
//
//go:embed bootstrap.sql
var Bootstrap string
