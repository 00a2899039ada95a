package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// suspends closes A, opens it and closes it again: while it is closed nobody gets in, and both trails say so.
func suspends(t *testing.T, w *coretest.World, cfg Config) {
	t.Helper()
	ctx, agency := t.Context(), w.A.ID.String()
	shut := func() bool { // the world of the test has another root key: whoever is let in gets no further than that
		var open bool
		err := w.DB.Load(ctx, w.A.Do("broker", "agency.read"), tenancy.Value(&open, `select true`))
		return fault.As(err).Code == "agency.not_found"
	}
	if shut() {
		t.Error("A is shut from the start")
	}
	broker, _, err := w.Directory.Person(ctx, "broker@a.test")
	must(t, err)
	_, err = w.Directory.OpenSession(ctx, []byte("a session"), broker.User(), w.A.ID, time.Now().Add(time.Hour))
	must(t, err)
	other, _, err := w.Directory.Person(ctx, "broker@b.test")
	must(t, err)
	_, err = w.Directory.OpenSession(ctx, []byte("a session of B"), other.User(), w.B.ID, time.Now().Add(time.Hour))
	must(t, err)
	if err := (AgencyResumeCmd{agency}).Run(ctx, cfg); fault.As(err).Code != "agency.status" {
		t.Errorf("resuming an active agency: %v", err)
	}
	for _, closed := range []bool{true, false, true} {
		var err error
		if closed {
			err = AgencySuspendCmd{agency}.Run(ctx, cfg)
		} else {
			err = AgencyResumeCmd{agency}.Run(ctx, cfg)
		}
		must(t, err)
		if shut() != closed {
			t.Errorf("closed %v, and a broker finds it shut: %v", closed, shut())
		}
		if _, found, err := w.Directory.Session(ctx, []byte("a session")); err != nil || found {
			t.Errorf("a session that was open when the agency was closed: %v %v", found, err)
		}
	}
	if _, found, err := w.Directory.Session(ctx, []byte("a session of B")); err != nil || !found {
		t.Errorf("B's session when A was closed: %v %v", found, err)
	}
	const want = "agency.suspended agency.resumed agency.suspended"
	for _, table := range []string{"audit_entries where tenant_id = $1", "network_audit_entries where $1::uuid is not null"} {
		if said, err := w.Raw(t, "", `select coalesce(string_agg(action, ' ' order by at, id), '') from `+table+` and action ~ '^agency.(suspended|resumed)$'`, w.A.ID); err != nil || said != want {
			t.Errorf("%s: %q %v", table, said, err)
		}
	}
}

// TestKeysCommands: keys rotate, keys rewrap and agency shred, as an operator types them one after the other.
func TestKeysCommands(t *testing.T) {
	w, dir, ctx := coretest.New(t), t.TempDir(), t.Context()
	cfg := Config{DatabaseURL: redact.Secret(w.URL("pratica_app")), DatabaseDirectoryURL: redact.Secret(w.URL("pratica_directory")), DatabaseNetworkURL: redact.Secret(w.URL("pratica_network")), DatabaseOperatorURL: redact.Secret(w.URL("pratica_operator")),
		RedisURL: redact.Secret("redis://" + miniredis.RunT(t).Addr() + "/0"), BlobDir: filepath.Join(dir, "documents"), KeyFile: filepath.Join(dir, "old.key"), PublicURL: "http://keys.test"}
	_, err := crypto.OpenRoot(cfg.KeyFile, true)
	must(t, err)
	must(t, AuditKeyCmd{}.Run(cfg))
	count := func(sql string) string {
		n, err := w.Raw(t, "", sql, w.A.ID)
		must(t, err)
		return n
	}

	must(t, KeysRotateCmd{Agency: w.A.ID.String()}.Run(ctx, cfg))
	if n := count(`select count(*)::text || ' ' || (select string_agg(kind || ' ' || state || ' ' || created_by, ',') from jobs) from tenant_keys where tenant_id = $1`); n != "2 rotation queued system" {
		t.Errorf("keys and jobs: %s", n)
	}
	if err := (KeysRotateCmd{All: true}).Run(ctx, cfg); err == nil || !strings.Contains(err.Error(), w.A.ID.String()+": keys.rotating") || strings.Contains(err.Error(), w.B.ID.String()) {
		t.Errorf("all: %v", err)
	}
	if n := count(`select count(*)::text from tenant_keys where tenant_id <> $1`); n != "2" {
		t.Errorf("B has %s keys", n)
	}
	if err := (KeysRotateCmd{Agency: "agn_x"}).Run(ctx, cfg); !fault.Is(err, fault.NotFound) {
		t.Errorf("an agency there is not: %v", err)
	}

	fresh := filepath.Join(dir, "fresh.key")
	_, err = crypto.OpenRoot(fresh, true)
	must(t, err)
	moved := cfg
	moved.KeyURI = "file://" + fresh
	opens := func(cfg Config) error {
		a, err := open(ctx, cfg)
		if err != nil {
			return err
		}
		defer a.close()
		scope, err := a.operator.Scope(w.A.ID, "test")
		if err == nil {
			_, err = a.db.Keys(ctx, scope.For("keys.rotate"))
		}
		return err
	}
	if err := opens(moved); fault.As(err).Code != "keys.unavailable" {
		t.Errorf("by another root key: %v", err)
	}
	moved.KeyURIPrevious = "file://" + cfg.KeyFile
	must(t, opens(moved))
	must(t, KeysRewrapCmd{}.Run(ctx, moved))
	moved.KeyURIPrevious = ""
	must(t, opens(moved))

	shred := AgencyShredCmd{Agency: w.A.ID.String(), Confirm: "Agenzia a"}
	if err := shred.Run(ctx, moved); fault.As(err).Code != "agency.not_suspended" {
		t.Errorf("an active agency: %v", err)
	}
	if err := shred.Run(ctx, moved); err == nil || !strings.Contains(err.Error(), "pratica agency suspend") {
		t.Errorf("the remedy: %v", err)
	}
	suspends(t, w, moved)
	must(t, shred.Run(ctx, moved))
	if err := opens(moved); fault.As(err).Code != "keys.destroyed" {
		t.Errorf("shredded: %v", err)
	}
	if _, err := (Config{}).root(); err == nil || !strings.Contains(err.Error(), "PRATICA_KEY_URI") {
		t.Errorf("no root key: %v", err)
	}
}
