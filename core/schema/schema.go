// Package schema brings a database to the schema of this build: roles by an
// administrator once, migrations by the owner, both idempotent.
package schema

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // database/sql driver for goose
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/migrations"
)

// Bootstrap makes the roles with the given password and, when it is missing, the database, owned by pratica_owner.
// adminURL is a superuser's connection to any database of the cluster.
func Bootstrap(ctx context.Context, adminURL, database, password string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return fmt.Errorf("connect as administrator: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	// Roles belong to the cluster: two starts at once would update the same catalogue rows.
	if _, err := conn.Exec(ctx, "select pg_advisory_lock(720161)"); err != nil {
		return fmt.Errorf("wait for another start: %w", err)
	}
	if _, err := conn.Exec(ctx, migrations.Bootstrap); err != nil {
		return fmt.Errorf("make roles: %w", err)
	}
	for _, role := range migrations.Roles {
		var set string
		// DDL takes no parameters: the server quotes the names and the secret itself.
		if err := conn.QueryRow(ctx, "select format('alter role %I password %L', $1::text, $2::text)", role, password).Scan(&set); err != nil {
			return fmt.Errorf("quote role: %w", err)
		}
		if _, err := conn.Exec(ctx, set); err != nil {
			return fmt.Errorf("set password of %s: %w", role, err)
		}
	}
	var exists bool
	if err := conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", database).Scan(&exists); err != nil {
		return fmt.Errorf("look for database: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "create database "+pgx.Identifier{database}.Sanitize()+" owner pratica_owner"); err != nil {
		return fmt.Errorf("create database: %w", err)
	}
	return ownSchema(ctx, conn.Config().Copy(), database)
}

// Drop removes a database with all that is in it, whoever is connected; none is no error.
func Drop(ctx context.Context, adminURL, database string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return fmt.Errorf("connect as administrator: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "drop database if exists "+pgx.Identifier{database}.Sanitize()+" with (force)"); err != nil {
		return fmt.Errorf("drop database: %w", err)
	}
	return nil
}

// ownSchema hands the public schema to the owner: from PostgreSQL 15 on only its owner may create in it.
func ownSchema(ctx context.Context, config *pgx.ConnConfig, database string) error {
	config.Database = database
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to new database: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "alter schema public owner to pratica_owner"); err != nil {
		return fmt.Errorf("hand over schema: %w", err)
	}
	return nil
}

// Migrate applies what is missing, under an advisory lock; ownerURL connects as pratica_owner.
// It returns the version reached.
func Migrate(ctx context.Context, ownerURL string) (int64, error) {
	db, err := sql.Open("pgx", ownerURL)
	if err != nil {
		return 0, fmt.Errorf("open: %w", err)
	}
	defer func() { _ = db.Close() }()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return 0, fmt.Errorf("make lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files, goose.WithSessionLocker(locker))
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return 0, fmt.Errorf("migrate: %w", err)
	}
	return provider.GetDBVersion(ctx)
}

// Latest is the schema version this build was made for.
func Latest() (int64, error) {
	names, err := fs.Glob(migrations.Files, "*.sql")
	if err != nil || len(names) == 0 {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	return goose.NumericComponent(names[len(names)-1])
}

// Check refuses a database whose schema is older than this build; url is the application role's.
func Check(ctx context.Context, url string) error {
	want, err := Latest()
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fault.New(fault.Unavailable, "database.unavailable", "The database does not answer, or refuses this role.")
	}
	defer func() { _ = conn.Close(ctx) }()
	var at int64
	err = conn.QueryRow(ctx, "select coalesce(max(version_id), 0) from goose_db_version where is_applied").Scan(&at)
	if err != nil || at < want {
		return fault.New(fault.Conflict, "boot.schema", fmt.Sprintf("The database's schema is at version %d, this program needs %d. Run `pratica migrate`.", at, want))
	}
	return nil
}
