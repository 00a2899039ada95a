package connectors

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Budget is what an agency may spend on paid calls in a month, and what of it is gone. Amounts in cents.
type Budget struct {
	Month         string `json:"month" doc:"The month of Rome it is about, 2026-11"`
	MonthlyCents  int64  `json:"monthly_cents" doc:"0 until an admin sets it: no paid call is made"`
	SpentCents    int64  `json:"spent_cents" doc:"Of calls that have ended"`
	ReservedCents int64  `json:"reserved_cents" doc:"Of calls that are on their way, or of which it is not known what they cost"`
	Version       int    `json:"version"`
}

// Tag is the version answered as ETag.
func (b Budget) Tag() int { return b.Version }

// BudgetInput sets what may be spent in a month.
type BudgetInput struct {
	MonthlyCents int64 `json:"monthly_cents" minimum:"0" maximum:"100000000000"`
}

// thisMonth is the month of Rome an instant is in, as its first day; $1 is the instant.
const thisMonth = `date_trunc('month', $1::timestamptz at time zone 'Europe/Rome')::date`

// loadBudget reads how the month stands; lock keeps whoever reserves or sets it one after the other.
func loadBudget(dst *Budget, at time.Time, lock bool) []tenancy.Load {
	row := `select monthly_cents, version from budgets`
	if lock {
		row += ` for update`
	}
	return []tenancy.Load{
		tenancy.Scan(row, nil, func(rows pgx.Rows) error { return rows.Scan(&dst.MonthlyCents, &dst.Version) }).From(func() { *dst = Budget{Version: 1} }),
		tenancy.Scan(`select to_char(`+thisMonth+`, 'YYYY-MM'), coalesce(sum(settled_cents), 0)::bigint, coalesce(sum(reserved_cents) filter (where settled_cents is null), 0)::bigint
			from operation_costs where month = `+thisMonth, []any{at}, func(rows pgx.Rows) error {
			return rows.Scan(&dst.Month, &dst.SpentCents, &dst.ReservedCents)
		}),
	}
}

// Budget tells how the month stands.
func (s *Service) Budget(ctx context.Context, scope tenancy.Scope) (Budget, error) {
	var b Budget
	err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) error { return tx.Load(loadBudget(&b, tx.Now(), false)...) })
	return b, err
}

// SetBudget sets what may be spent in a month; version is the one the caller saw. It may be less than is
// spent already: then nothing more is.
func (s *Service) SetBudget(ctx context.Context, scope tenancy.Scope, version int, in BudgetInput) (Budget, error) {
	var b Budget
	stale := fault.New(fault.Stale, "version.stale", "The budget was changed since you read it. Load it again.")
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := tx.Load(loadBudget(&b, tx.Now(), true)...); err != nil {
			return err
		}
		if b.Version != version {
			return stale
		}
		b.MonthlyCents, b.Version = in.MonthlyCents, b.Version+1
		tx.ExecOne(stale, `insert into budgets as b (tenant_id, monthly_cents, version, updated_by, updated_at) values ($1, $2, $3, $4, $5)
			on conflict (tenant_id) do update set monthly_cents = $2, version = $3, updated_by = $4, updated_at = $5 where b.version = $3 - 1`,
			scope.Tenant(), b.MonthlyCents, b.Version, scope.Actor().ID(), tx.Now())
		audit.Record(tx, "budget.changed", scope.Tenant(), nil)
		return outbox.Tell(tx, "budget", scope.Tenant(), b.Version)
	})
	return b, err
}

// reserve sets an operation's cost aside in the month of now. What is reserved for it already, because nobody knows whether an earlier
// attempt was charged, is not reserved twice.
func reserve(tx *tenancy.Tx, o Operation) error {
	if o.CostCents == 0 {
		return nil
	}
	var b Budget
	var held bool
	if err := tx.Load(append(loadBudget(&b, tx.Now(), true), tenancy.Value(&held, `select true from operation_costs where operation_id = $1 and settled_cents is null`, o.ID))...); err != nil || held {
		return err
	}
	left := b.MonthlyCents - b.SpentCents - b.ReservedCents
	if b.MonthlyCents == 0 {
		return &fault.Error{Kind: fault.Refused, Code: "budget.unset", Message: "No budget for paid requests is set. An agency admin sets it under Operations.",
			Blockers: blocked("budget.unset", workflow.Text{EN: "No budget for paid requests is set: an agency admin sets it under Operations.",
				IT: "Non è impostato un budget per le richieste a pagamento: un amministratore lo imposta in Operazioni."})}
	}
	if o.CostCents > left {
		return &fault.Error{Kind: fault.Refused, Code: "budget.spent", Message: "The month's budget for paid requests has no room for this one. An agency admin raises it under Operations, or it waits for the next month.",
			Blockers: blocked("budget.spent", workflow.Text{
				EN: fmt.Sprintf("This request costs up to %s and %s are left of the month's budget: an agency admin raises it under Operations.", euro(o.CostCents), euro(max(0, left))),
				IT: fmt.Sprintf("Questa richiesta costa fino a %s e del budget del mese restano %s: un amministratore lo aumenta in Operazioni.", euro(o.CostCents), euro(max(0, left)))})}
	}
	tx.Exec(`insert into operation_costs (tenant_id, operation_id, connector, month, reserved_cents, reserved_at) values ($2, $3, $4, `+thisMonth+`, $5, $1)
		on conflict (tenant_id, operation_id) do update set month = excluded.month, reserved_cents = excluded.reserved_cents, reserved_at = excluded.reserved_at, settled_cents = null, settled_at = null`,
		tx.Now(), tx.Scope().Tenant(), o.ID, o.Connector, o.CostCents)
	return nil
}

func blocked(code string, words workflow.Text) []workflow.Blocker {
	return []workflow.Blocker{{Code: code, Text: words, Facts: []workflow.BlockerFact{}}}
}

func euro(cents int64) string { return fmt.Sprintf("%d.%02d EUR", cents/100, cents%100) }

// settleCost closes what was reserved for an operation that has ended: as what it cost, unless its taker knows better (Cost); as
// nothing where it failed without an effect. Where nobody knows, it stays reserved.
func settleCost(tx *tenancy.Tx, o Operation, state string, a Answer) {
	if o.CostCents == 0 {
		return
	}
	const close = `update operation_costs set settled_cents = coalesce($2, reserved_cents), settled_at = $3 where operation_id = $1 and settled_cents is null`
	switch {
	case state == "done":
		tx.Exec(close, o.ID, (*int64)(nil), tx.Now())
	case state == "failed" && a.Failure != nil && a.Failure.SideEffect == "none":
		tx.Exec(close, o.ID, int64(0), tx.Now())
	}
}

// Cost writes down what an operation that is done has cost by the connector's word, and returns what counts: a word outside of what was
// set aside is none.
func Cost(tx *tenancy.Tx, o Operation, said int64) int64 {
	if said < 0 || said > o.CostCents {
		return o.CostCents
	}
	tx.Exec(`update operation_costs set settled_cents = $2 where operation_id = $1`, o.ID, said)
	return said
}

// releaseCosts gives back what was reserved for operations that will never leave; where is a condition on operations o.
func releaseCosts(tx *tenancy.Tx, where string, id ident.SubmissionID) {
	tx.Exec(`update operation_costs c set settled_cents = 0, settled_at = $2 from operations o where o.id = c.operation_id and c.settled_cents is null and `+where, id, tx.Now())
}
