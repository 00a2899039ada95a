package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// UserCmd helps people.
type UserCmd struct {
	ResetFactors UserResetFactorsCmd `cmd:"" help:"Take all passkeys, app codes and recovery codes off somebody who has lost them, and end their sessions."`
}

// UserResetFactorsCmd is for somebody who has lost everything; make sure of who asks, by another way than mail.
type UserResetFactorsCmd struct {
	Email string `required:"" help:"E-mail of the person."`
}

// Run takes the factors away. The person's own trail and those of their agencies tell of it, and so does a mail.
func (c UserResetFactorsCmd) Run(ctx context.Context, cfg Config) error {
	a, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	if err := a.deps.Accounts.ResetFactors(ctx, c.Email); err != nil {
		return err
	}
	if err := a.redis.Revocations().Publish(ctx); err != nil {
		slog.Warn("servers may know an ended session for a second", "error", err)
	}
	_, err = fmt.Println("done: the password alone signs in now; their sessions have ended")
	return err
}

// auditSignIn writes into an agency's trail what was tried with the account of one of its people.
func (a *app) auditSignIn(ctx context.Context, agency ident.AgencyID, user ident.UserID, event string, detail map[string]string) error {
	scope, err := a.operator.Scope(agency, "sign-in")
	if err != nil {
		return err
	}
	return a.db.Write(ctx, scope.For("sign_ins.record"), func(tx *tenancy.Tx) error {
		audit.Record(tx, event, user, detail)
		return nil
	})
}
