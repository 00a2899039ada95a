package tenancy

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
)

// How long a session lives without use, and how long a proof of who its person is holds for dangerous actions.
const (
	// IdleFor ends a session nobody uses: longer than a meeting or a lunch, shorter than an afternoon at an unlocked desk.
	IdleFor = 2 * time.Hour
	// ProofFor is long enough to finish what a proof was given for, and too short for whoever finds the browser open.
	ProofFor = 10 * time.Minute
)

// Session finds who a session token's SHA-256 belongs to; found is false for an unknown, ended, idle or revoked one. It counts as
// use of the session: its last minute of use is written down.
func (d *Directory) Session(ctx context.Context, hash []byte) (Identity, bool, error) {
	id, unnoted, found, err := d.session(ctx, hash)
	if found && unnoted && err == nil {
		err = d.do(ctx, "select directory_note_session($1)", id.Actor.session)
	}
	return id, found, err
}

// PeekSession is Session for what no person does: a stream that looks whether it may go on keeps no session alive.
func (d *Directory) PeekSession(ctx context.Context, hash []byte) (Identity, bool, error) {
	id, _, found, err := d.session(ctx, hash)
	return id, found, err
}

func (d *Directory) session(ctx context.Context, hash []byte) (id Identity, unnoted, found bool, err error) {
	found, err = d.row(ctx, "select session_id, user_id, agency_id, name, email, locale, proven, unnoted, must_enrol, bound from directory_session($1, $2, $3)", []any{hash, IdleFor, ProofFor},
		&id.Actor.session, &id.Actor.user, &id.Agency, &id.Name, &id.Email, &id.Locale, &id.Proven, &unnoted, &id.Enrol, &id.Bound)
	return id, unnoted, found, err
}

// Arrival is how and from where somebody signs in: Method password, passkey, totp, recovery, link, invite or oidc; Device in words;
// Network the caller's address cut to /24 or /48.
type Arrival struct{ Method, Device, Network string }

// OpenSession records a session by its token's SHA-256. The agency is kept only if the person is an active member.
func (d *Directory) OpenSession(ctx context.Context, hash []byte, user ident.UserID, agency ident.AgencyID, until time.Time) (ident.SessionID, error) {
	return d.OpenSessionFrom(ctx, hash, user, agency, until, Arrival{Method: "link"})
}

// OpenSessionFrom is OpenSession with what its person will recognise it by. Opening counts as a proof.
func (d *Directory) OpenSessionFrom(ctx context.Context, hash []byte, user ident.UserID, agency ident.AgencyID, until time.Time, a Arrival) (ident.SessionID, error) {
	id := ident.NewSession()
	return id, d.do(ctx, "select directory_open_session($1, $2, $3, $4, $5, $6, $7, $8)", hash, id, user, agency, until, a.Method, a.Device, a.Network)
}

// ProveSession notes a proof and gives the session a new token; false when it has ended meanwhile.
func (d *Directory) ProveSession(ctx context.Context, session ident.SessionID, fresh []byte) (bool, error) {
	return d.ask(ctx, "select directory_prove_session($1, $2)", session, fresh)
}

// Session is one of a person's open sessions. SeenAt is exact to the minute.
type Session struct {
	ID        ident.SessionID `db:"id"`
	Device    string          `db:"device"`
	Network   string          `db:"network"`
	Method    string          `db:"method"`
	CreatedAt time.Time       `db:"created_at"`
	SeenAt    time.Time       `db:"seen_at"`
}

// Sessions lists a person's open sessions, at most 200, last used first.
func (d *Directory) Sessions(ctx context.Context, user ident.UserID) ([]Session, error) {
	return collect[Session](ctx, d, "select id, device, network, method, created_at, seen_at from directory_sessions($1, $2)", user, IdleFor)
}

// EndSession ends one of a person's sessions; false when they have no such one.
func (d *Directory) EndSession(ctx context.Context, user ident.UserID, session ident.SessionID) (bool, error) {
	return d.ask(ctx, "select directory_end_session($1, $2)", user, session)
}

// EndOtherSessions ends a person's sessions but one.
func (d *Directory) EndOtherSessions(ctx context.Context, user ident.UserID, kept ident.SessionID) error {
	return d.do(ctx, "select directory_end_other_sessions($1, $2)", user, kept)
}

// HoldSignIn keeps a right password, by a token's SHA-256, until the second factor comes.
func (d *Directory) HoldSignIn(ctx context.Context, hash []byte, user ident.UserID, agency ident.AgencyID, lasts time.Duration) error {
	return d.do(ctx, "select directory_hold_sign_in($1, $2, $3, $4)", hash, user, agency, lasts)
}

// TryHeld counts a try of a held sign-in and tells whose it is; found is false once most were made, or its time is over.
func (d *Directory) TryHeld(ctx context.Context, hash []byte, most int) (user ident.UserID, agency ident.AgencyID, found bool, err error) {
	found, err = d.row(ctx, "select user_id, agency_id from directory_try_held($1, $2)", []any{hash, most}, &user, &agency)
	return user, agency, found, err
}

// TakeHeld ends a held sign-in that has come through; of two callers at once one gets it.
func (d *Directory) TakeHeld(ctx context.Context, hash []byte) (bool, error) {
	return d.ask(ctx, "select directory_take_held($1)", hash)
}

// Attempt is a line of a person's trail. Step is sign_in, second_factor, step_up or factor (something was added or taken away);
// Outcome is done or refused.
type Attempt struct {
	At      time.Time `db:"at"`
	Step    string    `db:"step"`
	Method  string    `db:"method"`
	Outcome string    `db:"outcome"`
	Device  string    `db:"device"`
	Network string    `db:"network"`
}

// Trail writes a line of a person's trail. fresh tells that the person came from a device and network that are new to it.
func (d *Directory) Trail(ctx context.Context, user ident.UserID, a Attempt) (fresh bool, err error) {
	return d.ask(ctx, "select directory_trail($1, $2, $3, $4, $5, $6, $7)", uuid.Must(uuid.NewV7()), user, a.Step, a.Method, a.Outcome, a.Device, a.Network)
}

// Attempts lists a person's trail of the last 90 days, newest first, at most 200.
func (d *Directory) Attempts(ctx context.Context, user ident.UserID) ([]Attempt, error) {
	return collect[Attempt](ctx, d, "select at, step, method, outcome, device, network from directory_sign_ins($1)", user)
}

// Contact is where and how a person is written to, and what proves them.
func (d *Directory) Contact(ctx context.Context, user ident.UserID) (email string, u User, found bool, err error) {
	var secret *string
	u.ID = user
	found, err = d.row(ctx, "select email, name, locale, password_hash from directory_contact($1)", []any{user}, &email, &u.Name, &u.Locale, &secret)
	if secret != nil {
		u.PasswordHash = *secret
	}
	return email, u, found, err
}

// ask is row for a function that answers yes or no.
func (d *Directory) ask(ctx context.Context, sql string, args ...any) (yes bool, err error) {
	_, err = d.row(ctx, sql, args, &yes)
	return yes, err
}

func collect[T any](ctx context.Context, d *Directory, sql string, args ...any) ([]T, error) {
	rows, err := d.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, translate(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
	return out, translate(err)
}
