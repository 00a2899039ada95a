package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/subjects"
)

// TestPrivacyCommands: a copy is written as JSON, text and PDF, to a file that was not there; another agency's person is no such person.
func TestPrivacyCommands(t *testing.T) {
	w, dir := coretest.New(t), t.TempDir()
	cfg := Config{DatabaseURL: redact.Secret(w.URL("pratica_app")), DatabaseDirectoryURL: redact.Secret(w.URL("pratica_directory")), DatabaseNetworkURL: redact.Secret(w.URL("pratica_network")), DatabaseOperatorURL: redact.Secret(w.URL("pratica_operator")),
		RedisURL: redact.Secret("redis://" + miniredis.RunT(t).Addr() + "/0"), BlobDir: filepath.Join(dir, "documents"), KeyFile: filepath.Join(dir, "root.key"), PublicURL: "http://privacy.test"}
	_, err := crypto.OpenRoot(cfg.KeyFile, true)
	must(t, err)
	_, err = audit.OpenKey(cfg.auditKey(), true)
	must(t, err)
	a, err := open(t.Context(), cfg)
	must(t, err)
	defer a.close()
	who, err := subjects.New(a.db, a.deps.Applications).Create(t.Context(), w.A.Do("broker", "subjects.write"), subjects.Data{Kind: "natural", FirstName: "Ada", LastName: "Rossi", Health: &subjects.Remark{Text: "asma"}})
	must(t, err)
	c := PrivacyExportCmd{Agency: w.A.ID.String(), Subject: who.ID.String(), Format: "json", Locale: "it"}
	for format, want := range map[string]string{"json": privacy.Schema, "text": "Copia dei tuoi dati", "pdf": "%PDF-"} {
		c.Format, c.Out = format, filepath.Join(dir, "copy."+format)
		must(t, c.Run(t.Context(), cfg))
		raw, err := os.ReadFile(c.Out)
		must(t, err)
		if !strings.Contains(string(raw), want) || format != "pdf" && !strings.Contains(string(raw), "asma") {
			t.Errorf("%s: %.300s", format, raw)
		}
		if format == "json" && !json.Valid(raw) {
			t.Error("no JSON")
		}
	}
	if err := c.Run(t.Context(), cfg); err == nil {
		t.Error("a file that was there is written over")
	}
	c.Agency, c.Out = w.B.ID.String(), filepath.Join(dir, "other")
	if err := c.Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "subject.not_found") {
		t.Errorf("B has A's person: %v", err)
	}
	scope, err := a.operator.Scope(w.A.ID, "test")
	must(t, err)
	due, err := a.deps.Privacy.Retention(t.Context(), scope.For("privacy.manage"))
	must(t, err)
	var out bytes.Buffer
	must(t, tellDue(&out, due))
	if !strings.Contains(out.String(), time.Now().AddDate(2, 0, 0).Format("2006-")) || !strings.Contains(out.String(), "identity") {
		t.Errorf("what is due:\n%s", out.String())
	}
	must(t, a.sweepRetention(t.Context()))
}
