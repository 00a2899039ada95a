package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pratica-crm/pratica/core/redact"
	"github.com/pratica-crm/pratica/core/redis"
)

// stores refuses settings under which what the product keeps would travel where others can read or change it: a database or Redis
// that is not on this machine is spoken to by TLS that verifies whom it speaks to, or the setting says that it need not.
func (c Config) stores() error {
	if c.InsecureTransport == "yes" {
		return nil
	}
	var all []error
	for name, url := range map[string]redact.Secret{"DATABASE_URL": c.DatabaseURL, "DATABASE_DIRECTORY_URL": c.DatabaseDirectoryURL,
		"DATABASE_NETWORK_URL": c.DatabaseNetworkURL, "DATABASE_OPERATOR_URL": c.DatabaseOperatorURL} {
		if url != "" && !safePostgres(url.Reveal()) {
			all = append(all, fmt.Errorf("PRATICA_%s leads elsewhere without verified TLS; add sslmode=verify-full (with sslrootcert=…, and sslcert=… and sslkey=… for a client certificate), or set PRATICA_INSECURE_TRANSPORT=yes where the network itself is trusted", name))
		}
	}
	if c.RedisURL != "" && !safeRedis(c.RedisURL.Reveal()) {
		all = append(all, errors.New("PRATICA_REDIS_URL leads elsewhere without verified TLS; write rediss:// (with PRATICA_REDIS_CA_FILE, and PRATICA_REDIS_CERT_FILE and PRATICA_REDIS_KEY_FILE for a client certificate), or set PRATICA_INSECURE_TRANSPORT=yes where the network itself is trusted"))
	}
	if c.QueueURL != "" && !safeQueue(c.QueueURL.Reveal()) {
		all = append(all, errors.New("PRATICA_QUEUE_URL leads elsewhere without verified TLS; write tls://, or set PRATICA_INSECURE_TRANSPORT=yes where the network itself is trusted"))
	}
	return errors.Join(all...)
}

// safePostgres looks at every way the driver would try: with sslmode=prefer the last one is plain text. What cannot be read is
// judged where it is used.
func safePostgres(raw string) bool {
	config, err := pgconn.ParseConfig(raw)
	if err != nil {
		return true
	}
	verified := func(host string, t *tls.Config) bool {
		return near(host) || t != nil && !t.InsecureSkipVerify
	}
	safe := verified(config.Host, config.TLSConfig)
	for _, f := range config.Fallbacks {
		safe = safe && verified(f.Host, f.TLSConfig)
	}
	return safe
}

// safeQueue: tls:// verifies whom it speaks to.
func safeQueue(raw string) bool {
	u, err := url.Parse(raw)
	return err != nil || near(u.Hostname()) || u.Scheme == "tls"
}

func safeRedis(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "unix" {
		return true
	}
	if strings.TrimSuffix(u.Scheme, "+cluster") == "rediss" {
		return near(u.Hostname()) || !u.Query().Has("skip_verify")
	}
	for _, node := range u.Query()["addr"] { // a cluster's other nodes
		if host, _, err := net.SplitHostPort(node); err != nil || !near(host) {
			return false
		}
	}
	return near(u.Hostname())
}

// near is this machine: a socket in the file system, or loopback.
func near(host string) bool {
	ip := net.ParseIP(host)
	return strings.HasPrefix(host, "/") || host == "localhost" || ip != nil && ip.IsLoopback()
}

// openRedis connects Redis with the certificates of the settings.
func (c Config) openRedis() (*redis.Client, error) {
	return redis.OpenTLS(c.RedisURL.Reveal(), redis.Files{CA: c.RedisCAFile, Cert: c.RedisCertFile, Key: c.RedisKeyFile})
}
