// Package coretest gives tests a real database with two agencies in it. Tests write in A,
// see it in A, and end with "B sees nothing".
//
// The cluster is the one of PRATICA_TEST_ADMIN_URL (a superuser's), which `make test` starts once
// for the whole run, or one this package starts for the test binary and stops with it.
package coretest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/schema"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/policies"
	"github.com/pratica-crm/pratica/tenants/templates"
)

const password = "test-only"

// Agency is one of the two tenants of a test, with a person for each role.
type Agency struct {
	ID    ident.AgencyID
	db    *tenancy.DB
	users map[string]tenancy.Actor
}

// Scope is the scope of the agency's person with the role, narrowed to an action by the caller.
func (a *Agency) Scope(role string) tenancy.Scope {
	actor, ok := a.users[role]
	if !ok {
		panic("coretest: nobody has the role " + role)
	}
	return a.db.Enter(actor, a.ID, "test")
}

// Do is Scope(role).For(action).
func (a *Agency) Do(role string, action access.Action) tenancy.Scope {
	return a.Scope(role).For(action)
}

// defaults are the templates every agency starts from, analysed once for all tests.
var defaults = sync.OnceValues(func() ([]instances.Sealed, error) { return instances.SealAll(templates.All()...) })

// Publish makes a template the one that an agency's next machines of its subject run under.
func (a *Agency) Publish(t testing.TB, source string) {
	t.Helper()
	template, err := instances.Seal([]byte(source))
	must(t, err)
	must(t, a.db.Write(t.Context(), a.Do("agency_admin", "workflows.publish"), func(tx *tenancy.Tx) error {
		instances.Seed(tx, template)
		return nil
	}))
}

// World is a database of its own with a network and two agencies.
type World struct {
	DB        *tenancy.DB
	Directory *tenancy.Directory
	Networks  *tenancy.Networks
	Operator  *tenancy.Operator
	Policy    *policies.Policy
	Root      *crypto.Root // wraps the agencies' keys
	RootFile  string       // where it is kept
	Keys      *keys.Ring
	Network   ident.NetworkID
	founder   ident.UserID // acts for the network
	A, B      *Agency
	Clock     *Clock
	name      string
}

// Roles are the roles of which every agency of a World has one person.
var Roles = []string{"agency_admin", "broker", "back_office", "compliance_officer", "read_only"}

// New clones the template database, with a moving clock that starts on 2026-11-02 09:00 UTC, a Monday.
func New(t testing.TB) *World {
	t.Helper()
	ctx := context.Background()
	w := &World{name: cloneDatabase(t), Clock: NewClock(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC))}
	var err error
	w.Policy, err = policies.New()
	must(t, err)
	w.DB, err = tenancy.Open(ctx, w.URL("pratica_app"), 8, w.Policy, w.Clock.Now)
	must(t, err)
	w.RootFile = filepath.Join(t.TempDir(), "root.key")
	w.Root, err = crypto.OpenRoot(w.RootFile, true)
	must(t, err)
	w.Keys = keys.Open(w.DB, w.Root, w.Clock.Now)
	w.Directory, err = tenancy.OpenDirectory(ctx, w.URL("pratica_directory"), 4)
	must(t, err)
	w.Networks, err = tenancy.OpenNetworks(ctx, w.URL("pratica_network"), 2, w.Policy, w.Clock.Now)
	must(t, err)
	w.Operator, err = tenancy.OpenOperator(ctx, w.URL("pratica_operator"), 4, w.Clock.Now)
	must(t, err)
	t.Cleanup(func() {
		w.DB.Close()
		w.Directory.Close()
		w.Networks.Close()
		w.Operator.Close()
	})
	admin, err := w.Directory.EnsureUser(ctx, "rete@example.test", "Rita Rete", "it")
	must(t, err)
	w.Network, w.founder = ident.NewNetwork(), admin
	must(t, w.Directory.FoundNetwork(ctx, w.Network, "Rete Test", "M123", admin))
	scope := w.DoNetwork(t, "networks.onboard")
	w.A = w.agency(t, scope, "a")
	w.B = w.agency(t, scope, "b")
	return w
}

// DoNetwork is the scope of the person who acts for the network, narrowed to an action.
func (w *World) DoNetwork(t testing.TB, action access.Action) tenancy.NetworkScope {
	t.Helper()
	return w.Networks.Enter(w.actor(t, w.founder, ident.AgencyID{}), w.Network, "test").For(action)
}

// Elsewhere makes another network with an agency: what happens in one, the other never hears of.
func (w *World) Elsewhere(t testing.TB) (*World, *Agency) {
	t.Helper()
	other := *w
	admin, err := w.Directory.EnsureUser(context.Background(), "altrove@example.test", "Alba Altrove", "it")
	must(t, err)
	other.Network, other.founder = ident.NewNetwork(), admin
	must(t, w.Directory.FoundNetwork(context.Background(), other.Network, "Rete Altrove", "M456", admin))
	return &other, other.agency(t, other.DoNetwork(t, "networks.onboard"), "c")
}

// URL connects a role to the world's database.
func (w *World) URL(role string) string { return roleURL(role, w.name) }

