package mockbank

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Authority issues the certificates of a test: the bank's own, and those by which clients are known. It is trusted by nobody else.
type Authority struct {
	CA     []byte // PEM of the authority's certificate
	Server tls.Certificate
	QWAC   []byte // PEM of a client's certificate for TLS, and its key
	QSEAL  []byte // PEM of a client's certificate for signatures, and its key (RSA, as the framework wants)
	Pool   *x509.CertPool
}

// organisation is the attribute that names a payment service provider in its certificates.
var organisation = asn1.ObjectIdentifier{2, 5, 4, 97}

// NewAuthority makes an authority and its certificates, good for a year. hosts are the bank's names and addresses besides localhost.
func NewAuthority(hosts ...string) (*Authority, error) {
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Mock bank authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	root, err := issue(ca, ca, nil, nil)
	if err != nil {
		return nil, err
	}
	ca = root.certificate
	out := &Authority{Pool: x509.NewCertPool()}
	out.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw})
	out.Pool.AddCert(ca)

	server := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Mock bank"}, DNSNames: []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			server.IPAddresses = append(server.IPAddresses, ip)
		} else if host != "" {
			server.DNSNames = append(server.DNSNames, host)
		}
	}
	provider := pkix.Name{CommonName: "broker.example", Country: []string{"IT"}, Organization: []string{"Broker di prova"},
		ExtraNames: []pkix.AttributeTypeAndValue{{Type: organisation, Value: "PSDIT-BI-00001"}}}
	qwac := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: provider, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	qseal := &x509.Certificate{SerialNumber: big.NewInt(4), Subject: provider, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment}
	sealKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	var own issued
	if own, err = issue(server, ca, nil, root.key); err == nil {
		out.Server, err = tls.X509KeyPair(own.pem, own.pem)
	}
	if err == nil {
		own, err = issue(qwac, ca, nil, root.key)
		out.QWAC = own.pem
	}
	if err == nil {
		own, err = issue(qseal, ca, sealKey, root.key)
		out.QSEAL = own.pem
	}
	return out, err
}

type issued struct {
	certificate *x509.Certificate
	key         crypto.Signer
	pem         []byte // certificate and key
}

// issue signs a certificate; without a signer it signs itself, without a key it has a new one.
func issue(template, parent *x509.Certificate, key, signer crypto.Signer) (issued, error) {
	var err error
	if key == nil {
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return issued{}, err
		}
	}
	if signer == nil {
		signer = key
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return issued{}, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return issued{}, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return issued{}, err
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})...)
	return issued{certificate, key, text}, nil
}

// Write puts ca.pem, qwac.pem and qseal.pem into a folder, for a client to be set up with.
func (a *Authority) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for name, text := range map[string][]byte{"ca.pem": a.CA, "qwac.pem": a.QWAC, "qseal.pem": a.QSEAL} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return fmt.Errorf("cannot write the test certificates: %w", err)
		}
	}
	return nil
}

// TLS is how a bank listens: clients may show a certificate of the authority, and must where a dial says so.
func (a *Authority) TLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.Server}, MinVersion: tls.VersionTLS12, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: a.Pool}
}
