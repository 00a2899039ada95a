package keys

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Rewrap wraps every agency's keys by the present root key; root still opens what the one before has wrapped. It tells how many there
// were. It may be run again, and beside running servers: a key is the same however it is wrapped.
func Rewrap(ctx context.Context, operator *tenancy.Operator, root *crypto.Root) (done int, err error) {
	type row struct {
		agency ident.AgencyID
		crypto.Wrapped
	}
	var rows []row
	if err := operator.Load(ctx, tenancy.Scan(`select tenant_id, number, wrapped_key from tenant_keys where destroyed_at is null order by tenant_id, number`, nil, func(r pgx.Rows) error {
		var x row
		err := r.Scan(&x.agency, &x.Number, &x.Key)
		x.Key = bytes.Clone(x.Key)
		rows = append(rows, x)
		return err
	}).From(func() { rows = nil })); err != nil {
		return 0, err
	}
	for _, x := range rows {
		fresh, err := root.Rewrap(x.agency.String(), x.Wrapped)
		if err != nil {
			return done, fault.Wrap(err, fault.Unavailable, "keys.unavailable", "An agency's key does not open by the present root key nor by the one before. Set PRATICA_KEY_URI_PREVIOUS to the root key it was wrapped by, and run this again.")
		}
		if err := operator.Write(ctx, func(tx *tenancy.Tx) error { // only what is still as it was read: it may have been destroyed meanwhile
			tx.Exec(`update tenant_keys set wrapped_key = $4 where tenant_id = $1 and number = $2 and wrapped_key = $3`, x.agency, x.Number, x.Key, fresh)
			return nil
		}); err != nil {
			return done, err
		}
		done++
	}
	return done, nil
}

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
			return fault.New(fault.Conflict, "agency.not_suspended", "Only a suspended agency can be shredded. Nothing was destroyed.")
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
