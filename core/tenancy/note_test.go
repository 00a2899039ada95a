package tenancy_test

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// TestNoting: what is shown is noted, with what of it, in the same transaction; who is refused, and what is not there, leaves nothing.
func TestNoting(t *testing.T) {
	w := coretest.New(t)
	home := ident.NewProperty()
	if err := w.DB.Write(ctx, w.A.Do("broker", "properties.write"), func(tx *tenancy.Tx) error {
		property(tx, home)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	notes := func() string {
		t.Helper()
		n, err := w.Raw(t, "", `select concat(count(*), ' ', max(detail->>'groups')) from audit_entries where action = 'property.seen'`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	groups := []audit.Group{{Name: "price"}, {Name: "risk", Action: "subjects.assess"}, {Name: "address", Action: "subjects.write"}}
	look := func(a *coretest.Agency, role string, ref string) error {
		var n int
		return w.DB.Load(ctx, a.Do(role, "properties.read").Noting(audit.Seen("property.seen", ref, groups...)), tenancy.Value(&n, "select count(*) from properties"))
	}
	for i, want := range []string{"1 price address", "2 price address", "3 price address"} { // the first asks for the broker's place, the others know it
		if err := look(w.A, "broker", home.String()); err != nil {
			t.Fatal(err)
		}
		if got := notes(); got != want {
			t.Errorf("look %d: %q, want %q", i, got, want)
		}
	}
	gone := ident.NewProperty().String()
	for range 2 {
		for _, who := range []struct {
			agency *coretest.Agency
			ref    string
		}{{w.A, gone}, {w.B, home.String()}} {
			if err := look(who.agency, "broker", who.ref); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := notes(); got != "3 price address" {
		t.Errorf("what is not there was noted: %q", got)
	}

	// A place that has changed since: other roles show other groups, none refuse.
	change := func(roles, status string) {
		w.Exec(t, `update members set roles = $1::text[], status = $2 where tenant_id = $3 and email = 'broker@a.test'`, roles, status, w.A.ID)
	}
	change("{compliance_officer,read_only}", "active")
	if err := look(w.A, "broker", home.String()); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.Raw(t, "", `select detail->>'groups' from audit_entries where action = 'property.seen' order by id desc limit 1`); got != "price risk address" {
		t.Errorf("noted %q under the new roles", got)
	}
	change("{nobody}", "active")
	for range 2 {
		if err := look(w.A, "broker", home.String()); fault.As(err).Code != "access.denied" {
			t.Errorf("without a role: %v", err)
		}
	}
	change("{broker}", "disabled")
	for range 2 {
		if err := look(w.A, "broker", home.String()); fault.As(err).Code != "agency.not_found" {
			t.Errorf("without membership: %v", err)
		}
	}
	if got := notes(); got[:2] != "4 " {
		t.Errorf("a refusal was noted: %q", got)
	}

	// Once a scope, whatever it loads; and never in silence.
	scope := w.A.Do("back_office", "properties.read").Noting(audit.Seen("property.seen", home.String()))
	for range 3 {
		if err := w.DB.Load(ctx, scope); err != nil {
			t.Fatal(err)
		}
	}
	if got := notes(); got[:2] != "5 " {
		t.Errorf("one scope: %q", got)
	}
	fresh := scope.Noting(audit.Seen("property.seen", home.String()))
	if err := w.DB.Read(ctx, fresh, func(*tenancy.Tx) error { return nil }); fault.As(err).Code != "scope.note" {
		t.Errorf("a way of reading that cannot note: %v", err)
	}
	if roles, err := w.DB.LoadAs(ctx, fresh); err != nil || fmt.Sprint(roles) != "[back_office]" {
		t.Errorf("a load that tells the roles: %v %v", roles, err)
	}
	if got := notes(); got[:2] != "6 " {
		t.Errorf("a load that tells the roles: %q", got)
	}
}

// TestNotingIsOneRoundTrip: where the actor's place is known, a load that notes waits for the server as often as one that does not.
func TestNotingIsOneRoundTrip(t *testing.T) {
	w := coretest.New(t)
	at, turns := overProxy(t, w.URL("pratica_app"))
	db, err := tenancy.Open(ctx, at, 1, w.Policy, w.Clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	session := w.A.Do("broker", "properties.read")
	plain := db.Enter(session.Actor(), session.Tenant(), "test").For("properties.read")
	noting := func() tenancy.Scope { return plain.Noting(audit.Seen("property.seen", "")) }
	load := func(s tenancy.Scope) int64 {
		t.Helper()
		before := turns.Load()
		var n int
		if err := db.Load(ctx, s, tenancy.Value(&n, "select count(*) from properties")); err != nil {
			t.Fatal(err)
		}
		return turns.Load() - before
	}
	for range 3 { // statements are prepared, the place is learned
		load(plain)
		load(noting())
	}
	if a, b := load(plain), load(noting()); a != 1 || b != 1 {
		t.Errorf("%d without a note, %d with one", a, b)
	}
	if n, err := w.Raw(t, "", "select count(*)::text from audit_entries where action = 'property.seen'"); err != nil || n != "4" {
		t.Errorf("%s notes (%v)", n, err)
	}
}

// overProxy leads to the same database over a connection on which it counts how often the client begins to speak.
func overProxy(t *testing.T, url string) (string, *atomic.Int64) {
	t.Helper()
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	network, address := pgconn.NetworkAddress(config.Host, config.Port)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	turns := &atomic.Int64{}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial(network, address)
			if err != nil {
				_ = client.Close()
				return
			}
			var speaking atomic.Bool
			go relay(client, server, func() {
				if !speaking.Swap(true) {
					turns.Add(1)
				}
			})
			go relay(server, client, func() { speaking.Store(false) })
		}
	}()
	return fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", config.User, config.Password, l.Addr(), config.Database), turns
}

func relay(from, to net.Conn, heard func()) {
	defer func() { _ = from.Close(); _ = to.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			heard()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
