package connectors

import (
	"context"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Which narrows a list of operations; what is zero narrows nothing.
type Which struct {
	page.Query
	Submission ident.SubmissionID `query:"submission_id"`
	State      string             `query:"state" enum:"queued,running,reconciling,waiting_user,done,failed"`
	Connector  string             `query:"connector" maxLength:"100"`
	Dead       bool               `query:"dead" doc:"Only what was given up"`
	Reason     string             `query:"reason" maxLength:"100" doc:"Why it was given up"`
}

// List pages through an agency's operations, the newest first.
func (s *Service) List(ctx context.Context, scope tenancy.Scope, w Which) (page.Page[Operation], error) {
	var before ident.OperationID
	if _, err := w.Key(&before); err != nil {
		return page.Page[Operation]{}, err
	}
	rows := []Operation{}
	err := s.db.Load(ctx, scope, loadOperations(&rows, `where ($1::uuid is null or o.submission_id = $1) and ($2 = '' or o.state = $2) and ($3 = '' or o.connector = $3)
			and (not $4 or o.dead_at is not null) and ($5 = '' or o.dead_reason = $5) and ($6::uuid is null or o.id < $6) order by o.id desc limit $7`,
		w.Submission, w.State, w.Connector, w.Dead, w.Reason, before, w.Size()+1))
	return page.Of(rows, w.Size(), func(o Operation) ident.OperationID { return o.ID }), err
}
