package rotation

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Shred destroys all keys of a suspended agency for good: nothing that they sealed, and no document, is ever read again, whatever copies
// of the database and the storage there are. confirm is the agency's name. The network's trail keeps that it was done. Errors:
// agency.not_found (404), agency.confirm (422), agency.not_suspended and agency.shredded (409).
func Shred(ctx context.Context, operator *tenancy.Operator, agency ident.AgencyID, confirm string) error {
	var network ident.NetworkID
	if err := operator.Load(ctx, tenancy.Value(&network, `select network_id from agencies where id = $1`, agency)); err != nil {
		return err
	}
	if network.IsZero() {
		return fault.Missing("agency")
	}
	return operator.WriteFor(ctx, network, "shred "+agency.String(), func(tx *tenancy.Tx) error {
		var name, status string
		var shredded bool
		if err := tx.Load(tenancy.Scan(`select name, status, exists (select from tenant_keys k where k.tenant_id = a.id and k.destroyed_at is not null
					and k.number = (select max(number) from tenant_keys m where m.tenant_id = a.id))
				from agencies a where id = $1 for update`, []any{agency}, func(rows pgx.Rows) error { return rows.Scan(&name, &status, &shredded) })); err != nil {
			return err
		}
		switch {
		case name != confirm:
			return fault.Input("agency.confirm", "/confirm", "The name to confirm is not this agency's. Nothing was destroyed.")
		case status != "suspended":
			return fault.New(fault.Conflict, "agency.not_suspended", "Only a suspended agency can be shredded: `pratica agency suspend --agency …` comes first. Nothing was destroyed.")
		case shredded:
			return fault.New(fault.Conflict, "agency.shredded", "This agency is shredded already.")
		}
		tx.Exec(`insert into tenant_keys (tenant_id, number, index_key, destroyed_at) values ($1, 1, '', $2) on conflict do nothing`, agency, tx.Now())
		tx.Exec(`update tenant_keys set wrapped_key = null, destroyed_at = $2 where tenant_id = $1 and destroyed_at is null`, agency, tx.Now())
		tx.Exec(`update agencies set key_version = key_version + 1 where id = $1`, agency)
		audit.Record(tx, "agency.shredded", agency, nil)
		return nil
	})
}
