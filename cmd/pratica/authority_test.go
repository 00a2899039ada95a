package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// authority is a certificate authority of a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate

	address net.IP // of the servers it issues for, besides 127.0.0.1
}

func newAuthority(t *testing.T, dir string) *authority {
	t.Helper()
	a := &authority{t: t, dir: dir}
	a.cert = &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.file, _, a.key = a.write("ca-"+rand.Text(), a.cert, nil)
	return a
}

// issue writes a certificate for a name, good for a server on loopback and for a client, and its key.
func (a *authority) issue(name string) (cert, key string) {
	a.t.Helper()
	cert, key, _ = a.write(name, &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: slices.DeleteFunc([]net.IP{net.IPv4(127, 0, 0, 1), a.address}, func(ip net.IP) bool { return ip == nil }), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, a.key)
	return cert, key
}

func (a *authority) write(name string, template *x509.Certificate, signer *ecdsa.PrivateKey) (cert, key string, own *ecdsa.PrivateKey) {
	a.t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(a.t, err)
	if signer == nil {
		signer = own
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &own.PublicKey, signer)
	must(a.t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(own)
	must(a.t, err)
	cert, key = filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+".key")
	must(a.t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	must(a.t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	if template.IsCA {
		a.cert, err = x509.ParseCertificate(der)
		must(a.t, err)
	}
	return cert, key, own
}

// pool trusts the authority.
func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// client trusts the authority and shows a certificate, if any.
func (a *authority) client(cert, key string) *tls.Config {
	a.t.Helper()
	c := &tls.Config{RootCAs: a.pool(), ServerName: "localhost"}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		must(a.t, err)
		c.Certificates = []tls.Certificate{pair}
	}
	return c
}
