package audit_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

var ctx = context.Background()

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a database with a keeper of its trails.
type world struct {
	*coretest.World
	*audit.Keeper
	key *audit.Key
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := coretest.New(t)
	key, err := audit.OpenKey(filepath.Join(t.TempDir(), "audit.key"), true)
	must(t, err)
	return &world{w, audit.NewKeeper(w.DB, w.Operator, key), key}
}

// enter writes n entries in one transaction of A.
func (w *world) enter(t testing.TB, n int) {
	t.Helper()
	must(t, w.DB.Write(ctx, w.A.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		for range n {
			audit.Record(tx, "test.done", ident.NewApplication(), map[string]string{"è": "\"x\"\n<&>", "b": "1", "long": "2"})
		}
		return nil
	}))
}

func (w *world) reader() tenancy.Scope { return w.A.Do("agency_admin", "audit.read") }

func (w *world) verify(t testing.TB, more ...audit.Checkpoint) audit.Report {
	t.Helper()
	r, err := w.Verify(ctx, w.reader(), w.key.Public, more...)
	must(t, err)
	return r
}

// one is the first column of the first row, as the superuser sees it.
func (w *world) one(t testing.TB, sql string, args ...any) string {
	t.Helper()
	out, err := w.Raw(t, "", sql, args...)
	must(t, err)
	return out
}

// found reports whether some finding of a kind names an entry.
func found(r audit.Report, kind string, seq int64, id string) bool {
	for _, f := range r.Findings {
		if f.Kind == kind && f.Seq == seq && (id == "" || f.ID.String() == id) {
			return true
		}
	}
	return false
}

// TestAppendOnly: no role changes a trail, its chain or its checkpoints, and a superuser only after taking the trigger away.
func TestAppendOnly(t *testing.T) {
	w := newWorld(t)
	w.enter(t, 2)
	must(t, w.SealAll(ctx))
	for _, role := range []string{"", "pratica_owner", "pratica_app", "pratica_network", "pratica_operator", "pratica_directory"} {
		url := w.AdminURL()
		if role != "" {
			url = w.URL(role)
		}
		conn, err := pgx.Connect(ctx, url)
		must(t, err)
		for _, trail := range []string{"audit", "confidential_audit", "network_audit"} {
			for table, column := range map[string]string{trail + "_entries": "at", trail + "_chain": "seq", trail + "_checkpoints": "at"} {
				for _, sql := range []string{"delete from " + table, "truncate " + table + " cascade", "update " + table + " set " + column + " = " + column} {
					if _, err := conn.Exec(ctx, sql); err == nil || !strings.Contains(err.Error(), "stays as it is") && !strings.Contains(err.Error(), "permission denied") {
						t.Errorf("%q as %q: %v", sql, role, err)
					}
				}
			}
		}
		must(t, conn.Close(ctx))
	}
	before := w.one(t, "select count(*)::text from audit_entries")
	if _, err := w.Raw(t, "pratica_app", "insert into audit_chain values ($1, 99, $2, '', '')", w.A.ID, uuid.New()); err == nil {
		t.Error("the application makes links itself")
	}
	w.Exec(t, "alter table audit_entries disable trigger append_only")
	w.Exec(t, "delete from audit_entries where id = (select max(id::text)::uuid from audit_entries)")
	if now := w.one(t, "select count(*)::text from audit_entries"); now == before {
		t.Error("the twin: without the trigger a superuser deletes")
	}
}

