package applications

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Stalled says that a file has stood in its state for longer than expected. The expectation is the template's deadline for the state;
// where there is none, twice the median of the agency's last stays in it.
type Stalled struct {
	Seconds         int64  `json:"seconds" doc:"Time in the present state"`
	ExpectedSeconds int64  `json:"expected_seconds" doc:"What the state should take at most"`
	Source          string `json:"source" enum:"deadline,usual" doc:"deadline: set by the workflow. usual: twice the median of the agency's last stays in this state"`
}

// usual gives for each state in which files stand twice the median of its last 200 completed stays; fewer than five are no measure.
const usual = `select x.state, 2 * percentile_cont(0.5) within group (order by r.seconds) as seconds
	from (select distinct state from instances where subject = 'application' and outcome is null) x
	cross join lateral (select s.seconds from stays s where s.subject = 'application' and s.state = x.state order by s.left_at desc limit 200) r
	group by x.state having count(*) >= 5`

// loadStalled reads the files that are stalled at the instant $1; where goes on from there.
func loadStalled(dst *[]cardRow, where string, args ...any) tenancy.Load {
	return tenancy.Unseal(`with usual as (`+usual+`)
		select `+cardColumns+`, extract(epoch from $1::timestamptz - i.entered_at)::bigint, e.seconds::bigint, e.source
		from `+cardTables+` left join usual u on u.state = i.state
		cross join lateral (select case when i.expected_by is null then u.seconds else greatest(0, extract(epoch from i.expected_by - i.entered_at)) end as seconds,
			case when i.expected_by is null then 'usual' else 'deadline' end as source) e
		where i.outcome is null and extract(epoch from $1::timestamptz - i.entered_at) > e.seconds `+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		c := cardRow{Card: Card{Stalled: &Stalled{}}}
		err := c.scan(k, rows, &c.Stalled.Seconds, &c.Stalled.ExpectedSeconds, &c.Stalled.Source)
		*dst = append(*dst, c)
		return err
	})
}

// stalled pages through the files that are stalled, the longest in their state first.
func (s *Service) stalled(ctx context.Context, scope tenancy.Scope, f Filter, key cardKey, after bool) (page.Page[Card], error) {
	var rows []cardRow
	roles, err := s.readAs(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(loadStalled(&rows, `and `+narrowed+` and (not $7 or (i.entered_at, a.id) > ($8, $9::uuid)) order by i.entered_at, a.id limit $10`,
			append(append([]any{tx.Now()}, f.narrow()...), after, key.At, orNil(key.ID), f.Size()+1)...))
	})
	if err != nil {
		return page.Page[Card]{}, err
	}
	cards, err := s.cards(ctx, scope, rows, roles)
	return page.Of(cards, f.Size(), func(c Card) cardKey { return cardKey{c.StateSince, c.ID} }), err
}

// stalledMost bounds what the board shows of stalled files; the list has the others.
const stalledMost = 500

func (s *Service) loadStalledBoard(ctx context.Context, scope tenancy.Scope, rows *[]cardRow, also tenancy.Load) (roles []string, err error) {
	return s.readAs(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(also, loadStalled(rows, `order by i.entered_at, a.id limit $2`, tx.Now(), stalledMost))
	})
}

// readAs reads in a transaction, whose clock the statement needs, and tells the reader's roles.
func (s *Service) readAs(ctx context.Context, scope tenancy.Scope, fn func(*tenancy.Tx) error) (roles []string, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		err := fn(tx)
		roles = tx.Roles()
		return err
	})
	return roles, err
}
