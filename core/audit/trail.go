package audit

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// Trail is one of the three: entries, and beside them their chain and its checkpoints.
type Trail struct {
	prefix, owner        string // of the tables' names; the column of who it belongs to
	insert, insertSealed string
	head, newest, sign   string
	list, rows, unlinked string
	grown                string // whose trail ends after its last checkpoint
}

// The trails: what is done in an agency, what of that only compliance knows, what is done for a network.
var (
	Agency       = newTrail("audit", "tenant_id", "agencies")
	Confidential = newTrail("confidential_audit", "tenant_id", "agencies")
	Network      = newTrail("network_audit", "network_id", "networks")
)

// newTrail writes a trail's statements. The names are constants of this package.
func newTrail(prefix, owner, owners string) *Trail {
	sql := strings.NewReplacer("<prefix>", prefix, "<owner>", owner, "<owners>", owners).Replace
	return &Trail{prefix: prefix, owner: owner,
		insert:       sql(`insert into <prefix>_entries (<owner>, id, at, actor_id, action, ref, detail, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8)`),
		insertSealed: sql(`insert into <prefix>_entries (<owner>, id, at, actor_id, action, ref, detail, request_id, sealed) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`),
		head:         sql(`select seq, hash from <prefix>_chain where <owner> = $1 order by seq desc limit 1`),
		newest:       sql(`select seq, hash, at, key_id, signature from <prefix>_checkpoints where <owner> = $1 order by seq desc limit 1`),
		list: sql(`select e.id, c.seq, e.at, e.actor_id, e.action, e.ref, e.detail, e.request_id, c.hash
			from <prefix>_chain c join <prefix>_entries e on e.<owner> = c.<owner> and e.id = c.entry_id where true`),
		rows: sql(`select c.seq, c.entry_id, c.previous, c.hash, e.id is not null, e.at, e.actor_id, e.action, e.ref, e.detail::text, e.request_id, e.sealed, k.hash, k.at, k.key_id, k.signature
			from <prefix>_chain c left join <prefix>_entries e on e.<owner> = c.<owner> and e.id = c.entry_id left join <prefix>_checkpoints k on k.<owner> = c.<owner> and k.seq = c.seq
			where c.<owner> = $1 and c.seq between $2 and $3 order by c.seq limit $4`),
		unlinked: sql(`select e.id from <prefix>_entries e where e.<owner> = $1 and not exists (select from <prefix>_chain c where c.<owner> = e.<owner> and c.entry_id = e.id) order by e.id limit 100`),
		sign:     sql(`insert into <prefix>_checkpoints (<owner>, seq, hash, at, key_id, signature) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`),
		grown: sql(`select o.id from <owners> o cross join lateral (select seq from <prefix>_chain c where c.<owner> = o.id order by seq desc limit 1) head
			where not exists (select from <prefix>_checkpoints k where k.<owner> = o.id and k.seq = head.seq) order by o.id limit 10000`),
	}
}

// row is a link of the chain as the database has it: with its entry, unless somebody took that out, and with the checkpoint that
// ends there.
type row struct {
	Line
	there      bool
	checkpoint *Checkpoint
}

// load reads the links from one number to another, both included, at most so many.
func (t *Trail) load(dst *[]row, owner uuid.UUID, from, to int64, most int) tenancy.Load {
	return tenancy.Scan(t.rows, []any{owner, from, to, most}, func(rows pgx.Rows) error {
		var r row
		var at, signedAt *time.Time
		var actor, action, ref, detail, request, key *string
		var hash, signature []byte
		err := rows.Scan(&r.Seq, &r.ID, &r.Previous, &r.Hash, &r.there, &at, &actor, &action, &ref, &detail, &request, &r.Sealed, &hash, &signedAt, &key, &signature)
		if err != nil {
			return err
		}
		if r.there {
			r.At, r.Actor, r.Action, r.Ref, r.Detail, r.Request = at.UTC(), *actor, *action, *ref, *detail, *request
		}
		if key != nil {
			r.checkpoint = &Checkpoint{Trail: t.prefix, Owner: owner, Seq: r.Seq, Hash: hash, At: signedAt.UTC(), Key: *key, Signature: signature}
		}
		*dst = append(*dst, r)
		return nil
	})
}
