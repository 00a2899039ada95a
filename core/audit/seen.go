package audit

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Group is a group of sensitive fields that something shows: its name goes into the trail, never a value. Action is the permission to
// be shown it, "" where whoever sees the thing sees the group.
type Group struct {
	Name   string
	Action access.Action
}

// Seen is a note for tenancy.Scope.Noting: that the actor read something, and which groups of its fields they were shown. It
// enters nothing when the agency has no such thing. ref is its outside form ("sub_…"); "" for what is no one thing, such as a search.
func Seen(action, ref string, groups ...Group) func(*tenancy.Tx) {
	return func(tx *tenancy.Tx) {
		detail := map[string]string{}
		if shown := shown(tx, groups); shown != "" {
			detail["groups"] = shown
		}
		prefix, id, named := ident.ParseAny(ref)
		there := tenancy.Known(prefix)
		if !named || there == "" {
			enter(tx, Agency, action, ref, detail, nil)
			return
		}
		enterWhere(tx, "exists ("+there+")", id, action, ref, detail)
	}
}

// SeenWithin is Seen for groups of people that stand on the page of something else, such as incomes on a file's: it enters nothing where
// the actor is shown none of them, nor where there asks in vain, with the id as $1, whether the page has any. Such a page is read again
// with every change that is heard of, so the same actor's next looks within SeenEvery are one with the first.
func SeenWithin(action, ref, there string, groups ...Group) func(*tenancy.Tx) {
	return func(tx *tenancy.Tx) {
		_, id, named := ident.ParseAny(ref)
		shown := shown(tx, groups)
		if !named || shown == "" {
			return
		}
		enterWhere(tx, `exists (`+there+`) and `+notLately,
			id, action, ref, map[string]string{"groups": shown}, SeenEvery)
	}
}

// SeenEach is Seen for a list that showed whole things: an entry for each ref, so that what is known of one thing tells of it. A list is
// read again with every key that is typed, so the same actor's next looks within SeenEvery are one with the first.
func SeenEach(action string, refs []string, groups ...Group) func(*tenancy.Tx) {
	return func(tx *tenancy.Tx) {
		for _, ref := range refs {
			_, id, _ := ident.ParseAny(ref)
			enterWhere(tx, `$1::uuid is not null and `+notLately, id, action, ref, map[string]string{"groups": shown(tx, groups)}, SeenEvery)
		}
	}
}

// shown names the groups that the actor is shown.
func shown(tx *tenancy.Tx, groups []Group) string {
	var names []string
	for _, g := range groups {
		if g.Action == "" || tx.May(g.Action) {
			names = append(names, g.Name)
		}
	}
	return strings.Join(names, " ")
}

// notLately holds where the actor has left no such entry for SeenEvery.
const notLately = `not exists (select from audit_entries e where e.tenant_id = $2 and e.ref = $7 and e.action = $6 and e.actor_id = $5 and e.at > $4::timestamptz - $10::interval)`

// SeenEvery is how long looks at the same page by the same actor are one.
const SeenEvery = 15 * time.Minute

// enterWhere enters what a condition holds for when the statement runs: $1 in it is the id, then come the columns.
func enterWhere(tx *tenancy.Tx, condition string, id uuid.UUID, action, ref string, detail map[string]string, more ...any) {
	body, _ := json.Marshal(detail) // a map of strings always encodes
	s := tx.Scope()
	tx.Exec(`insert into audit_entries (tenant_id, id, at, actor_id, action, ref, detail, request_id) select $2, $3, $4, $5, $6, $7, $8, $9 where `+condition,
		append([]any{id, s.Tenant(), uuid.Must(uuid.NewV7()), tx.Now(), s.Actor().ID(), action, ref, body, s.Request()}, more...)...)
}
