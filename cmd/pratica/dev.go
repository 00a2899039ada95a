package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"golang.org/x/sync/errgroup"

	"github.com/pratica-crm/pratica/cmd/pratica/local/mailsink"
	"github.com/pratica-crm/pratica/cmd/pratica/local/postgres"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/schema"
)

// DevCmd is the whole product on one machine, without configuration.
type DevCmd struct {
	Dir    string `help:"Where data is kept." default:".pratica" type:"path"`
	Listen string `help:"Address of the workspace." default:"127.0.0.1:8080"`
	Demo   bool   `help:"Load demo data at the first start." default:"true" negatable:""`
}

// Run starts everything, prints where it is, and stops everything when it is told to.
func (d DevCmd) Run(ctx context.Context, cfg Config) error {
	began := time.Now()
	if err := setLog(cfg.LogLevel); err != nil {
		return err
	}
	pg, err := postgres.Start(ctx, postgres.Options{Dir: filepath.Join(d.Dir, "postgres")})
	if err != nil {
		return err
	}
	defer pg.Stop()
	demo, err := d.beginDemo(ctx, pg)
	if err != nil {
		return err
	}
	if cfg, err = d.prepare(ctx, cfg, pg); err != nil {
		return err
	}
	mails, err := mailsink.Start()
	if err != nil {
		return err
	}
	defer mails.Close()
	cfg.SMTPURL = redact.Secret(mails.URL())
	if cfg.RedisURL == "" {
		local, err := startRedis(ctx)
		if err != nil {
			return err
		}
		defer local.Close()
		cfg.RedisURL = redact.Secret("redis://" + local.Addr() + "/0")
	}
	l, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w (another program has that port; use --listen 127.0.0.1:0 for a free one)", d.Listen, errors.Unwrap(err))
	}
	cfg.PublicURL = "http://" + d.address(l)
	cfg = cfg.unlimited()
	if demo {
		if err := d.finishDemo(ctx, cfg); err != nil || ctx.Err() != nil {
			return err
		}
	}
	bank, stopBank, err := startBank(d.Dir)
	if err != nil {
		return err
	}
	defer stopBank()
	cfg.EgressPrivate += "," + strings.TrimPrefix(bank, "http://") // it is on this machine
	a, err := openPlugged(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	if err := connectBanks(ctx, a, bank); err != nil {
		return err
	}
	if a.mail, err = letters(d.Dir, a.mail); err != nil {
		return err
	}
	links, err := a.demoLinks(ctx)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/dev/mail", mails)
	group, ctx := errgroup.WithContext(ctx)
	h, beside := a.handler(ctx)
	mux.Handle("/", h)
	group.Go(func() error { return serve(ctx, beside, door{l: l, h: mux}) })
	group.Go(func() error { return a.work(ctx) })
	box(slices.Concat([]string{"Pratica   " + cfg.PublicURL, ""}, links, []string{
		"",
		"Mail      " + cfg.PublicURL + "/dev/mail",
		"Bank      " + bank + "/",
		"API       " + cfg.PublicURL + "/api/docs",
		"",
		fmt.Sprintf("ready in %d ms · Ctrl-C stops everything", time.Since(began).Milliseconds()),
	}))
	return group.Wait()
}

// address is what people type: the name dev was told to listen under, because passkeys are bound to a name, and the port it got.
func (d DevCmd) address(l net.Listener) string {
	host, _, err := net.SplitHostPort(d.Listen)
	if _, numeric := netip.ParseAddr(host); err != nil || host == "" || numeric == nil {
		return l.Addr().String()
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return net.JoinHostPort(host, port)
}

// devDatabase is the name of dev's database.
const devDatabase = "pratica"

// passwordFile holds the password of the database's roles: a directory with it has been used.
const passwordFile = "role-password"

// blobFolder is where dev keeps documents.
const blobFolder = "documents"

// prepare makes secrets, roles and schema; all of it is there already on the second start.
func (d DevCmd) prepare(ctx context.Context, cfg Config, pg *postgres.Server) (Config, error) {
	password, err := secret(filepath.Join(d.Dir, passwordFile))
	if err != nil {
		return cfg, err
	}
	if err := schema.Bootstrap(ctx, pg.AdminURL(), devDatabase, password); err != nil {
		return cfg, err
	}
	cfg.DatabaseOwnerURL = redact.Secret(pg.URL("pratica_owner", password, devDatabase))
	cfg.DatabaseURL = redact.Secret(pg.URL("pratica_app", password, devDatabase))
	cfg.DatabaseDirectoryURL = redact.Secret(pg.URL("pratica_directory", password, devDatabase))
	cfg.DatabaseNetworkURL = redact.Secret(pg.URL("pratica_network", password, devDatabase))
	cfg.DatabaseOperatorURL = redact.Secret(pg.URL("pratica_operator", password, devDatabase))
	cfg.BlobDir = filepath.Join(d.Dir, blobFolder)
	cfg.KeyFile = filepath.Join(d.Dir, "root.key")
	if _, err := crypto.OpenRoot(cfg.KeyFile, true); err != nil {
		return cfg, err
	}
	if _, err := audit.OpenKey(cfg.auditKey(), true); err != nil {
		return cfg, err
	}
	_, err = schema.Migrate(ctx, cfg.DatabaseOwnerURL.Reveal())
	return cfg, err
}

// secret reads a secret, made at random the first time.
func secret(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return string(text), nil
	}
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("make secret: %w", err)
	}
	made := hex.EncodeToString(raw)
	if err := os.WriteFile(path, []byte(made), 0o600); err != nil {
		return "", fmt.Errorf("keep secret: %w", err)
	}
	return made, nil
}

// startRedis runs Redis inside this process. Its clock stands still unless somebody moves it.
func startRedis(ctx context.Context) (*miniredis.Miniredis, error) {
	m := miniredis.NewMiniRedis()
	if err := m.Start(); err != nil {
		return nil, fmt.Errorf("start in-process redis: %w", err)
	}
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				m.FastForward(time.Second)
			}
		}
	}()
	return m, nil
}

// box prints lines in a frame.
func box(lines []string) {
	width := 0
	for _, l := range lines {
		width = max(width, len([]rune(l)))
	}
	fmt.Println("┌" + strings.Repeat("─", width+2) + "┐")
	for _, l := range lines {
		fmt.Println("│ " + l + strings.Repeat(" ", width-len([]rune(l))) + " │")
	}
	fmt.Println("└" + strings.Repeat("─", width+2) + "┘")
}
