package queue

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// Standing is how operations stand, of all agencies together.
type Standing struct {
	Lines []Line
	Dead  []Line // by connector and reason; only Waiting is set
}

// Line is the operations of one priority and connector, or the dead letters of a connector and reason.
type Line struct {
	Connector, Priority, Reason string
	Waiting                     int           // due, and nobody is at it
	Later                       int           // not due yet: a retry, a question to ask again
	Running                     int           // under a lease
	Oldest                      time.Duration // of what waits
}

// Stand counts the operations. PostgreSQL is asked, which knows also what no driver holds.
func Stand(ctx context.Context, operator *tenancy.Operator) (s Standing, err error) {
	const live = `(lease_until is null or lease_until < now())`
	err = operator.Load(ctx, tenancy.Scan(`select connector, priority, count(*) filter (where next_attempt_at <= now() and `+live+`), count(*) filter (where next_attempt_at > now() and `+live+`),
			count(*) filter (where not `+live+`), coalesce(extract(epoch from now() - min(next_attempt_at) filter (where next_attempt_at <= now() and `+live+`)), 0)::float8
		from operations where state in ('queued', 'running', 'reconciling') group by connector, priority`, nil, func(rows pgx.Rows) error {
		var l Line
		var oldest float64
		err := rows.Scan(&l.Connector, &l.Priority, &l.Waiting, &l.Later, &l.Running, &oldest)
		l.Oldest = time.Duration(oldest * float64(time.Second))
		s.Lines = append(s.Lines, l)
		return err
	}).From(func() { s.Lines = nil }), tenancy.Scan(`select connector, dead_reason, count(*) from operations where dead_at is not null group by connector, dead_reason`, nil, func(rows pgx.Rows) error {
		var l Line
		err := rows.Scan(&l.Connector, &l.Reason, &l.Waiting)
		s.Dead = append(s.Dead, l)
		return err
	}).From(func() { s.Dead = nil }))
	return s, err
}
