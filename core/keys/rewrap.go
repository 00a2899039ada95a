package keys

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5"

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
