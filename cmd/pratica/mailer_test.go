package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/redact"
)

// postOffice is a mail server that answers what a test tells it to.
type postOffice struct {
	net.Listener
	answers map[string]string // to a command, instead of 250
	cert    *tls.Certificate  // offers STARTTLS
	mu      sync.Mutex
	heard   []string // commands, those over TLS with a +
}

func openPostOffice(t *testing.T, address string, cert *tls.Certificate, answers map[string]string) *postOffice {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("%s cannot be listened on here: %v", address, err)
	}
	p := &postOffice{Listener: l, cert: cert, answers: answers}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return p
}

func (p *postOffice) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	lines, over := bufio.NewScanner(conn), ""
	say := func(text string) { _, _ = fmt.Fprint(conn, text+"\r\n") }
	say("220 hello")
	for lines.Scan() {
		verb, _, _ := strings.Cut(lines.Text(), " ")
		p.mu.Lock()
		p.heard = append(p.heard, over+verb)
		p.mu.Unlock()
		answer, told := p.answers[verb]
		switch {
		case told && answer == "":
			return
		case told:
			say(answer)
		case verb == "EHLO" && over == "" && p.cert != nil:
			say("250-here\r\n250-AUTH PLAIN\r\n250 STARTTLS")
		case verb == "EHLO":
			say("250-here\r\n250 AUTH PLAIN")
		case verb == "STARTTLS":
			say("220 go")
			secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*p.cert}})
			conn, lines, over = secure, bufio.NewScanner(secure), "+"
		case verb == "AUTH":
			say("235 you are in")
		case verb == "DATA":
			say("354 go on")
			for lines.Scan() && lines.Text() != "." {
			}
			if said, told := p.answers["."]; told {
				say(said)
			} else {
				say("250 taken")
			}
		default:
			say("250 fine")
		}
	}
}

func (p *postOffice) commands() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.heard, " ")
}

// certificate is one for a host, with the pool that trusts it.
func certificate(t *testing.T, host string) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.ParseIP(host)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	must(t, err)
	parsed, err := x509.ParseCertificate(der)
	must(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

const addressee = "persona@example.test"

// TestMailEnds: what a server refuses for good ends the mail, what it puts off is tried again, what it took is not sent twice; the log knows no address.
func TestMailEnds(t *testing.T) {
	var logged bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&logged, nil)))
	defer slog.SetDefault(before)
	payload, err := json.Marshal(outbox.Message{To: addressee, Subject: "s", Text: "t"})
	must(t, err)
	for name, c := range map[string]struct {
		answers map[string]string
		again   bool
	}{
		"taken":                      {nil, false},
		"taken, no farewell":         {map[string]string{"QUIT": ""}, false},
		"taken, a rude farewell":     {map[string]string{"QUIT": "421 busy"}, false},
		"no such recipient":          {map[string]string{"RCPT": "550 no <" + addressee + "> here"}, false},
		"text refused":               {map[string]string{".": "554 not for " + addressee}, false},
		"recipient put off":          {map[string]string{"RCPT": "450 <" + addressee + "> is full"}, true},
		"sender refused":             {map[string]string{"MAIL": "550 who are you"}, true},
		"text put off":               {map[string]string{".": "451 later, " + addressee}, true},
		"connection lost in between": {map[string]string{"RCPT": ""}, true},
	} {
		p := openPostOffice(t, "127.0.0.1:0", nil, c.answers)
		err := mailer{url: "smtp://" + p.Addr().String(), from: "us@example.test"}.carry(context.Background(), queue.Row{Payload: payload})
		if (err != nil) != c.again {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), addressee) {
			t.Errorf("%s: the error names the recipient: %v", name, err)
		}
	}
	if strings.Contains(logged.String(), addressee) {
		t.Errorf("the log names the recipient: %s", logged.String())
	}
	if !strings.Contains(logged.String(), "mail refused for good") || !strings.Contains(logged.String(), "550") {
		t.Errorf("the log does not say that a mail ended: %s", logged.String())
	}
}

// TestMailIsEncrypted: a server that offers it is spoken to over TLS, with a certificate for its name or not at all; the password goes no other way.
func TestMailIsEncrypted(t *testing.T) {
	cert, roots := certificate(t, "127.0.0.1")
	p := openPostOffice(t, "127.0.0.1:0", cert, nil)
	m := mailer{url: "smtp://us:secret@" + p.Addr().String(), from: "us@example.test", roots: roots}
	must(t, m.Send(context.Background(), addressee, "s", "t"))
	if got := p.commands(); got != "EHLO STARTTLS +EHLO +AUTH +MAIL +RCPT +DATA +QUIT" {
		t.Errorf("heard %s", got)
	}
	m.roots = nil
	if err := m.Send(context.Background(), addressee, "s", "t"); err == nil {
		t.Error("a certificate nobody vouches for was taken")
	}
	other, roots := certificate(t, "127.0.0.9")
	p = openPostOffice(t, "127.0.0.1:0", other, nil)
	m = mailer{url: "smtp://us:secret@" + p.Addr().String(), from: "us@example.test", roots: roots}
	if err := m.Send(context.Background(), addressee, "s", "t"); err == nil || strings.Contains(p.commands(), "AUTH") {
		t.Errorf("the certificate of another host was taken: %v, %s", err, p.commands())
	}
	// Only 127.0.0.1, ::1 and localhost are known to be this machine; any other name may be far away.
	p = openPostOffice(t, "127.0.0.2:0", nil, nil)
	m = mailer{url: "smtp://us:secret@" + p.Addr().String(), from: "us@example.test"}
	if err := m.Send(context.Background(), addressee, "s", "t"); err == nil || strings.Contains(p.commands(), "AUTH") {
		t.Errorf("a password went out in clear: %v, %s", err, p.commands())
	}
}

// TestDoctorDialsMail: the doctor speaks to the mail server and sends nothing.
func TestDoctorDialsMail(t *testing.T) {
	p := openPostOffice(t, "127.0.0.1:0", nil, nil)
	said, err := doctorMail(context.Background(), Config{SMTPURL: redact.Secret("smtp://" + p.Addr().String())})
	must(t, err)
	if !strings.Contains(said, "not encrypted") || strings.Contains(p.commands(), "MAIL") {
		t.Errorf("%s; heard %s", said, p.commands())
	}
	_ = p.Close()
	if _, err := doctorMail(context.Background(), Config{SMTPURL: redact.Secret("smtp://" + p.Addr().String())}); err == nil {
		t.Error("a server that is away is well")
	}
	if _, err := doctorMail(context.Background(), Config{}); !errors.Is(err, errUnset) {
		t.Errorf("no server: %v", err)
	}
}
