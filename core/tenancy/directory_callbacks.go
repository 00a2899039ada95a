package tenancy

import (
	"context"

	"github.com/pratica-crm/pratica/core/ident"
)

// CallbackState finds the agency and the row of a door that a person comes through, by its secret's SHA-256.
func (d *Directory) CallbackState(ctx context.Context, hash []byte) (agency ident.AgencyID, state ident.CallbackID, found bool, err error) {
	found, err = d.row(ctx, "select agency_id, state_id from directory_callback_state($1)", []any{hash}, &agency, &state)
	return agency, state, found, err
}

// CallbackAddress finds the agency and the connection of an address that a bank calls back to, by its secret's SHA-256.
func (d *Directory) CallbackAddress(ctx context.Context, hash []byte) (agency ident.AgencyID, connection ident.ConnectionID, found bool, err error) {
	found, err = d.row(ctx, "select agency_id, connection_id from directory_callback_address($1)", []any{hash}, &agency, &connection)
	return agency, connection, found, err
}
