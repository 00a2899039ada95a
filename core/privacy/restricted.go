package privacy

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// RestrictedPerson is somebody who is locked away, or of whom nothing is left but the certificate.
type RestrictedPerson struct {
	Subject ident.SubjectID `json:"subject_id" db:"subject_id"`
	Name    string          `json:"display_name" db:"display_name" doc:"Empty once all is erased"`
	State   string          `json:"state" db:"state" enum:"restricted,done"`
	Reason  string          `json:"reason" db:"reason"`
	AskedAt time.Time       `json:"asked_at" db:"asked_at"`
	DueAt   *time.Time      `json:"due_at" db:"due_at"`
	DoneAt  *time.Time      `json:"done_at" db:"done_at"`
}

// Restricted lists the people who are locked away, by when the last of their data goes, and then those who are erased, the last first.
func (s *Service) Restricted(ctx context.Context, scope tenancy.Scope) (out []RestrictedPerson, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		return tx.Load(tenancy.Many(&out, `select e.subject_id, s.display_name, e.state, e.reason, e.asked_at, e.due_at, e.done_at from erasures e join subjects s on s.id = e.subject_id
			where e.state in ('restricted', 'done') order by e.state desc, e.due_at nulls last, e.done_at desc, e.id limit 1000`))
	})
	return out, err
}

var errNotLocked = fault.New(fault.Conflict, "erasure.not_locked", "This person is not locked away: either nobody has asked for it, or nothing of them is left to unlock. GET /api/v1/subjects/{id}/erasure tells where it stands.")

// Lift unlocks a person whom the law has kept: they came back, or should not have been locked. What was erased stays erased, the
// certificates stay, and data that only the first request ended count as kept from now.
func (s *Service) Lift(ctx context.Context, scope tenancy.Scope, id ident.SubjectID, reason string) (out Erasure, err error) {
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		if _, err := one(tx, id); err != nil {
			return err
		}
		tx.ExecOne(errNotLocked, `update erasures set state = 'lifted', due_at = null, lifted_at = $2, lifted_by = $3, lift_reason = $4 where subject_id = $1 and state = 'restricted'`,
			id, tx.Now(), scope.Actor().ID(), reason)
		unlock(tx, id)
		audit.Record(tx, "subject.lifted", id, map[string]string{"reason": reason})
		if out, err = erasure(tx, id); err != nil {
			return err
		}
		if err := outbox.Tell(tx, "subjects", id, 0); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}

// unlock takes back what restrict has done. Doors of the person's own stay shut, and papers that were erased stay hidden.
func unlock(tx *tenancy.Tx, id ident.SubjectID) {
	tx.Exec(`update subjects set visible = true, version = version + 1, updated_at = $2 where id = $1`, id, tx.Now())
	tx.Exec(`update documents set visible = true where subject_id = $1 and erased_at is null`, id)
	tx.Exec(`update application_parties set visible = true where subject_id = $1`, id)
	tx.Exec(`update applications a set visible = true, title = case when a.title = '' and a.erased_at is null then s.display_name else a.title end
		from application_parties p, subjects s where p.subject_id = $1 and s.id = $1 and a.id = p.application_id`, id)
	follow(tx, id)
}
