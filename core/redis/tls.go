package redis

import (
	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/pratica-crm/pratica/core/fault"
)

// Files secure a rediss:// connection: CA is who vouches for the server (empty: whom this machine trusts), Cert and Key are what
// this client shows, PEM each. Cert and key are read anew for every connection, so that a renewed one needs no restart.
type Files struct{ CA, Cert, Key string }

// secure lays the files into what a URL asks for; to is nil for a plain one.
func (f Files) secure(to *tls.Config) error {
	if f == (Files{}) {
		return nil
	}
	if to == nil {
		return fault.New(fault.Invalid, "config.redis_tls", "Certificates for Redis are set, and its URL is plain. Write rediss:// instead of redis://.")
	}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		to.RootCAs = x509.NewCertPool()
		if err != nil || !to.RootCAs.AppendCertsFromPEM(pem) {
			return fault.Wrap(err, fault.Invalid, "config.redis_ca", "The CA file for Redis cannot be read, or has no certificate in PEM form.")
		}
	}
	if f.Cert == "" && f.Key == "" {
		return nil
	}
	load := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		c, err := tls.LoadX509KeyPair(f.Cert, f.Key)
		return &c, err
	}
	if _, err := load(nil); err != nil {
		return fault.Wrap(err, fault.Invalid, "config.redis_certificate", "The client certificate for Redis and its key cannot be read, or do not fit each other.")
	}
	to.GetClientCertificate = load
	return nil
}
