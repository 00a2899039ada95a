package audit

import (
	"context"
	"log/slog"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Sealer signs every trail that has grown, so that what was entered can be bent for so long only without anybody seeing it.
type Sealer struct {
	Keeper *Keeper
	Every  time.Duration
}

// Run signs until ctx ends.
func (s *Sealer) Run(ctx context.Context) error {
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		if err := s.Keeper.SealAll(ctx); err != nil && ctx.Err() == nil {
			slog.Error("trails are not signed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// SealAll signs the trails that have grown. One that does not hold is not signed and holds up no other: its log line names the entry.
func (k *Keeper) SealAll(ctx context.Context) error {
	var plain, secret []agencyRow
	var networks []networkRow
	err := k.operator.Load(ctx, tenancy.Many(&plain, Agency.grown), tenancy.Many(&secret, Confidential.grown), tenancy.Many(&networks, Network.grown))
	if err != nil {
		return err
	}
	var books []book
	for t, rows := range map[*Trail][]agencyRow{Agency: plain, Confidential: secret} {
		for _, r := range rows {
			scope, err := k.operator.Scope(r.ID, "checkpoint")
			if err != nil {
				return err
			}
			books = append(books, k.of(t, scope.For("audit.seal")))
		}
	}
	for _, r := range networks {
		books = append(books, k.ofNetwork(r.ID))
	}
	for _, b := range books {
		if _, err := k.seal(ctx, b); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			slog.Error("trail not signed", "trail", b.trail.prefix, "owner", b.owner, "error", err)
		}
	}
	return nil
}

type agencyRow struct {
	ID ident.AgencyID `db:"id"`
}

type networkRow struct {
	ID ident.NetworkID `db:"id"`
}
