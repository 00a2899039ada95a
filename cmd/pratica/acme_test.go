package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"golang.org/x/net/dns/dnsmessage"
)

// TestACME: a real ACME server checks over TLS that the name is ours and issues the certificate; the second start takes it from the
// folder; another name gets none.
func TestACME(t *testing.T) {
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	own := newAuthority(t, t.TempDir())
	ours := listener(t)
	root, issuer := pebble(t, ours.Addr().(*net.TCPAddr).Port)
	directory := listener(t)
	cert, key := own.issue("acme")
	pair := &keyPair{cert: cert, key: key, now: time.Now}
	must(t, pair.load())
	opened(t, door{l: directory, tls: &tls.Config{GetCertificate: pair.get, MinVersion: tls.VersionTLS13}, h: issuer})
	cfg := Config{ACMEDomains: "pratica.example, www.pratica.example", ACMECacheDir: filepath.Join(t.TempDir(), "acme"), ACMECAFile: own.file, PublicURL: "https://pratica.example",
		ACMEDirectoryURL: "https://" + directory.Addr().String() + wfe.DirectoryPath}
	shows := func(l net.Listener, name string) (string, error) {
		conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: root, ServerName: name})
		if err != nil {
			return "", err
		}
		defer func() { _ = conn.Close() }()
		if v := conn.ConnectionState().Version; v != tls.VersionTLS13 {
			t.Errorf("TLS %x", v)
		}
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.String(), nil
	}
	out, err := openOuter(cfg)
	must(t, err)
	opened(t, door{l: ours, tls: out.tls, h: http.NotFoundHandler()})
	first, err := shows(ours, "pratica.example")
	must(t, err)
	if _, err := shows(ours, "other.example"); err == nil {
		t.Error("another name got a certificate")
	}
	out, err = openOuter(cfg)
	must(t, err)
	again := listener(t)
	opened(t, door{l: again, tls: out.tls, h: http.NotFoundHandler()})
	if second, err := shows(again, "pratica.example"); err != nil || second != first {
		t.Errorf("after a new start: %s, %v, first %s", second, err, first)
	}
}

// pebble is an ACME server that finds every name on loopback, at a port.
func pebble(t *testing.T, port int) (root *x509.CertPool, h http.Handler) {
	t.Helper()
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "the default"}})
	front := wfe.New(quiet, store, va.New(quiet, 1, port, false, loopbackDNS(t), store), issuer, []string{"acme.example"}, false, false, 1, 1)
	block, _ := pem.Decode(issuer.GetRootCert(0).PEM())
	cert, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	root = x509.NewCertPool()
	root.AddCert(cert)
	return root, front.Handler()
}

// loopbackDNS answers 127.0.0.1 to every name, over TCP.
func loopbackDNS(t *testing.T) string {
	t.Helper()
	l := listener(t)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				for answerDNS(conn) == nil {
				}
			}()
		}
	}()
	return l.Addr().String()
}

// answerDNS answers one question; each message comes with its length.
func answerDNS(conn net.Conn) error {
	var size uint16
	if err := binary.Read(conn, binary.BigEndian, &size); err != nil {
		return err
	}
	raw := make([]byte, size)
	if _, err := io.ReadFull(conn, raw); err != nil {
		return err
	}
	var m dnsmessage.Message
	if err := m.Unpack(raw); err != nil {
		return err
	}
	m.Response, m.Additionals = true, nil
	for _, q := range m.Questions {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}}})
		}
	}
	answer, err := m.Pack()
	if err != nil {
		return err
	}
	_, err = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	return err
}
