package tenancy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pratica-crm/pratica/core/ident"
)

// Directory is the first exception of the door: from a session, key or e-mail to memberships,
// before any agency is known. Its database role may call the directory functions and nothing else.
type Directory struct{ pool *pgxpool.Pool }

// OpenDirectory connects the directory's own role.
func OpenDirectory(ctx context.Context, url string, poolSize int32) (*Directory, error) {
	pool, err := connect(ctx, url, poolSize)
	if err != nil {
		return nil, err
	}
	if err := checkRole(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return &Directory{pool}, nil
}

// Close closes the connections.
func (d *Directory) Close() { d.pool.Close() }

// Identity is who a credential belongs to. Agency is zero when none is chosen.
type Identity struct {
	Actor  Actor
	Agency ident.AgencyID
	Name   string
	Email  string
	Locale string
	Proven bool // the person proved who they are within ProofFor
	Enrol  bool // the agency wants a second factor, and the person has none
	Bound  bool // signed in by the agency's identity provider: is in this agency, and nothing of the person's elsewhere

	Network ident.NetworkID // of a network's own directory
}

// Key finds which agency's machine an API key's SHA-256 belongs to.
func (d *Directory) Key(ctx context.Context, hash []byte) (id Identity, found bool, err error) {
	found, err = d.row(ctx, "select key_id, agency_id from directory_key($1)", []any{hash}, &id.Actor.key, &id.Agency)
	if found {
		_, err = d.pool.Exec(ctx, "select directory_key_used($1)", id.Actor.key)
	}
	return id, found, translate(err)
}

// User is a person who can sign in.
type User struct {
	ID           ident.UserID
	Name         string
	Locale       string
	PasswordHash string // "" until a password is set
}

// User finds a person by e-mail.
func (d *Directory) User(ctx context.Context, email string) (u User, found bool, err error) {
	var secret *string
	found, err = d.row(ctx, "select user_id, name, locale, password_hash from directory_user($1)", []any{email}, &u.ID, &u.Name, &u.Locale, &secret)
	if secret != nil {
		u.PasswordHash = *secret
	}
	return u, found, err
}

// Person is the actor of an e-mail, for the command line: whoever holds the database's secrets acts for anybody.
func (d *Directory) Person(ctx context.Context, email string) (a Actor, found bool, err error) {
	u, found, err := d.User(ctx, email)
	return Actor{user: u.ID}, found, err
}

// EnsureUser returns the person of an e-mail, made if new.
func (d *Directory) EnsureUser(ctx context.Context, email, name, locale string) (id ident.UserID, err error) {
	_, err = d.row(ctx, "select directory_ensure_user($1, $2, $3, $4)", []any{ident.NewUser(), email, name, locale}, &id)
	return id, err
}

// Place is an agency or network a person belongs to.
type Place struct {
	Agency  ident.AgencyID  `db:"agency_id"`
	Network ident.NetworkID `db:"network_id"`
	Name    string          `db:"name"`
	Roles   []string        `db:"roles"`
}

// Agencies lists where a person is an active member.
func (d *Directory) Agencies(ctx context.Context, user ident.UserID) ([]Place, error) {
	return d.places(ctx, "select agency_id, null::uuid as network_id, name, roles from directory_agencies($1)", user)
}

// Networks lists the networks a person acts for.
func (d *Directory) Networks(ctx context.Context, user ident.UserID) ([]Place, error) {
	return d.places(ctx, "select null::uuid as agency_id, network_id, name, roles from directory_networks($1)", user)
}

func (d *Directory) places(ctx context.Context, sql string, user ident.UserID) ([]Place, error) {
	rows, err := d.pool.Query(ctx, sql, user)
	if err != nil {
		return nil, translate(err)
	}
	places, err := pgx.CollectRows(rows, pgx.RowToStructByName[Place])
	return places, translate(err)
}

// ChooseAgency moves a session to another agency of its person; false when they are no active member.
func (d *Directory) ChooseAgency(ctx context.Context, session ident.SessionID, agency ident.AgencyID) (moved bool, err error) {
	_, err = d.row(ctx, "select directory_choose_agency($1, $2)", []any{session, agency}, &moved)
	return moved, err
}

// CloseSession ends one session.
func (d *Directory) CloseSession(ctx context.Context, session ident.SessionID) error {
	return d.do(ctx, "select directory_close_session($1)", session)
}

// CloseSessions ends all sessions of a person.
func (d *Directory) CloseSessions(ctx context.Context, user ident.UserID) error {
	return d.do(ctx, "select directory_close_sessions($1)", user)
}

// IssueToken records a one-time link (purpose login, invite or reset) by its SHA-256.
func (d *Directory) IssueToken(ctx context.Context, hash []byte, purpose string, user ident.UserID, agency ident.AgencyID, until time.Time) error {
	return d.do(ctx, "select directory_issue_token($1, $2, $3, $4, $5)", hash, purpose, user, agency, until)
}

// Token tells whose one-time link this is, without spending it.
func (d *Directory) Token(ctx context.Context, hash []byte, purpose string) (id Identity, found bool, err error) {
	found, err = d.row(ctx, "select user_id, agency_id, name, email from directory_token($1, $2)", []any{hash, purpose}, &id.Actor.user, &id.Agency, &id.Name, &id.Email)
	return id, found, err
}

// SpendToken uses up a one-time link; of two callers at once one gets it.
func (d *Directory) SpendToken(ctx context.Context, hash []byte, purpose string) (user ident.UserID, agency ident.AgencyID, found bool, err error) {
	found, err = d.row(ctx, "select user_id, agency_id from directory_spend_token($1, $2)", []any{hash, purpose}, &user, &agency)
	return user, agency, found, err
}

// SetPassword stores an encoded password hash.
func (d *Directory) SetPassword(ctx context.Context, user ident.UserID, encoded string) error {
	return d.do(ctx, "select directory_set_password($1, $2)", user, encoded)
}

// SetProfile changes name or locale; an empty value stays as it is.
func (d *Directory) SetProfile(ctx context.Context, user ident.UserID, name, locale string) error {
	return d.do(ctx, "select directory_set_profile($1, nullif($2, ''), nullif($3, ''))", user, name, locale)
}

// Join turns an invited membership into an active one.
func (d *Directory) Join(ctx context.Context, user ident.UserID, agency ident.AgencyID) error {
	return d.do(ctx, "select directory_join($1, $2)", user, agency)
}

// Seen notes that a person was in an agency, at most once in five minutes.
func (d *Directory) Seen(ctx context.Context, user ident.UserID, agency ident.AgencyID) error {
	return d.do(ctx, "select directory_seen($1, $2)", user, agency)
}

// FoundNetwork makes a network and its first admin.
func (d *Directory) FoundNetwork(ctx context.Context, network ident.NetworkID, name, oamNumber string, admin ident.UserID) error {
	return d.do(ctx, "select directory_found_network($1, $2, nullif($3, ''), $4)", network, name, oamNumber, admin)
}

func (d *Directory) do(ctx context.Context, sql string, args ...any) error {
	_, err := d.pool.Exec(ctx, sql, args...)
	return translate(err)
}

func (d *Directory) row(ctx context.Context, sql string, args []any, dest ...any) (bool, error) {
	rows, err := d.pool.Query(ctx, sql, args...)
	if err != nil {
		return false, translate(err)
	}
	defer rows.Close()
	if !rows.Next() {
		return false, translate(rows.Err())
	}
	if err := rows.Scan(dest...); err != nil {
		return false, translate(err)
	}
	return true, nil
}

// AgencyRate is how many requests an agency may send, as its network has set it.
type AgencyRate struct {
	Agency    ident.AgencyID `db:"agency_id"`
	PerSecond int            `db:"per_second"`
	Burst     int            `db:"burst"`
}

// Rates lists the agencies that have a rate of their own.
func (d *Directory) Rates(ctx context.Context) ([]AgencyRate, error) {
	rows, err := d.pool.Query(ctx, "select agency_id, per_second, burst from directory_rates()")
	if err != nil {
		return nil, translate(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[AgencyRate])
	return all, translate(err)
}
