package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/natsjs"
	"github.com/pratica-crm/pratica/core/schema"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/plugins/host/jail"
	"github.com/pratica-crm/pratica/policies"
)

// DoctorCmd looks at everything a server or worker needs and changes nothing.
type DoctorCmd struct{}

// check is one thing the doctor looks at: an error says what is wrong and what mends it.
type check struct {
	name string
	ask  func(context.Context) (string, error)
}

// Run prints a line for each check and exits 1 when one is not well.
func (DoctorCmd) Run(ctx context.Context) error {
	cfg, err := readConfig(os.Environ())
	if err != nil {
		fmt.Printf("%-9s settings: %v\n", "wrong", err)
	}
	sick := examine(ctx, os.Stdout, checks(cfg))
	warn(os.Stdout, cfg)
	settings(os.Stdout, cfg)
	if sick > 0 || err != nil {
		return &ExitError{exitRefused, fmt.Errorf("%d checks are not well; `pratica dev` needs only the first", sick)}
	}
	return nil
}

func examine(ctx context.Context, w io.Writer, all []check) (sick int) {
	for _, c := range all {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		found, err := c.ask(ctx)
		cancel()
		if err != nil {
			sick++
			word := "wrong"
			if errors.Is(err, errUnset) {
				word = "missing"
			}
			fmt.Fprintf(w, "%-9s %s: %v\n", word, c.name, err)
			continue
		}
		fmt.Fprintf(w, "%-9s %s: %s\n", "ok", c.name, found)
	}
	return sick
}

func checks(cfg Config) []check {
	return []check{
		{"PostgreSQL programs (for dev and tests)", func(context.Context) (string, error) { return postgres.Binaries() }},
		{"database and Redis, in transit", func(context.Context) (string, error) { return "on this machine, or by verified TLS", cfg.stores() }},
		{"database, application role", func(ctx context.Context) (string, error) {
			return "connects, and row security holds it", doctorApp(ctx, cfg)
		}},
		{"database, schema", func(ctx context.Context) (string, error) {
			if err := cfg.need("DatabaseURL"); err != nil {
				return "", err
			}
			return "as this program needs it", schema.Check(ctx, cfg.DatabaseURL.Reveal())
		}},
		{"clock", func(ctx context.Context) (string, error) { return doctorClock(ctx, cfg) }},
		{"database, directory role", connects(cfg, "DatabaseDirectoryURL", cfg.DatabaseDirectoryURL.Reveal())},
		{"database, network role", connects(cfg, "DatabaseNetworkURL", cfg.DatabaseNetworkURL.Reveal())},
		{"database, operator role", connects(cfg, "DatabaseOperatorURL", cfg.DatabaseOperatorURL.Reveal())},
		{"Redis", func(ctx context.Context) (string, error) { return "answers", doctorRedis(ctx, cfg) }},
		{"queue", func(ctx context.Context) (string, error) { return doctorQueue(ctx, cfg) }},
		{"documents store", func(ctx context.Context) (string, error) { return doctorContents(ctx, cfg) }},
		{"malware scanner", func(ctx context.Context) (string, error) { return doctorScanner(ctx, cfg) }},
		{"root key", func(context.Context) (string, error) {
			root, err := cfg.root()
			if err != nil {
				return "", err
			}
			return "wraps and opens", root.Check()
		}},
		{"audit key", func(context.Context) (string, error) {
			if err := cfg.need("KeyFile"); err != nil {
				return "", err
			}
			_, err := audit.OpenKey(cfg.auditKey(), false)
			return "opens", err
		}},
		{"connectors", func(context.Context) (string, error) { return doctorConnectors(cfg) }},
		{"jail", func(context.Context) (string, error) { return doctorJail(cfg) }},
		{"mail", func(ctx context.Context) (string, error) { return doctorMail(ctx, cfg) }},
	}
}

