package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/redact"
)

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
	w.Exec(t, `update agencies set status = 'suspended' where id = $1`, w.A.ID)
	must(t, shred.Run(ctx, moved))
	if err := opens(moved); fault.As(err).Code != "keys.destroyed" {
		t.Errorf("shredded: %v", err)
	}
	if _, err := (Config{}).root(); err == nil || !strings.Contains(err.Error(), "PRATICA_KEY_URI") {
		t.Errorf("no root key: %v", err)
	}
}
