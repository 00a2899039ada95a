package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/glance"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/subjects"
)

// BankConsentPath names a bank consent in the address. Exported because huma reads embedded fields only then.
type BankConsentPath struct {
	ID ident.BankConsentID `path:"id"`
}

func consentRoutes(d Deps) []Route {
	s := d.Consents
	return []Route{
		on("GET", "/subjects/{id}/bank-consents", "bank_consents.read", "A person's consents to read their bank accounts, the newest first", func(ctx context.Context, c Call, in *SubjectPath) (list[consents.Consent], error) {
			return listOf(s.Of(ctx, c.Scope, in.ID))
		}),
		on("POST", "/subjects/{id}/bank-consents", "bank_consents.write", "Ask a person to let their accounts at a bank be read", func(ctx context.Context, c Call, in *struct {
			SubjectPath
			Body consents.Input
		}) (consents.Consent, error) {
			return s.Create(ctx, c.Scope, in.ID, in.Body)
		}).created().once(),
		on("GET", "/subjects/{id}/cash-flow", subjects.ReadIncome, "What was found in a person's accounts, each figure with the transactions behind it", func(ctx context.Context, c Call, in *SubjectPath) (consents.CashFlow, error) {
			return s.CashFlow(ctx, c.Scope, in.ID)
		}),
		on("GET", "/bank-consents/{id}", "bank_consents.read", "A bank consent", func(ctx context.Context, c Call, in *BankConsentPath) (consents.Consent, error) {
			return s.Get(ctx, c.Scope, in.ID)
		}),
		on("GET", "/applications/{id}/outside", "applications.read", "How accounts, credit report and identity of a file's borrowers stand", func(ctx context.Context, c Call, in *ApplicationPath) (list[glance.Borrower], error) {
			return listOf(d.Glance.Of(ctx, c.Scope, in.ID))
		}),
		on("GET", "/connections/{id}/institutions", "connectors.read", "The banks that a connection reaches; none where it leads to one bank", func(ctx context.Context, c Call, in *ConnectionPath) (list[connectors.Institution], error) {
			return listOf(d.Connectors.Institutions(ctx, c.Scope, in.ID))
		}),
		inPortal("GET", "/portal/bank-consents", "One's consents to read one's bank accounts, the newest first", func(ctx context.Context, c Call, _ *none) (list[consents.Own], error) {
			return listOf(s.Owned(ctx, c.Scope))
		}),
		inPortal("POST", "/portal/bank-consents/{id}/withdrawal", "Take such a consent back", func(ctx context.Context, c Call, in *BankConsentPath) (consents.Own, error) {
			return s.Withdraw(ctx, c.Scope, in.ID)
		}),
		on("POST", "/bank-consents/{id}/events", "bank_consents.transition", "Send an event: revoke", func(ctx context.Context, c Call, in *struct {
			BankConsentPath
			Body eventBody
		}) (applications.Moved, error) {
			return s.Send(ctx, c.Scope, in.ID, c.Version, in.Body.send())
		}).matched().once(),
		on("POST", "/bank-consents/{id}/reads", "bank_consents.write", "Read the accounts anew, without the person: four times a day at most", func(ctx context.Context, c Call, in *BankConsentPath) (consents.Consent, error) {
			return s.Read(ctx, c.Scope, in.ID)
		}).once(),
	}
}
