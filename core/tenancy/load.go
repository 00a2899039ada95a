package tenancy

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
)

// Load is a statement with a place for its rows. Values go in as $n parameters, never into the text.
type Load struct {
	sql   string
	args  []any
	start func()                                       // called before the first row: a retry starts from nothing
	scan  func(pgx.Rows) error                         // called for each row
	open  func(*Tx, *crypto.TenantKey, pgx.Rows) error // called for each row, instead of scan
	then  func(*Tx) error                              // called when all rows are in
	after func() error                                 // called last
	rows  int64                                        // wanted rows of an exec, with miss
	miss  error
}

func exec(sql string, args ...any) Load { return Load{sql: sql, args: args} }

// Scan calls scan for each row.
func Scan(sql string, args []any, scan func(pgx.Rows) error) Load {
	return Load{sql: sql, args: args, scan: scan}
}

// One fills dst, a struct whose fields carry `db` names, from the only row; no row is miss.
func One[T any](dst *T, miss error, sql string, args ...any) Load {
	found := false
	l := Load{sql: sql, args: args, scan: func(rows pgx.Rows) error {
		v, err := pgx.RowToStructByName[T](rows)
		*dst, found = v, true
		return err
	}}
	l.start = func() { found = false }
	l.after = func() error {
		if !found {
			return miss
		}
		return nil
	}
	return l
}

// Value fills dst from a row of one column; without a row dst stays as it is.
func Value[T any](dst *T, sql string, args ...any) Load {
	return Load{sql: sql, args: args, scan: func(rows pgx.Rows) error { return rows.Scan(dst) }}
}

// Many appends a struct for each row to dst.
func Many[T any](dst *[]T, sql string, args ...any) Load {
	return Load{sql: sql, args: args, start: func() { *dst = []T{} }, scan: func(rows pgx.Rows) error {
		v, err := pgx.RowToStructByName[T](rows)
		*dst = append(*dst, v)
		return err
	}}
}

func (l *Load) read(tx *Tx, results pgx.BatchResults) error {
	scan := l.scan
	if l.open != nil {
		scan = func(rows pgx.Rows) error { return l.open(tx, tx.keys, rows) }
	}
	if scan == nil {
		tag, err := results.Exec()
		if err != nil {
			return err
		}
		if l.miss != nil && tag.RowsAffected() != l.rows {
			return l.miss
		}
		return nil
	}
	if l.start != nil {
		l.start()
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("read row: %w", err)
		}
	}
	if err := rows.Err(); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	if l.then != nil {
		if err := l.then(tx); err != nil {
			return err
		}
	}
	if l.after != nil {
		return l.after()
	}
	return nil
}

// Statement runs without rows to read.
func Statement(sql string, args ...any) Load { return exec(sql, args...) }

// Then does something when all the rows are in, with what the transaction's actor may. A retry reads the rows again.
func (l Load) Then(do func(*Tx) error) Load {
	l.then = do
	return l
}

// From is called before the first row: a retry starts from nothing.
func (l Load) From(start func()) Load {
	l.start = start
	return l
}
