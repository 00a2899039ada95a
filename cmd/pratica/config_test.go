package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/redact"
)

// TestSecretSettings: a secret comes from a file, is named by the doctor when it does not, and is printed by nothing.
func TestSecretSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "url")
	must(t, os.WriteFile(file, []byte("postgres://app:Zqcanary@db/pratica\n"), 0o600))
	cfg, err := readConfig([]string{"PRATICA_DATABASE_URL_FILE=" + file, "PRATICA_REDIS_URL=redis://:Zqcanary@cache/0", "PRATICA_LISTEN=127.0.0.1:1"})
	must(t, err)
	if cfg.DatabaseURL.Reveal() != "postgres://app:Zqcanary@db/pratica" {
		t.Errorf("the file was not read: %q", cfg.DatabaseURL.Reveal())
	}
	var said, log strings.Builder
	warn(&said, cfg)
	settings(&said, cfg)
	if strings.Count(said.String(), "warning") != 1 || !strings.Contains(said.String(), "PRATICA_REDIS_URL_FILE") {
		t.Errorf("the doctor says:\n%s", said.String())
	}
	asJSON, err := json.Marshal(cfg)
	must(t, err)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "settings", cfg)
	for _, text := range []string{said.String(), log.String(), string(asJSON), fmt.Sprintf("%v %+v %#v %s", cfg, cfg, &cfg, cfg)} {
		if strings.Contains(text, "Zqcanary") {
			t.Errorf("printed: %.500s", text)
		}
	}
	if _, err = readConfig([]string{"PRATICA_REDIS_URL=redis://a/0", "PRATICA_REDIS_URL_FILE=" + file}); err == nil || !strings.Contains(err.Error(), "both set") {
		t.Errorf("a setting given twice: %v", err)
	}
	if _, err = readConfig([]string{"PRATICA_REDIS_URL_FILE=/nowhere/Zqcanary"}); err == nil || strings.Contains(err.Error(), "Zqcanary") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestEverySecretIsOne: a setting whose help speaks of a secret, a password or a role's URL has the type that hides it.
func TestEverySecretIsOne(t *testing.T) {
	secrets := 0
	for _, f := range fields {
		is := f.Type == reflect.TypeFor[redact.Secret]()
		if is {
			secrets++
		}
		name, help := f.Tag.Get("env"), f.Tag.Get("help")
		file := strings.HasSuffix(name, "_FILE")
		carries := !file && (strings.Contains(help, "secret") || strings.Contains(help, "of role") || strings.Contains(name, "PASSWORD") || strings.Contains(name, "_KEY") || strings.HasSuffix(name, "TOKEN"))
		if carries && !is && name != "" {
			t.Errorf("PRATICA_%s looks like a secret and is a plain text", name)
		}
	}
	if secrets < 10 {
		t.Errorf("only %d settings are secrets", secrets)
	}
}
