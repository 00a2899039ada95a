package reports

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Service reads reports for a network.
type Service struct {
	networks *tenancy.Networks
	now      func() time.Time
}

// New builds the service.
func New(n *tenancy.Networks, now func() time.Time) *Service { return &Service{n, now} }

// Read is the report of a network over months written as "2026-01", the last twelve where they are empty, and whatever is told
// together with one of them.
func (s *Service) Read(ctx context.Context, scope tenancy.NetworkScope, from, to string) (Report, error) {
	months, err := ParseRange(from, to, s.now())
	if err != nil {
		return Report{}, err
	}
	r, loads, fill := reading(scope.Network(), months)
	if err := s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error { return tx.Load(loads...) }); err != nil {
		return Report{}, err
	}
	fill()
	return *r, nil
}

// ReadAs is Read for the platform's own command line.
func ReadAs(ctx context.Context, o *tenancy.Operator, network ident.NetworkID, months Range) (Report, error) {
	r, loads, fill := reading(network, months)
	if err := o.Load(ctx, loads...); err != nil {
		return Report{}, err
	}
	fill()
	return *r, nil
}

// reading is what a report is made of, and makes it once that is loaded.
func reading(network ident.NetworkID, months Range) (*Report, []tenancy.Load, func()) {
	r := &Report{NetworkID: network, From: months.from.Format(monthForm), To: months.to.Format(monthForm)}
	total := sum{}
	var all []agency
	return r, []tenancy.Load{
		tenancy.Many(&all, `select id, name from agencies where network_id = $1 order by name, id`, network),
		tenancy.Scan(`select month, last_month, as_of, figures from network_rollups where network_id = $1 and last_month >= $2 and month <= $3 order by month`, []any{network, months.from, months.to}, func(rows pgx.Rows) error {
			var first, last, at time.Time
			var lines []Line
			if err := rows.Scan(&first, &last, &at, &lines); err != nil {
				return err
			}
			r.From, r.To = min(r.From, first.Format(monthForm)), max(r.To, last.Format(monthForm))
			if r.AsOf == nil || at.Before(*r.AsOf) {
				r.AsOf = &at
			}
			total.add(lines)
			return nil
		}),
	}, func() { r.fill(total, all) }
}
