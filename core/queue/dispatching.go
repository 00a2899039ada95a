package queue

import (
	"context"
	"encoding/json"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
)

// Dispatching carries outbox rows of operations into their lanes.
func Dispatching(d *Dispatch) Carrier {
	return func(ctx context.Context, row Row) error {
		id, err := ident.ParseOperation(row.Ref)
		if err != nil {
			return err
		}
		var how outbox.Dispatch
		if err := json.Unmarshal(row.Payload, &how); err != nil {
			return err
		}
		lane := Lane{Tenant: row.Tenant, Priority: Priority(how.Priority), Connector: how.Connector, Connection: how.Connection}
		return d.Add(ctx, Job{Lane: lane, Operation: id, Version: how.Version, Weight: how.Weight})
	}
}
