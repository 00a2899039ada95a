package compliance

import (
	"context"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// agencySealer seals a reason under the agency's key, bound to its report (core/rotation wraps it anew when the key turns).
type agencySealer struct{ db *tenancy.DB }

// AgencySealer builds a Sealer on the agency's key.
func AgencySealer(db *tenancy.DB) Sealer { return agencySealer{db} }

// Place is where a report's reason belongs: sealed for one report, it opens as no other's.
func Place(report ident.SuspicionID) crypto.Place {
	return crypto.Place{Table: "suspicion_reports", Row: report.String(), Column: "reason"}
}

func (a agencySealer) Seal(ctx context.Context, scope tenancy.Scope, report ident.SuspicionID, plain string) ([]byte, error) {
	k, err := a.db.Keys(ctx, scope)
	if err != nil {
		return nil, err
	}
	return k.Seal(Place(report), []byte(plain))
}

func (a agencySealer) Open(ctx context.Context, scope tenancy.Scope, report ident.SuspicionID, sealed []byte) (string, error) {
	k, err := a.db.Keys(ctx, scope)
	if err != nil {
		return "", err
	}
	plain, err := k.Open(Place(report), sealed)
	return string(plain), err
}
