package submissions

import (
	"slices"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// announce tells the agency's own systems that a submission stands elsewhere than when it was looked at last.
func (f *file) announce(tx *tenancy.Tx) error {
	from, now := f.stood, f.machine.Instance.States
	if f.stood = now; slices.Equal(from, now) {
		return nil
	}
	lender, err := ident.ParseLender(f.Lender.ID)
	if err != nil {
		return err
	}
	return webhooks.Emit(tx, webhooks.Submission{ID: f.ID, ApplicationID: f.ApplicationID, LenderID: lender, From: from, States: now, Outcome: f.Outcome, Version: f.Version})
}