// TestChain: entries of many transactions at once stand in one row without gaps, each agency's its own; what the database
// hashed, Go hashes the same.
func TestChain(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 3 {
				w.enter(t, 3)
			}
		})
	}
	all.Wait()
	must(t, w.DB.Write(ctx, w.A.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		audit.RecordAbout(tx, "test.sealed", ident.NewApplication(), ident.NewSubject(), []byte{0, 1, 2, 0xff})
		audit.RecordAbout(tx, "test.sealed", ident.NewApplication(), ident.NewSubject(), []byte{})
		return nil
	}))
	gone := errors.New("no")
	if err := w.DB.Write(ctx, w.A.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		audit.Record(tx, "test.undone", ident.NewApplication(), nil)
		return gone
	}); !errors.Is(err, gone) {
		t.Fatal(err)
	}
	if got := w.verify(t); got.Entries != 8*3*3+2 || len(got.Findings) != 0 {
		t.Errorf("%+v", got)
	}
	var file bytes.Buffer // the key that sealed is nowhere: it could as well have been erased
	must(t, w.Export(ctx, w.reader(), &file))
	if !strings.Contains(file.String(), `"sealed":"AAEC/w=="`) {
		t.Error("the sealed bytes are not in the export")
	}
	if r, err := audit.VerifyFile(&file, &w.key.Public); err != nil || r.Entries != 75 || len(r.Findings) != 0 {
		t.Errorf("%+v %v", r, err)
	}
	if got := w.one(t, "select concat(min(seq), ' ', max(seq), ' ', count(*)) from audit_chain where tenant_id = $1", w.A.ID); got != "1 75 75" {
		t.Errorf("numbers %s", got)
	}
	if got := w.one(t, "select count(*)::text from audit_chain where tenant_id = $1", w.B.ID); got != "0" {
		t.Errorf("B has %s links", got)
	}
}

// TestNetworkChain: what is done for a network is chained, signed and verified as what is done in an agency. A trail that does not
// hold is not signed, and another one is all the same.
func TestNetworkChain(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		must(t, w.Networks.Write(ctx, w.DoNetwork(t, "networks.onboard"), func(tx *tenancy.Tx) error {
			audit.Record(tx, "test.done", ident.NewAgency(), nil)
			return nil
		}))
	}
	must(t, w.SealAll(ctx))
	var file bytes.Buffer
	must(t, w.ExportNetwork(ctx, w.Network, &file))
	if r, err := audit.VerifyFile(&file, &w.key.Public); err != nil || r.Entries != 3 || r.SealedTo != 3 || len(r.Findings) != 0 {
		t.Errorf("%+v %v", r, err)
	}
	w.Exec(t, "alter table network_audit_entries disable trigger append_only")
	w.Exec(t, "update network_audit_entries set action = 'x' where id = (select entry_id from network_audit_chain where seq = 2)")
	r, err := w.VerifyNetwork(ctx, w.Network, w.key.Public)
	must(t, err)
	if !found(r, "changed", 2, "") || len(r.Findings) != 1 {
		t.Errorf("%v", r.Findings)
	}
	w.enter(t, 3)
	must(t, w.DB.Write(ctx, w.B.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		audit.Record(tx, "test.done", ident.NewApplication(), nil)
		return nil
	}))
	w.Exec(t, "alter table audit_entries disable trigger append_only")
	w.Exec(t, "update audit_entries set actor_id = 'usr_x' where tenant_id = $1 and id = (select min(id::text)::uuid from audit_entries where tenant_id = $1)", w.A.ID)
	must(t, w.SealAll(ctx))
	if got := w.one(t, "select string_agg(tenant_id::text, ' ') from audit_checkpoints"); got != w.B.ID.UUID.String() {
		t.Errorf("signed: %s", got)
	}
}

