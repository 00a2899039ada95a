package isolation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// outcome is all that somebody who sends a statement can learn from it.
type outcome struct {
	value string // the first column of the first row, "∅" without a row
	rows  int64  // touched
	code  string // SQLSTATE, "" when it went through
	text  string // what the server says, with detail and hint
}

// refused reports whether row security or a missing grant said no.
func (o outcome) refused() bool { return o.code == "42501" }

func (o outcome) String() string {
	if o.code != "" {
		return o.code + " " + o.text
	}
	return fmt.Sprintf("%d rows, %s", o.rows, o.value)
}

// session sends statements as a role, each in a transaction of its own that leaves nothing. Inside a mutation it is the
// administrator's transaction, in which the schema is broken and that puts on the role: nothing of it is ever committed.
type session struct {
	t     testing.TB
	conn  *pgx.Conn
	inner bool
	hasty bool   // stops at the first thing wrong: enough for a mutation
	sight string // app.sight of its transactions; "" is a person who sees every file
	actor string // app.actor of them
	said  string // app.restricted of them: the word that shows what is locked away
}

// enough reports whether nothing more need be asked.
func (s session) enough(found []finding) bool {
	return s.hasty && slices.ContainsFunc(found, func(f finding) bool { return f.Wrong != "" })
}

// as runs statements with a role's rights and an owner's setting; before, as the administrator of a mutation.
func (s session) as(role, setting, id string, use func(context.Context, *pgx.Conn) outcome) outcome {
	ctx := context.Background()
	begin, end := "begin", "rollback"
	if s.inner {
		begin, end = "savepoint attempt; set local role "+quoted(role), "rollback to attempt; release attempt"
	}
	if s.sight != untold {
		begin += "; set local app.sight = '" + or(s.sight, allFiles) + "'"
	}
	if s.actor != "" {
		begin += "; set local app.actor = '" + s.actor + "'"
	}
	if s.said != "" {
		begin += "; set local app.restricted = '" + s.said + "'"
	}
	if setting != "" {
		begin += "; set local " + setting + " = '" + strings.ReplaceAll(id, "'", "''") + "'"
	}
	if _, err := s.conn.Exec(ctx, begin); err != nil {
		return failed(err)
	}
	out := use(ctx, s.conn)
	if _, err := s.conn.Exec(ctx, end); err != nil {
		s.t.Fatalf("%s: %v", end, err)
	}
	return out
}

// says runs one statement and gives what it came to.
func says(sql string, args ...any) func(context.Context, *pgx.Conn) outcome {
	return func(ctx context.Context, conn *pgx.Conn) outcome {
		rows, err := conn.Query(ctx, sql, args...)
		if err != nil {
			return failed(err)
		}
		out := outcome{value: "∅"}
		for n := 0; rows.Next(); n++ {
			if n == 0 {
				out.value = string(slices.Concat(rows.RawValues()...))
			}
		}
		if rows.Err() != nil {
			return failed(rows.Err())
		}
		out.rows = rows.CommandTag().RowsAffected()
		return out
	}
}

// copies is COPY … TO STDOUT.
func copies(sql string) func(context.Context, *pgx.Conn) outcome {
	return func(ctx context.Context, conn *pgx.Conn) outcome {
		var out bytes.Buffer
		if _, err := conn.PgConn().CopyTo(ctx, &out, sql); err != nil {
			return failed(err)
		}
		return outcome{value: or(out.String(), "∅")}
	}
}

// copiesIn is COPY … FROM STDIN of nothing: with row security PostgreSQL refuses it before the first line.
func copiesIn(sql string) func(context.Context, *pgx.Conn) outcome {
	return func(ctx context.Context, conn *pgx.Conn) outcome {
		tag, err := conn.PgConn().CopyFrom(ctx, strings.NewReader(""), sql)
		if err != nil {
			return failed(err)
		}
		return outcome{rows: tag.RowsAffected()}
	}
}

func failed(err error) outcome {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return outcome{code: "?", text: err.Error()}
	}
	return outcome{code: pg.Code, text: strings.Join([]string{pg.Message, pg.Detail, pg.Hint, pg.ConstraintName, pg.ColumnName}, " | ")}
}

var detail = regexp.MustCompile(`=\(.*?\) (is not|already|conflicts)`)

// plain is the outcome without the values the asker sent: the rest must not depend on them.
func (o outcome) plain() outcome {
	o.text = anID.ReplaceAllString(detail.ReplaceAllString(o.text, "=(…) $1"), "…")
	return o
}

// finding is a pair: what the owner can do and another cannot, tried in one run. Wrong is empty when both are as they must be.
type finding struct {
	Object, Role, Verb string
	Theirs, Ours       string // what the other and the owner got
	Wrong              string
}

// sql fills a statement's places: T the table, O the column that names the owner, $1 the owner's id.
func (c cell) sql(text string) string {
	return strings.NewReplacer("{T}", quoted(c.Name), "{O}", quoted(c.Column), "{C}", quoted(first(c.changes, c.Column))).Replace(text)
}

// it is the condition on t to be the row that is given as JSON in $1.
func (c cell) it() string {
	key := plainKey(c)
	return c.sql(`(` + prefixed("t", key) + `) = (select ` + join(key) + ` from jsonb_populate_record(null::{T}, $1::jsonb))`)
}

// row is the end of a statement about that row, updated one that leaves it as it is.
func (c cell) row() string { return c.sql(` {T} t where `) + c.it() }
func (c cell) updated() string {
	return c.sql(`update {T} t set {C} = t.{C} from (select 1) x where `) + c.it()
}

// first is a column to change: not the one that names the owner, if there is another.
func first(columns []string, owner string) string {
	for _, c := range columns {
		if c != owner {
			return c
		}
	}
	return owner
}
