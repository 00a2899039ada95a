package tenancy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pratica-crm/pratica/core/fault"
)

// Noting makes the first Load or Write of this scope leave behind what queue queues: that something was seen. queue runs when the
// actor's place in the agency is known, so it may ask tx.May what they are shown. A refused actor leaves nothing; for what is not
// there, the queued statement has to look itself (Known).
//
// For a Load it costs no round trip as a rule: the actor's place is taken to be what it was the last time, and the pipeline carries
// a statement that fails on the server when it is not. Then nothing was written, and all is done again in two steps.
//
// A support view leaves none: it cannot write, and its every request stands in the trail before it is answered (Witness).
func (s Scope) Noting(queue func(*Tx)) Scope {
	if !s.actor.support.IsZero() {
		return s
	}
	s.note = &note{queue: queue}
	return s
}

// note is to be left once.
type note struct {
	queue func(*Tx)
	left  atomic.Bool
}

// notes reports whether the scope still has a note to leave.
func (s Scope) notes() bool { return s.note != nil && !s.note.left.Load() }

// noteless refuses what cannot leave a note: better no answer than one nobody hears of.
func (s Scope) noteless() error {
	if !s.notes() {
		return nil
	}
	return fault.New(fault.Internal, "scope.note", "What is seen here must be noted, and this way of reading cannot.")
}

// places bounds the remembered places of actors.
const places = 16384

// place is where an actor acts.
type place struct {
	tenant uuid.UUID
	actor  string
}

func newPlaces() *lru.Cache[place, entry] {
	c, err := lru.New[place, entry](places)
	if err != nil {
		panic(err) // only a size of zero is refused
	}
	return c
}

// errMoved: the actor's place is not the one that was taken for granted.
var errMoved = errors.New("the actor's place has changed")

// noted loads and notes: at once when the actor's place is known, else in two steps. A machine's is never taken for granted: tokens of
// one key may do different things.
func (db *DB) noted(ctx context.Context, s Scope, loads []Load) error {
	at := place{s.tenant.UUID, s.actor.ID()}
	if who, ok := db.places.Get(at); ok && s.actor.key.IsZero() && !db.policy.Conditional(s.tenant.UUID) {
		s.expect = &who
		err := db.run(ctx, s, func(tx *Tx) error { return tx.guess(loads) })
		if !errors.Is(err, errMoved) {
			if err == nil {
				s.note.left.Store(true)
			}
			return err
		}
		s.expect = nil
		db.places.Remove(at)
	}
	return db.Write(ctx, s, func(tx *Tx) error {
		err := tx.Load(loads...)
		if err == nil {
			db.places.Add(at, tx.who)
		}
		return err
	})
}

// guess sends prelude, loads and notes in one pipeline. All of it is committed before any of it is read, so what could refuse the
// actor is decided here, on the place that the prelude then insists on. Where rules have conditions there is no guessing: what one sees
// is not known by the place alone.
func (tx *Tx) guess(loads []Load) error {
	tx.who = *tx.scope.expect
	if tx.admit() != nil {
		return errMoved
	}
	tx.scope.note.queue(tx)
	notes := tx.queue
	tx.queue = nil
	err := tx.send(append(slices.Clone(loads), notes...), false)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == divisionByZero {
		return errMoved
	}
	return err
}

const divisionByZero = "22012"

// unmoved fails on the server unless who answers exactly what is expected.
func unmoved(who Load, expect entry) Load {
	n := len(who.args)
	return exec(fmt.Sprintf("select 1 / coalesce((select (who.roles = $%d and who.policy_version = $%d and who.key_version = $%d)::int from (%s) who (roles, policy_version, key_version, branch)), 0)", n+1, n+2, n+3, who.sql),
		append(slices.Clone(who.args), expect.roles, expect.version, expect.keys)...)
}
