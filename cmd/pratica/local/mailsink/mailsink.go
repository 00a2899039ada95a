// Package mailsink takes every mail of `pratica dev` and shows it on a page; nothing leaves the machine.
package mailsink

import (
	"fmt"
	"html/template"
	"io"
	"mime"
	"net"
	"net/http"
	"net/mail"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

const kept = 200

// Message is a mail as it came in.
type Message struct {
	At      time.Time
	To      string
	Subject string
	Text    string
}

// Sink is an SMTP server on a loopback port.
type Sink struct {
	server   *smtp.Server
	addr     net.Addr
	mu       sync.Mutex
	messages []Message
}

// Start listens on a free port.
func Start() (*Sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for mail: %w", err)
	}
	s := &Sink{addr: l.Addr()}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{sink: s}, nil }))
	s.server.Domain = "localhost"
	s.server.MaxMessageBytes = 1 << 20
	go func() { _ = s.server.Serve(l) }() // ends with Close
	return s, nil
}

// URL is where mail is sent.
func (s *Sink) URL() string { return "smtp://" + s.addr.String() }

// Close stops taking mail.
func (s *Sink) Close() { _ = s.server.Close() }

// Messages are the mails taken, newest first.
func (s *Sink) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Message, 0, len(s.messages))
	for i := len(s.messages) - 1; i >= 0; i-- {
		out = append(out, s.messages[i])
	}
	return out
}

type session struct {
	sink *Sink
	to   string
}

func (s *session) Mail(string, *smtp.MailOptions) error      { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error { s.to = to; return nil }
func (s *session) Reset()                                    { s.to = "" }
func (s *session) Logout() error                             { return nil }

func (s *session) Data(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return err
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		subject = m.Header.Get("Subject")
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.messages = append(s.sink.messages, Message{At: time.Now(), To: s.to, Subject: subject, Text: string(body)})
	if len(s.sink.messages) > kept {
		s.sink.messages = s.sink.messages[1:]
	}
	return nil
}

var page = template.Must(template.New("mail").Parse(`<!doctype html><html lang="it"><meta charset="utf-8"><title>Posta · Mail</title>
<style>body{font:15px/1.5 system-ui;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1c2b2b}article{border:1px solid #d5dede;border-radius:8px;padding:1rem;margin:1rem 0}
pre{white-space:pre-wrap;font:14px ui-monospace,monospace}small{color:#5b6b6b}@media(prefers-color-scheme:dark){body{background:#131a1a;color:#dce6e6}article{border-color:#334}small{color:#9ab}}</style>
<h1>Posta in uscita · Outgoing mail</h1>
{{range .}}<article><small>{{.At.Format "2006-01-02 15:04:05"}} · {{.To}}</small><h2>{{.Subject}}</h2><pre>{{.Text}}</pre></article>
{{else}}<p>Nessun messaggio finora. · No mail yet.</p>{{end}}</html>`))

// ServeHTTP shows the mails.
func (s *Sink) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = page.Execute(w, s.Messages())
}
