package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// outer is how the server meets the world: nil TLS is plain http, on loopback or behind a proxy that ends TLS.
type outer struct {
	tls   *tls.Config
	plain http.Handler // of the plain port beside it
}

// openOuter reads the settings of TLS. TLS is 1.3 or not at all: every browser the workspace runs in has it.
func openOuter(cfg Config) (outer, error) {
	own, byACME := cfg.TLSCertFile+cfg.TLSKeyFile != "", cfg.ACMEDomains != ""
	secure := strings.HasPrefix(cfg.PublicURL, "https://")
	switch {
	case own && byACME:
		return outer{}, errors.New("PRATICA_TLS_CERT_FILE and PRATICA_ACME_DOMAINS are both set; the certificate is either yours or fetched")
	case !own && !byACME && cfg.PlainListen != "":
		return outer{}, errors.New("PRATICA_PLAIN_LISTEN redirects to https, and there is none; set PRATICA_TLS_CERT_FILE and PRATICA_TLS_KEY_FILE, or PRATICA_ACME_DOMAINS")
	case !own && !byACME:
		return outer{}, nil
	case !secure:
		return outer{}, errors.New("PRATICA_PUBLIC_URL must begin with https:// when TLS is on: mails and cookies follow it")
	}
	redirect := redirectTo(cfg.PublicURL)
	if own {
		c := &keyPair{cert: cfg.TLSCertFile, key: cfg.TLSKeyFile, now: time.Now}
		if err := c.load(); err != nil {
			return outer{}, fmt.Errorf("PRATICA_TLS_CERT_FILE, PRATICA_TLS_KEY_FILE: %w", err)
		}
		return outer{&tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: c.get}, redirect}, nil
	}
	m, err := acmeManager(cfg)
	if err != nil {
		return outer{}, err
	}
	config := m.TLSConfig() // answers the ACME server's challenge within TLS
	config.MinVersion = tls.VersionTLS13
	return outer{config, m.HTTPHandler(redirect)}, nil
}

// keyPair is a pair of files that somebody renews: it is read anew when they change, for the next connection. Those that stand
// go on. A pair that cannot be read, as while it is being written, leaves the one before in place.
type keyPair struct {
	cert, key string
	now       func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   string // of the files as they were last looked at
	next    time.Time
}

func (c *keyPair) load() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return err
	}
	c.current, c.stamp = &pair, c.look()
	return nil
}

// look is what changes when either file does.
func (c *keyPair) look() (stamp string) {
	for _, name := range []string{c.cert, c.key} {
		if info, err := os.Stat(name); err == nil {
			stamp += fmt.Sprint(info.ModTime().UnixNano(), info.Size(), " ")
		}
	}
	return stamp
}

func (c *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.After(c.next) {
		c.next = now.Add(time.Second)
		if stamp := c.look(); stamp != c.stamp {
			if err := c.load(); err != nil {
				slog.Warn("the certificate has changed and cannot be read; the one before stays", "error", err)
			}
		}
	}
	return c.current, nil
}

// acmeManager fetches and renews certificates for the named domains and no others: whoever asks for another name gets none.
func acmeManager(cfg Config) (*autocert.Manager, error) {
	if cfg.ACMECacheDir == "" {
		return nil, errors.New("PRATICA_ACME_CACHE_DIR is not set: without a folder every start would ask for new certificates, and ACME servers refuse that soon")
	}
	client := &acme.Client{DirectoryURL: cfg.ACMEDirectoryURL}
	if cfg.ACMECAFile != "" {
		pool, err := authorities(cfg.ACMECAFile)
		if err != nil {
			return nil, fmt.Errorf("PRATICA_ACME_CA_FILE: %w", err)
		}
		client.HTTPClient = &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	}
	return &autocert.Manager{Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(cfg.ACMECacheDir), HostPolicy: autocert.HostWhitelist(commas(cfg.ACMEDomains)...), Client: client}, nil
}

func authorities(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in PEM form in it")
	}
	return pool, nil
}

// redirectTo sends readers to the public URL, never to where a Host header says. What changes something is refused: it has been
// sent in the clear already, and the sender should learn of it.
func redirectTo(public string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "This port takes nothing; use https.", http.StatusForbidden)
			return
		}
		http.Redirect(w, r, strings.TrimSuffix(public, "/")+r.URL.RequestURI(), http.StatusPermanentRedirect)
	})
}

func commas(text string) (out []string) {
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
