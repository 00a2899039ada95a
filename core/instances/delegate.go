package instances

import (
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Deputy is an actor in the place of an absent member, whose name is Absent.
type Deputy struct {
	workflow.Actor
	Absent string
}

// Deputies gives the actor once for each absent member whom they stand in for, with that member's roles besides their own.
// Machines and the platform stand in for nobody.
func Deputies(tx *tenancy.Tx, actor workflow.Actor) ([]Deputy, error) {
	user := tx.Scope().Actor().User()
	if user.IsZero() {
		return nil, nil
	}
	var out []Deputy
	err := tx.Load(tenancy.Scan(`select user_id, name, roles from members where delegate_id = $1 and delegate_until >= $2 and status = 'active' order by name, id limit 100`,
		[]any{user, calendar.Of(tx.Now())}, func(rows pgx.Rows) error {
			var absent ident.UserID
			var name string
			var roles []string
			err := rows.Scan(&absent, &name, &roles)
			out = append(out, Deputy{workflow.Actor{ID: actor.ID, Roles: slices.Concat(actor.Roles, tx.Table().Acting(roles)), For: absent.String()}, name})
			return err
		}))
	return out, err
}

// StandsIn finds the first deputy for whom the event is an approval that goes through; ok is false when there is none.
func StandsIn(r *Running, ev workflow.Event, w workflow.World, deputies []Deputy) (result workflow.Result, as workflow.Actor, ok bool) {
	for _, d := range deputies {
		ev.Actor = d.Actor
		if result := r.Machine.Step(r.Instance, ev, w); result.Outcome != workflow.Refused && r.Machine.Approves(result) {
			return result, d.Actor, true
		}
	}
	return result, as, false
}

// WantsSomebody tells whether what stands in the way is that the wrong person asks.
func WantsSomebody(blockers []workflow.Blocker) bool {
	return len(blockers) > 0 && (blockers[0].Code == workflow.WrongRole || blockers[0].Code == workflow.NotApproved)
}