// TestStoredTampering: whoever owns the database bends the trail; the verification names what was bent.
func TestStoredTampering(t *testing.T) {
	w := newWorld(t)
	w.enter(t, 10)
	must(t, w.SealAll(ctx))
	w.enter(t, 10)
	must(t, w.SealAll(ctx))
	for _, table := range []string{"audit_entries", "audit_chain", "audit_checkpoints"} {
		w.Exec(t, "alter table "+table+" disable trigger append_only")
	}
	w.Exec(t, "alter table audit_checkpoints drop constraint audit_checkpoints_link_fkey; alter table audit_entries disable trigger audit_link")
	id := func(seq int) string {
		return w.one(t, "select entry_id::text from audit_chain where tenant_id = $1 and seq = $2", w.A.ID, seq)
	}
	five := id(5)
	for name, c := range map[string]struct {
		sql  string
		want []string // kind seq
		id   string
	}{
		"changed":   {`update audit_entries set actor_id = 'usr_x' where id = '` + five + `'`, []string{"changed 5"}, five},
		"sealed":    {`update audit_entries set sealed = 'x' where id = '` + five + `'`, []string{"changed 5"}, five},
		"removed":   {`delete from audit_entries where id = '` + five + `'`, []string{"removed 5"}, five},
		"both gone": {`delete from audit_entries where id = '` + five + `'; delete from audit_chain where seq = 5`, []string{"removed 5"}, ""},
		"inserted":  {`insert into audit_entries select tenant_id, '` + uuid.Nil.String()[:35] + `1', at, actor_id, action, ref, detail, request_id from audit_entries where id = '` + five + `'`, []string{"inserted 0"}, ""},
		"reordered": {`update audit_chain set entry_id = '` + uuid.Nil.String() + `' where seq = 6; update audit_chain set entry_id = '` + id(6) + `' where seq = 5; update audit_chain set entry_id = '` + five + `' where seq = 6`,
			[]string{"changed 5", "changed 6"}, id(6)},
		"truncated": {`delete from audit_chain where seq > 18; delete from audit_entries where id = '` + id(19) + `' or id = '` + id(20) + `'`, []string{"truncated 19"}, ""},
		"rehashed": {`update audit_entries set action = 'x' where id = '` + five + `'; update audit_chain c set hash = audit_hash('audit', c.tenant_id, c.seq, c.previous, e.id, e.at, e.actor_id, e.action, e.ref, e.detail, e.request_id, e.sealed)
			from audit_entries e where e.id = c.entry_id and seq = 5`, []string{"changed 5"}, five},
		"a rewritten end": {`update audit_entries set action = 'x' where id = '` + id(20) + `'; update audit_chain c set hash = audit_hash('audit', c.tenant_id, c.seq, c.previous, e.id, e.at, e.actor_id, e.action, e.ref, e.detail, e.request_id, e.sealed)
			from audit_entries e where e.id = c.entry_id and seq = 20`, []string{"rewritten 20"}, id(20)},
		"a forged checkpoint": {`update audit_checkpoints set at = at + interval '1 second' where seq = 10`, []string{"signature 10"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, table := range []string{"entries", "chain", "checkpoints"} {
				w.Exec(t, "create table kept_"+table+" as table audit_"+table)
			}
			defer func() {
				for _, table := range []string{"checkpoints", "chain", "entries"} {
					w.Exec(t, "delete from audit_"+table+"; insert into audit_"+table+" table kept_"+table+"; drop table kept_"+table)
				}
			}()
			checkpoint := w.checkpoint(t)
			w.Exec(t, c.sql)
			r := w.verify(t, checkpoint)
			for _, want := range c.want {
				kind, number, _ := strings.Cut(want, " ")
				if !slices.ContainsFunc(r.Findings, func(f audit.Finding) bool { return f.Kind == kind && strconv.FormatInt(f.Seq, 10) == number }) {
					t.Errorf("no %q in %v", want, r.Findings)
				}
			}
			if len(r.Findings) > len(c.want) || c.id != "" && r.Findings[0].ID.String() != c.id {
				t.Errorf("%v", r.Findings)
			}
		})
	}
	if r := w.verify(t); len(r.Findings) != 0 || r.SealedTo != 20 {
		t.Errorf("the twin: unbent it holds, %+v", r)
	}
}

// checkpoint is A's newest.
func (w *world) checkpoint(t testing.TB) audit.Checkpoint {
	t.Helper()
	p, err := w.Proof(ctx, w.reader(), audit.Range{})
	must(t, err)
	if p.Checkpoint == nil {
		t.Fatal("nothing is signed")
	}
	return *p.Checkpoint
}
