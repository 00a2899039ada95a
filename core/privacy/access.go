package privacy

import (
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Access is a line of what was done with a person's data, in words for the person: who by role, what, why.
type Access struct {
	At     time.Time `json:"at"`
	By     Text      `json:"by" doc:"The agency's people by role, never by name"`
	Action Text      `json:"action"`
	Why    Text      `json:"why"`
	About  string    `json:"about" enum:"person,document,file"`

	place place
}

// place is where a line stands in the log.
type place struct {
	At time.Time `json:"at"`
	ID uuid.UUID `json:"id"`
}

// traces are what finds a person's lines in the trail, and what their words are made of.
type traces struct {
	refs    []string          // the person, their papers, their files and what of those went to lenders
	grants  []string          // under which the network's people looked into the agency
	roles   map[string]string // of members, today: a platform role, or an own one
	parents map[string]string // of own roles
	lenders map[string]string // by submission
}

func traced(tx *tenancy.Tx, id ident.SubjectID) (traces, error) {
	t := traces{refs: []string{id.String()}, grants: []string{}, roles: map[string]string{}, parents: map[string]string{}, lenders: map[string]string{}}
	return t, tx.Load(tenancy.Scan(`select application_id from application_parties where subject_id = $1`, []any{id}, func(rows pgx.Rows) error {
		var x ident.ApplicationID
		err := rows.Scan(&x)
		t.refs = append(t.refs, x.String())
		return err
	}), tenancy.Scan(`select id from documents where subject_id = $1`, []any{id}, func(rows pgx.Rows) error {
		var x ident.DocumentID
		err := rows.Scan(&x)
		t.refs = append(t.refs, x.String())
		return err
	}), tenancy.Scan(`select id from bank_consents where subject_id = $1`, []any{id}, func(rows pgx.Rows) error {
		var x ident.BankConsentID
		err := rows.Scan(&x)
		t.refs = append(t.refs, x.String())
		return err
	}), tenancy.Scan(`select id from verifications where subject_id = $1`, []any{id}, func(rows pgx.Rows) error {
		var x ident.VerificationID
		err := rows.Scan(&x)
		t.refs = append(t.refs, x.String())
		return err
	}), tenancy.Scan(`select x.id, l.name from submissions x join lenders l on l.id = x.lender_id where x.application_id in (select application_id from application_parties where subject_id = $1)`, []any{id}, func(rows pgx.Rows) error {
		var x ident.SubmissionID
		var lender string
		err := rows.Scan(&x, &lender)
		t.refs, t.lenders[x.String()] = append(t.refs, x.String()), lender
		return err
	}), tenancy.Scan(`select id from support_grants`, nil, func(rows pgx.Rows) error {
		var x ident.SupportID
		err := rows.Scan(&x)
		t.grants = append(t.grants, x.String())
		return err
	}), tenancy.Scan(`select user_id, roles[1] from members`, nil, func(rows pgx.Rows) error {
		var u ident.UserID
		var role string
		err := rows.Scan(&u, &role)
		t.roles[u.String()] = role
		return err
	}), tenancy.Scan(`select key, parent from roles`, nil, func(rows pgx.Rows) error {
		var key, parent string
		err := rows.Scan(&key, &parent)
		t.parents[key] = parent
		return err
	}))
}

// accesses reads what the trail has about a person, their papers and their files, the newest first, from behind a place where one is given.
// A request of a support view stands under its grant and names what it was about. Entries of the confidential trail are not in it.
func accesses(tx *tenancy.Tx, id ident.SubjectID, after *place, most int) ([]Access, error) {
	t, err := traced(tx, id)
	if err != nil {
		return nil, err
	}
	out := []Access{}
	from, args := "", []any{t.refs, most, unsaid, t.grants}
	if after != nil {
		from, args = "and (at, id) < ($5, $6)", append(args, after.At, after.ID)
	}
	err = tx.Load(tenancy.Scan(`select at, id, actor_id, action, case action when 'support.request' then detail->>'noun' else ref end, coalesce(detail->>'event', '')
		from audit_entries where (ref = any($1) and action <> all($3)
			or ref = any($4) and action = 'support.request' and detail->>'route' like 'GET %' and detail->>'noun' = any($1)) `+from+`
		order by at desc, id desc limit $2`, args, func(rows pgx.Rows) error {
		var a Access
		var actor, action, ref, event string
		err := rows.Scan(&a.At, &a.place.ID, &actor, &action, &ref, &event)
		a.At = a.At.UTC()
		a.place.At = a.At
		a.By, a.Action, a.Why = t.by(actor, action, id), did(action, event), why(action)
		if lender := t.lenders[ref]; lender != "" {
			a.Action = Text{EN: a.Action.EN + ": " + lender, IT: a.Action.IT + ": " + lender}
		}
		a.About = map[string]string{"sub": "person", "doc": "document", "app": "file", "sbm": "file"}[ref[:3]]
		out = append(out, a)
		return err
	}).From(func() { out = []Access{} }))
	return out, err
}
