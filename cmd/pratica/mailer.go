package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"net/url"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
)

// mailer sends mail through the configured SMTP server (smtp://[user:password@]host:port).
type mailer struct {
	url, from string
	roots     *x509.CertPool // who vouches for the server; nil: the machine's own
}

// errSpent: the server refuses this mail for good, whenever it is sent again.
var errSpent = errors.New("refused for good")

// Send sends one plain-text mail. Its errors hold no address: what a server says in its answers is left out of them.
func (m mailer) Send(ctx context.Context, to, subject, text string) error {
	if strings.ContainsAny(to+subject, "\r\n") {
		return fault.Wrap(errSpent, fault.Internal, "mail.malformed", "The mail cannot be sent.")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	client, err := m.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if err := client.Mail(m.from); err != nil {
		return refused("the sender", err)
	}
	if err := client.Rcpt(to); err != nil {
		return lasting(refused("the recipient", err), err)
	}
	w, err := client.Data()
	if err != nil {
		return refused("to take a mail", err)
	}
	_, err = fmt.Fprintf(w, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s",
		m.from, to, mime.QEncoding.Encode("utf-8", subject), time.Now().Format(time.RFC1123Z), strings.ReplaceAll(text, "\n", "\r\n"))
	if err != nil {
		return refused("the text", err)
	}
	if err := w.Close(); err != nil {
		return lasting(refused("the text", err), err)
	}
	_ = client.Quit() // the mail is taken: a farewell that goes wrong would send it twice
	return nil
}

// dial connects and signs in. It goes on encrypted when the server offers that, to the host that was named and no other;
// a password goes out encrypted only, or to this very machine.
func (m mailer) dial(ctx context.Context) (client *smtp.Client, err error) {
	if m.url == "" {
		return nil, fault.New(fault.Unavailable, "mail.not_configured", "Mail is not configured. Set PRATICA_SMTP_URL.")
	}
	target, err := url.Parse(m.url)
	if err != nil || target.Scheme != "smtp" || target.Host == "" {
		return nil, fault.New(fault.Internal, "mail.url", "PRATICA_SMTP_URL cannot be read. It looks like smtp://user:password@host:587.")
	}
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", target.Host)
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "mail.unavailable", "The mail server does not answer.")
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return nil, err
		}
	}
	if client, err = smtp.NewClient(conn, target.Hostname()); err != nil {
		return nil, refused("the connection", err)
	}
	if offered, _ := client.Extension("STARTTLS"); offered {
		if err := client.StartTLS(&tls.Config{ServerName: target.Hostname(), MinVersion: tls.VersionTLS12, RootCAs: m.roots}); err != nil {
			return nil, refused("an encrypted connection", err)
		}
	}
	if password, ok := target.User.Password(); ok {
		// PlainAuth itself keeps the password to encrypted connections and loopback.
		if err := client.Auth(smtp.PlainAuth("", target.User.Username(), password, target.Hostname())); err != nil {
			return nil, refused("the sign-in", err)
		}
	}
	return client, nil
}

// refused says what a server did not take. Its own words are left out, only their number is kept: servers like to
// repeat the address in them.
func refused(what string, err error) error {
	var said *textproto.Error
	if errors.As(err, &said) {
		err = fmt.Errorf("answer %d", said.Code)
	}
	return fault.Wrap(err, fault.Unavailable, "mail.refused", "The mail server refuses "+what+".")
}

// lasting marks a refusal that concerns this mail and will be the same next time: an answer of the five hundreds.
func lasting(refusal, err error) error {
	var said *textproto.Error
	if errors.As(err, &said) && said.Code/100 == 5 {
		return errors.Join(errSpent, refusal)
	}
	return refusal
}

// carry sends the mail of an outbox row. A mail that is refused for good has come to its end: its row is not sent again.
func (m mailer) carry(ctx context.Context, row queue.Row) error {
	var message outbox.Message
	if err := json.Unmarshal(row.Payload, &message); err != nil {
		return err
	}
	err := m.Send(ctx, message.To, message.Subject, message.Text)
	if errors.Is(err, errSpent) {
		slog.Warn("mail refused for good", "outbox", row.ID, "error", err)
		return nil
	}
	return err
}