// AdminURL connects the superuser: for checks that must look past row security.
func (w *World) AdminURL() string { return onDatabase(adminURL, w.name) }

// Raw runs one statement as a role, outside the door, and returns the first column of the first row as text.
func (w *World) Raw(t testing.TB, role, sql string, args ...any) (string, error) {
	t.Helper()
	target := w.AdminURL()
	if role != "" {
		target = w.URL(role)
	}
	conn, err := pgx.Connect(context.Background(), target)
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var out *string
	err = conn.QueryRow(context.Background(), sql, args...).Scan(&out)
	if out == nil {
		return "", err
	}
	return *out, err
}

// Exec runs statements as the superuser, outside the door.
func (w *World) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), w.AdminURL())
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), sql, args...)
	must(t, err)
}

func (w *World) actor(t testing.TB, user ident.UserID, agency ident.AgencyID) tenancy.Actor {
	t.Helper()
	ctx := context.Background()
	token := []byte(ident.NewSession().String())
	_, err := w.Directory.OpenSession(ctx, token, user, agency, time.Now().Add(time.Hour))
	must(t, err)
	id, found, err := w.Directory.Session(ctx, token)
	must(t, err)
	if !found {
		t.Fatal("coretest: a session just opened is not found")
	}
	return id.Actor
}

func (w *World) agency(t testing.TB, scope tenancy.NetworkScope, name string) *Agency {
	t.Helper()
	ctx := context.Background()
	a := &Agency{ID: ident.NewAgency(), db: w.DB, users: map[string]tenancy.Actor{}}
	people := map[string]ident.UserID{}
	for _, role := range append(Roles, "second_broker") {
		id, err := w.Directory.EnsureUser(ctx, role+"@"+name+".test", role+" "+name, "it")
		must(t, err)
		people[role] = id
	}
	sealed, err := defaults()
	must(t, err)
	must(t, w.Networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Exec(`insert into agencies (id, network_id, name) values ($1, $2, $3)`, a.ID, w.Network, "Agenzia "+name)
		tx.Onboard(a.ID)
		for role, user := range people {
			given := role
			if role == "second_broker" {
				given = "broker"
			}
			tx.Exec(`insert into members (tenant_id, id, user_id, name, email, roles) values ($1, $2, $3, $4, $5, $6)`,
				a.ID, ident.NewMember(), user, role+" "+name, role+"@"+name+".test", []string{given})
		}
		for _, source := range sealed {
			instances.Seed(tx, source)
		}
		return nil
	}))
	for role, user := range people {
		a.users[role] = w.actor(t, user, a.ID)
	}
	return a
}

// Token opens a session for the agency's person with the role and returns its secret, for requests over HTTP.
func (w *World) Token(t testing.TB, a *Agency, role string) string {
	t.Helper()
	return w.token(t, a.users[role].User(), a.ID)
}

// NetworkToken opens a session for the person who acts for the network.
func (w *World) NetworkToken(t testing.TB) string {
	t.Helper()
	return w.token(t, w.founder, ident.AgencyID{})
}

func (w *World) token(t testing.TB, user ident.UserID, agency ident.AgencyID) string {
	t.Helper()
	secret := ident.NewSession().String()
	hash := sha256.Sum256([]byte(secret))
	_, err := w.Directory.OpenSession(context.Background(), hash[:], user, agency, time.Now().Add(time.Hour))
	must(t, err)
	return secret
}

// Clock is a clock a test moves.
type Clock struct{ at atomic.Int64 }

// NewClock starts at an instant.
func NewClock(at time.Time) *Clock {
	c := &Clock{}
	c.at.Store(at.UnixMicro())
	return c
}

// Now ticks a microsecond, so that no two instants are the same.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.at.Add(1)).UTC() }

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) { c.at.Add(d.Microseconds()) }

var (
	adminURL string
	template string
	prepare  sync.Once
	number   atomic.Int64
)

// cloneDatabase copies the migrated template, which is made once in a test binary.
func cloneDatabase(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	prepare.Do(func() {
		adminURL = cluster(t)
		fresh := fmt.Sprintf("pratica_template_%d", os.Getpid())
		must(t, schema.Bootstrap(ctx, adminURL, fresh, password))
		_, err := schema.Migrate(ctx, roleURL("pratica_owner", fresh))
		must(t, err)
		template = fresh
	})
	if template == "" || adminURL == "" {
		t.Fatal("coretest: the template database could not be made; see the first failure")
	}
	name := fmt.Sprintf("pratica_test_%d_%d", os.Getpid(), number.Add(1))
	admin(t, "create database "+name+" template "+template+" owner pratica_owner")
	t.Cleanup(func() { admin(t, "drop database if exists "+name+" with (force)") })
	return name
}

func admin(t testing.TB, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), adminURL)
	must(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(context.Background(), sql)
	must(t, err)
}

func roleURL(role, database string) string {
	u, err := url.Parse(adminURL)
	if err != nil {
		panic(err)
	}
	u.User = url.UserPassword(role, password)
	u.Path = "/" + database
	return u.String()
}

func onDatabase(raw, database string) string {
	u, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	u.Path = "/" + database
	return u.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("coretest: %v", err)
	}
}