func doctorApp(ctx context.Context, cfg Config) error {
	if err := cfg.need("DatabaseURL"); err != nil {
		return err
	}
	policy, err := policies.New()
	if err != nil {
		return err
	}
	db, err := tenancy.Open(ctx, cfg.DatabaseURL.Reveal(), 1, policy, time.Now)
	if err == nil {
		db.Close()
	}
	return err
}

func connects(cfg Config, name, url string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if err := cfg.need(name); err != nil {
			return "", err
		}
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return "", errors.New("the database does not answer, or refuses this role; `pratica migrate --admin-url …` makes the roles and their passwords")
		}
		return "connects", conn.Close(ctx)
	}
}

func doctorRedis(ctx context.Context, cfg Config) error {
	if err := cfg.need("RedisURL"); err != nil {
		return err
	}
	client, err := cfg.openRedis()
	if err != nil {
		return err
	}
	return errors.Join(client.Ping(ctx), client.Close())
}

// doctorQueue looks at what dispatches operations.
func doctorQueue(ctx context.Context, cfg Config) (string, error) {
	if cfg.QueueURL == "" {
		return "operations are dispatched over Redis", nil
	}
	q, err := natsjs.Open(cfg.QueueURL.Reveal())
	if err != nil {
		return "", err
	}
	defer q.Close()
	return "NATS answers, with JetStream", q.Look(ctx)
}

// doctorMail goes as far as signing in to the mail server; it sends nothing.
func doctorMail(ctx context.Context, cfg Config) (string, error) {
	if err := cfg.need("SMTPURL"); err != nil {
		return "", err
	}
	client, err := mailer{url: cfg.SMTPURL.Reveal(), from: cfg.MailFrom}.dial(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = client.Close() }()
	if _, encrypted := client.TLSConnectionState(); encrypted {
		return "the server answers, encrypted", nil
	}
	return "the server answers, not encrypted: it offers no STARTTLS", nil
}

func doctorFolder(cfg Config) error {
	if err := cfg.need("BlobDir"); err != nil {
		return err
	}
	probe, err := os.CreateTemp(cfg.BlobDir, ".doctor-*")
	if err != nil {
		return errors.New("the folder cannot be written; make it and give it to the user the program runs as")
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

func doctorConnectors(cfg Config) (string, error) {
	sums := filepath.Join(cfg.ConnectorsDir, "SHA256SUMS")
	if _, err := os.Stat(sums); err != nil {
		return "", errors.New("there are none: lenders are served by hand; `make build` builds the first-party ones and their checksums, PRATICA_CONNECTORS_DIR names the folder")
	}
	return sums, nil
}

// doctorJail makes a cell and tells which layers it has.
func doctorJail(cfg Config) (string, error) {
	policy, err := jailPolicy(cfg)
	if err != nil {
		return "", err
	}
	scratch, err := os.MkdirTemp("", "pratica-doctor-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(scratch)
	cells, err := jail.Open(policy, scratch)
	if err != nil {
		return "", err
	}
	var there, absent []string
	for _, l := range cells.Layers() {
		if l.Active {
			there = append(there, l.Name)
		} else {
			absent = append(absent, l.Name+" ("+l.Why+")")
		}
	}
	if len(there) == 0 {
		return "", errors.New("connectors run with all the rights of this user: " + cells.Layers()[0].Why)
	}
	return "connectors are shut in by " + strings.Join(there, ", ") + "; absent: " + strings.Join(absent, ", "), nil
}

// warn names the secrets that are not in files. It keeps nothing from starting: some platforms know no other way.
func warn(w io.Writer, cfg Config) {
	for _, name := range cfg.inline {
		fmt.Fprintf(w, "%-9s %s is a secret and stands in the environment, where child processes, crash reports and whoever may look at the process read it; write it to a file that this user alone reads, and set %s_FILE\n", "warning", name, name)
	}
}

// settings lists every setting, with secrets left out.
func settings(w io.Writer, cfg Config) {
	fmt.Fprintln(w, "\nsettings (each may come from a file: PRATICA_…_FILE)")
	for _, s := range cfg.list() {
		fmt.Fprintf(w, "  %-36s %-8s %s\n", s.name, s.state, s.help)
	}
}
