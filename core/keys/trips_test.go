package keys_test

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// TestOneRoundTrip: with the agency's keys in memory, a subject and a file are read in one round trip: the server answers «ready» once.
func TestOneRoundTrip(t *testing.T) {
	o := office.New(t)
	app, person, _ := o.Peopled(t)
	ctx := context.Background()
	address, ready := listening(t, o.URL("pratica_app"))
	db, err := tenancy.Open(ctx, address, 1, o.Policy, o.Clock.Now)
	must(t, err)
	defer db.Close()
	keys.Open(db, o.Root, o.Clock.Now)
	files := applications.New(db, o.Engine, documents.Source{})
	people := subjects.New(db, files)
	for name, read := range map[string]func() error{
		"subject": func() error { _, err := people.Get(ctx, o.A.Do("broker", "subjects.read"), person); return err },
		"file":    func() error { _, err := files.Get(ctx, o.A.Do("broker", "applications.read"), app.ID); return err },
	} {
		must(t, read()) // the statements are prepared now, and the keys fetched
		before := ready.Load()
		must(t, read())
		if n := ready.Load() - before; n != 1 {
			t.Errorf("%s: %d round trips", name, n)
		}
	}
}

// listening stands between the door and the server, and counts ReadyForQuery messages: the end of each round trip.
func listening(t *testing.T, to string) (address string, ready *atomic.Int64) {
	t.Helper()
	u, err := url.Parse(to)
	must(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	ready = &atomic.Int64{}
	q := u.Query()
	network, server := "tcp", u.Host
	if dir := q.Get("host"); dir != "" {
		network, server = "unix", filepath.Join(dir, ".s.PGSQL."+cmp.Or(q.Get("port"), "5432"))
	}
	go func() { // ends with the listener
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial(network, server)
			if err != nil {
				_ = c.Close()
				return
			}
			go func() { _, _ = io.Copy(s, c); _ = s.Close() }()
			go func() { count(c, s, ready); _ = c.Close() }()
		}
	}()
	host, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	u.Host = ""
	q.Set("host", host)
	q.Set("port", port)
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	return u.String(), ready
}

// count passes the server's messages on; each has a type and a length.
func count(to io.Writer, from io.Reader, ready *atomic.Int64) {
	head := make([]byte, 5)
	for {
		if _, err := io.ReadFull(from, head); err != nil {
			return
		}
		if head[0] == 'Z' {
			ready.Add(1)
		}
		n := int64(head[1])<<24 | int64(head[2])<<16 | int64(head[3])<<8 | int64(head[4])
		if _, err := to.Write(head); err != nil {
			return
		}
		if _, err := io.CopyN(to, from, n-4); err != nil {
			return
		}
	}
}
