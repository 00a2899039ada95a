package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// clocksApart is how far this machine's clock may be from the database's. Leases of work are written by the one and looked for by the
// other: a worker that is late has its calls taken up by others while they run.
const clocksApart = 2 * time.Second

func doctorClock(ctx context.Context, cfg Config) (string, error) {
	if err := cfg.need("DatabaseURL"); err != nil {
		return "", err
	}
	conn, err := pgx.Connect(ctx, cfg.DatabaseURL.Reveal())
	if err != nil {
		return "", errors.New("the database does not answer")
	}
	defer conn.Close(ctx)
	var theirs time.Time
	before := time.Now()
	if err := conn.QueryRow(ctx, "select clock_timestamp()").Scan(&theirs); err != nil {
		return "", errors.New("the database does not answer")
	}
	return "goes with the database's", clocksAgree(before, theirs, time.Now())
}

// clocksAgree compares an instant of the database's with those here between which it was asked for.
func clocksAgree(before, theirs, after time.Time) error {
	apart, word := before.Sub(theirs), "ahead of"
	if apart <= 0 {
		apart, word = theirs.Sub(after), "behind"
	}
	if apart <= clocksApart {
		return nil
	}
	return fmt.Errorf("this machine's clock is %s %s the database's; have both follow a time server (chrony, systemd-timesyncd), or others take up what this machine is still doing", apart.Round(time.Second), word)
}
