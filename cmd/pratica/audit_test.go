package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// TestAuditCommands: a trail is exported and verified offline and where it is kept; a bent one ends with code 1, an unreadable one with 2.
func TestAuditCommands(t *testing.T) {
	w := coretest.New(t)
	dir := t.TempDir()
	cfg := Config{DatabaseURL: redact.Secret(w.URL("pratica_app")), DatabaseDirectoryURL: redact.Secret(w.URL("pratica_directory")), DatabaseNetworkURL: redact.Secret(w.URL("pratica_network")), DatabaseOperatorURL: redact.Secret(w.URL("pratica_operator")),
		RedisURL: redact.Secret("redis://" + miniredis.RunT(t).Addr() + "/0"), BlobDir: filepath.Join(dir, "documents"), KeyFile: w.RootFile}
	must(t, AuditKeyCmd{}.Run(cfg)) // makes it
	key, err := audit.OpenKey(cfg.auditKey(), false)
	must(t, err)
	text, err := key.Public.MarshalText()
	must(t, err)
	public := filepath.Join(dir, "audit.pub")
	must(t, os.WriteFile(public, text, 0o600))
	must(t, w.DB.Write(t.Context(), w.A.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		for range 3 {
			audit.Record(tx, "test.done", ident.NewApplication(), nil)
		}
		return nil
	}))
	agency := whose{Agency: w.A.ID.String()}
	file := filepath.Join(dir, "a.ndjson")
	must(t, AuditExportCmd{whose: agency, Out: file}.Run(t.Context(), cfg))
	if err := (AuditExportCmd{whose: agency, Out: file}).Run(t.Context(), cfg); err == nil {
		t.Error("an export was written over another")
	}
	exported, err := os.ReadFile(file)
	must(t, err)
	bent := filepath.Join(dir, "bent.ndjson")
	must(t, os.WriteFile(bent, []byte(strings.Replace(string(exported), "test.done", "test.gone", 1)), 0o600))
	cut := filepath.Join(dir, "cut.ndjson")
	must(t, os.WriteFile(cut, exported[:len(exported)/2], 0o600))
	verify := func(c AuditVerifyCmd, want int) {
		t.Helper()
		err := c.Run(t.Context(), cfg)
		var exit *ExitError
		if got := 0; err != nil {
			if errors.As(err, &exit) {
				got = exit.Code
			}
			if got != want {
				t.Errorf("%+v: code %d, want %d (%v)", c, got, want, err)
			}
		} else if want != 0 {
			t.Errorf("%+v: holds", c)
		}
	}
	verify(AuditVerifyCmd{File: file, Key: public}, 0)
	verify(AuditVerifyCmd{File: file}, 0)
	verify(AuditVerifyCmd{File: bent, Key: public}, exitRefused)
	verify(AuditVerifyCmd{File: cut, Key: public}, exitRefused)
	verify(AuditVerifyCmd{File: public, Key: public}, exitBroken)
	verify(AuditVerifyCmd{File: file, Key: file}, exitBroken)
	verify(AuditVerifyCmd{File: filepath.Join(dir, "none")}, exitBroken)
	verify(AuditVerifyCmd{}, exitBroken)
	verify(AuditVerifyCmd{whose: agency, Key: public}, 0)
	verify(AuditVerifyCmd{whose: agency, Confidential: true}, 0)
	verify(AuditVerifyCmd{whose: whose{Network: w.Network.String()}}, 0)
	verify(AuditVerifyCmd{whose: whose{Agency: "agn_x"}}, exitBroken)
	w.Exec(t, `alter table audit_entries disable trigger append_only; update audit_entries set action = 'x' where action = 'test.done'`)
	verify(AuditVerifyCmd{whose: agency}, exitRefused)
	// What was signed before is not looked at again when it is exported; who reads the export finds it.
	late := filepath.Join(dir, "late.ndjson")
	must(t, AuditExportCmd{whose: agency, Out: late}.Run(t.Context(), cfg))
	verify(AuditVerifyCmd{File: late, Key: public}, exitRefused)
}
