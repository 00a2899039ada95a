package tenancy

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
)

// known asks, for each noun that stands in an address, whether the agency has one that the actor sees.
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
	"exp": "select true from subject_exports where id = $1",
	"prq": "select true from privacy_requests where id = $1",
	"whk": "select true from webhook_endpoints where id = $1",

	// That a suspicion report exists is secret: whoever lacks the permission is told that there is none, be there one or not.
	"sus": "select $1::uuid is null",
}

// files reads, for each noun that follows files, those it follows: owner, branch, amount, and whether the actor ($2) sees it whatever
// the files, because they made it or it belongs to none. No row: there is no such thing.
var files = map[string]string{
	"app": `select a.owner_id, a.branch, a.amount_cents, false from applications a where a.id = $1 and $2 <> ''`,
	"sbm": `select a.owner_id, a.branch, a.amount_cents, false from submissions x join applications a on a.id = x.application_id where x.id = $1 and $2 <> ''`,
	"tsk": `select a.owner_id, a.branch, a.amount_cents, false from tasks x join applications a on a.id = x.application_id where x.id = $1 and $2 <> ''`,
	"opr": `select a.owner_id, coalesce(a.branch, ''), coalesce(a.amount_cents, 0), x.application_id is null from operations x left join applications a on a.id = x.application_id where x.id = $1 and $2 <> ''`,
	"sub": ofSubjects + ` where s.id = $1`,
	"prp": ofProperties + ` where p.id = $1`,
	"doc": `select a.owner_id, a.branch, a.amount_cents, false from documents d join applications a on a.id = d.application_id where d.id = $1
		union all ` + ofSubjects + ` join documents d on d.subject_id = s.id where d.id = $1
		union all ` + ofProperties + ` join documents d on d.property_id = p.id where d.id = $1`,
}

const (
	ofSubjects = `select a.owner_id, coalesce(a.branch, ''), coalesce(a.amount_cents, 0), coalesce(s.created_by = $2, false)
		from subjects s left join application_parties l on l.subject_id = s.id left join applications a on a.id = l.application_id`
	ofProperties = `select a.owner_id, coalesce(a.branch, ''), coalesce(a.amount_cents, 0), coalesce(p.created_by = $2, false)
		from properties p left join application_properties l on l.property_id = p.id left join applications a on a.id = l.application_id`
)

// followed is a file that something follows. Open: it is seen whatever the file.
type followed struct {
	access.File
	Open bool
}

func (n noun) files(dst *[]followed, actor Actor) Load {
	l := Scan(files[n.prefix], []any{n.id, actor.ID()}, func(rows pgx.Rows) error {
		var f followed
		err := rows.Scan(&f.Owner, &f.Branch, &f.AmountCents, &f.Open)
		*dst = append(*dst, f)
		return err
	})
	l.start = func() { *dst = nil }
	return l
}

// Knows reports whether the scope's actor sees the noun of an id (its prefix and bytes). A refusal for want of a role is
// told only about what is there: about anything else the answer is that there is no such thing.
func (db *DB) Knows(ctx context.Context, s Scope, prefix string, id uuid.UUID) (found bool, err error) {
	sql, ok := known[prefix]
	if !ok {
		return true, nil
	}
	err = db.Load(ctx, s, Value(&found, sql, id))
	return found, err
}

// Known asks, with the id as $1, whether the agency has the noun of a prefix; "" where nothing is known of it.
func Known(prefix string) string { return known[prefix] }

// Limited reports whether the scope's actor sees some files only.
func (db *DB) Limited(ctx context.Context, s Scope) (limited bool, err error) {
	err = db.run(ctx, s, func(tx *Tx) error {
		limited = tx.sight != access.Everything
		return tx.once(nil)
	})
	return limited, err
}

// Exists asks whether the actor sees the noun of an id; ok is false for a noun that stands in no address.
func Exists(found *bool, prefix string, id uuid.UUID) (l Load, ok bool) {
	sql, ok := known[prefix]
	return Value(found, sql, id), ok
}

// Followed reads the files that a noun follows, as somebody else would be judged about it: within the actor's own sight. Each comes
// with whether they see the noun whatever the file. ok is false for a noun that follows none.
func Followed(prefix string, id uuid.UUID, as string, take func(f access.File, open bool)) (l Load, ok bool) {
	sql, ok := files[prefix]
	return Scan(sql, []any{id, as}, func(rows pgx.Rows) error {
		var f followed
		err := rows.Scan(&f.Owner, &f.Branch, &f.AmountCents, &f.Open)
		take(f.File, f.Open)
		return err
	}), ok
}
