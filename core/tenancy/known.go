package tenancy

import (
	"context"

	"github.com/google/uuid"
)

// known asks, for each noun that stands in an address, whether the agency has one.
var known = map[string]string{
	"sub": "select true from subjects where id = $1",
	"prp": "select true from properties where id = $1",
	"app": "select true from applications where id = $1",
	"doc": "select true from documents where id = $1",
	"sbm": "select true from submissions where id = $1",
	"cnx": "select true from connections where id = $1",
	"opr": "select true from operations where id = $1",
	"tsk": "select true from tasks where id = $1",
	"mbr": "select true from members where id = $1",
	"key": "select true from api_keys where id = $1",
	"job": "select true from jobs where id = $1",
	"sup": "select true from support_grants where id = $1",

	// That a suspicion report exists is secret: whoever lacks the permission is told that there is none, be there one or not.
	"sus": "select $1::uuid is null",
}

// Exists asks, with the id as $1, whether the agency has the noun of a prefix; "" where nothing is known of it.
func Exists(prefix string) string { return known[prefix] }

// Knows reports whether the scope's agency has the noun of an id (its prefix and bytes). A refusal for want of a role is
// told only about what is there: about anything else the answer is that there is no such thing.
func (db *DB) Knows(ctx context.Context, s Scope, prefix string, id uuid.UUID) (found bool, err error) {
	sql, ok := known[prefix]
	if !ok {
		return true, nil
	}
	err = db.Load(ctx, s, Value(&found, sql, id))
	return found, err
}
