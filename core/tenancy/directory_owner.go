package tenancy

import (
	"context"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/ident"
)

// Owner is whose a refused credential is or was: By is a user, key or subject in its outside form.
type Owner struct {
	Agency ident.AgencyID
	By     string
}

// Owners tells whose the credential or one-time link of a SHA-256 is or was, in each agency it is about; none for what never was one.
// Asked after a refusal, for the trail: it lets nobody in.
func (d *Directory) Owners(ctx context.Context, hash []byte) (out []Owner, err error) {
	type row struct {
		Agency ident.AgencyID `db:"agency_id"`
		Kind   string         `db:"kind"`
		ID     uuid.UUID      `db:"owner_id"`
	}
	rows, err := collect[row](ctx, d, "select agency_id, kind, owner_id from directory_owner($1) limit 20", hash)
	for _, r := range rows {
		by := ident.UserID{UUID: r.ID}.String()
		switch r.Kind {
		case "key":
			by = ident.APIKeyID{UUID: r.ID}.String()
		case "sub":
			by = ident.SubjectID{UUID: r.ID}.String()
		}
		out = append(out, Owner{r.Agency, by})
	}
	return out, err
}

// ClientAgency is the agency whose OAuth2 client an id names, in force or ended; zero for no client.
func (d *Directory) ClientAgency(ctx context.Context, client ident.APIKeyID) (agency ident.AgencyID, err error) {
	_, err = d.row(ctx, "select agency_id from directory_client_agency($1)", []any{client}, &agency)
	return agency, err
}
