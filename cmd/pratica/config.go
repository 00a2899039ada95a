package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
)

// Config is what a server or worker needs, from PRATICA_* variables. Each secret may come from a file
// instead: PRATICA_DATABASE_URL_FILE names it. An unknown PRATICA_ variable is an error: a typo must not be a default.
type Config struct {
	DatabaseURL          string `env:"DATABASE_URL" help:"postgres URL of role pratica_app"`
	DatabaseDirectoryURL string `env:"DATABASE_DIRECTORY_URL" help:"postgres URL of role pratica_directory"`
	DatabaseNetworkURL   string `env:"DATABASE_NETWORK_URL" help:"postgres URL of role pratica_network"`
	DatabaseOperatorURL  string `env:"DATABASE_OPERATOR_URL" help:"postgres URL of role pratica_operator"`
	DatabaseOwnerURL     string `env:"DATABASE_OWNER_URL" help:"postgres URL of role pratica_owner; only migrate needs it"`
	RedisURL             string `env:"REDIS_URL" help:"redis://host:6379/0"`
	BlobDir              string `env:"BLOB_DIR" help:"folder of the encrypted documents"`
	KeyFile              string `env:"KEY_FILE" help:"file with the root key; made on first use by dev"`
	KeyURI               string `env:"KEY_URI" help:"root key elsewhere, instead of KEY_FILE: file:///path, aws-kms://arn:aws:kms:… or hcvault://host:8200/transit/keys/name"`
	KeyURIPrevious       string `env:"KEY_URI_PREVIOUS" help:"the root key before, until pratica keys rewrap has run"`
	PseudonymKey         string `env:"PSEUDONYM_KEY" help:"32 random characters or more that name agencies to connectors; only needed without KEY_FILE"`
	Listen               string `env:"LISTEN" default:"127.0.0.1:8080" help:"address of the server"`
	PublicURL            string `env:"PUBLIC_URL" default:"http://127.0.0.1:8080" help:"what people type; used in mails"`
	SMTPURL              string `env:"SMTP_URL" help:"smtp://host:25"`
	MailFrom             string `env:"MAIL_FROM" default:"pratica@localhost" help:"sender of mails"`
	ConnectorsDir        string `env:"CONNECTORS_DIR" default:"bin/connectors" help:"folder of the connector programs"`
	LogLevel             string `env:"LOG_LEVEL" default:"info" help:"debug, info, warn or error"`
}

// notConfig are PRATICA_ variables with another purpose.
var notConfig = map[string]bool{"PRATICA_TEST_ADMIN_URL": true, "PRATICA_TEST_OWNER": true}

// readConfig reads the environment; every problem is named at once.
func readConfig(environ []string) (Config, error) {
	given := map[string]string{}
	for _, line := range environ {
		if name, value, _ := strings.Cut(line, "="); strings.HasPrefix(name, "PRATICA_") && !notConfig[name] {
			given[name] = value
		}
	}
	var c Config
	var problems []error
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name := "PRATICA_" + field.Tag.Get("env")
		value, set := given[name]
		if file, fromFile := given[name+"_FILE"]; fromFile {
			text, err := os.ReadFile(file)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s_FILE cannot be read: %w", name, errors.Unwrap(err)))
			}
			value, set = strings.TrimSpace(string(text)), true
		}
		if !set {
			value = field.Tag.Get("default")
		}
		v.Field(i).SetString(value)
		delete(given, name)
		delete(given, name+"_FILE")
	}
	for name := range given {
		problems = append(problems, fmt.Errorf("%s is no setting; `pratica doctor` lists them", name))
	}
	return c, errors.Join(problems...)
}

// errUnset is the error of a setting that is needed and not there.
var errUnset = errors.New("not set")

// need names the settings that are missing for a verb.
func (c Config) need(names ...string) error {
	var missing []error
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		for _, n := range names {
			if field.Name == n && v.Field(i).String() == "" {
				missing = append(missing, fmt.Errorf("PRATICA_%s is %w (%s)", field.Tag.Get("env"), errUnset, field.Tag.Get("help")))
			}
		}
	}
	return errors.Join(missing...)
}

// setting is a line of the doctor's list.
type setting struct{ name, state, help string }

// list names every setting and whether it is set; values stay out of it, since some are secrets.
func (c Config) list() (out []setting) {
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		s := setting{"PRATICA_" + tag.Get("env"), "set", tag.Get("help")}
		switch v.Field(i).String() {
		case "":
			s.state = "missing"
		case tag.Get("default"):
			s.state = "default"
		}
		out = append(out, s)
	}
	return out
}
