package main

import (
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net"
	"net/smtp"
	"net/url"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
)

// mailer sends mail through the configured SMTP server (smtp://[user:password@]host:port).
type mailer struct{ url, from string }

// Send sends one plain-text mail.
func (m mailer) Send(ctx context.Context, to, subject, text string) error {
	if m.url == "" {
		return fault.New(fault.Unavailable, "mail.not_configured", "Mail is not configured. Set PRATICA_SMTP_URL.")
	}
	target, err := url.Parse(m.url)
	if err != nil || strings.ContainsAny(to+subject, "\r\n") {
		return fault.New(fault.Internal, "mail.malformed", "The mail cannot be sent.")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", target.Host)
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "mail.unavailable", "The mail server does not answer.")
	}
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return err
		}
	}
	client, err := smtp.NewClient(conn, target.Hostname())
	if err != nil {
		return fault.Wrap(err, fault.Unavailable, "mail.unavailable", "The mail server does not answer.")
	}
	defer func() { _ = client.Close() }()
	if password, ok := target.User.Password(); ok {
		if err := client.Auth(smtp.PlainAuth("", target.User.Username(), password, target.Hostname())); err != nil {
			return err
		}
	}
	if err := client.Mail(m.from); err != nil {
		return err
	}
	if err := client.Rcpt(to); err != nil {
		return err
	}
	w, err := client.Data()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n%s",
		m.from, to, mime.QEncoding.Encode("utf-8", subject), time.Now().Format(time.RFC1123Z), strings.ReplaceAll(text, "\n", "\r\n"))
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return client.Quit()
}

// carry sends the mail of an outbox row.
func (m mailer) carry(ctx context.Context, row queue.Row) error {
	var message outbox.Message
	if err := json.Unmarshal(row.Payload, &message); err != nil {
		return err
	}
	return m.Send(ctx, message.To, message.Subject, message.Text)
}
