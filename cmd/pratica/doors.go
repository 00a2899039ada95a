package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pratica-crm/pratica/api"
)

// door is an address with what answers there.
type door struct {
	l   net.Listener
	h   http.Handler
	tls *tls.Config // nil: plain
}

// serve answers at the doors until ctx ends, then lets running requests, and what runs beside the handlers, finish.
func serve(ctx context.Context, beside func(context.Context) error, doors ...door) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return beside(ctx) })
	for _, d := range doors {
		server := &http.Server{Handler: d.h, TLSConfig: d.tls, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Minute, WriteTimeout: 5 * time.Minute,
			IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, BaseContext: func(net.Listener) context.Context { return ctx }, ErrorLog: log.New(serverLog{}, "", 0)}
		group.Go(func() error {
			run := server.Serve
			if d.tls != nil {
				run = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
			}
			if err := run(d.l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
			defer cancel()
			return server.Shutdown(stop)
		})
	}
	return group.Wait()
}

// serverLog keeps of net/http's own log what is about this server. The rest names callers by their address: a handshake that
// failed, a connection that broke.
type serverLog struct{}

func (serverLog) Write(line []byte) (int, error) {
	if strings.HasPrefix(string(line), "http: Accept error") {
		slog.Warn("the server cannot take connections", "error", errors.New(strings.TrimSpace(string(line))))
	}
	return len(line), nil
}

// adminDoor opens the address of /metrics. It has no sign-in, so it is open to this machine, or to whoever shows a certificate of
// the named authority.
func adminDoor(cfg Config, metrics *api.Metrics) (doors []door, err error) {
	if cfg.AdminListen == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(cfg.AdminListen)
	if err != nil {
		return nil, fmt.Errorf("PRATICA_ADMIN_LISTEN is not host:port")
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics.Handler())
	d := door{h: mux}
	switch {
	case cfg.AdminCertFile != "" && cfg.AdminKeyFile != "" && cfg.AdminCAFile != "":
		c := &keyPair{cert: cfg.AdminCertFile, key: cfg.AdminKeyFile, now: time.Now}
		pool, err := authorities(cfg.AdminCAFile)
		if err = errors.Join(err, c.load()); err != nil {
			return nil, fmt.Errorf("PRATICA_ADMIN_CERT_FILE, _KEY_FILE, _CA_FILE: %w", err)
		}
		d.tls = &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: c.get, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	case !near(host):
		return nil, errors.New("PRATICA_ADMIN_LISTEN is not on loopback; /metrics has no sign-in, so set PRATICA_ADMIN_CERT_FILE, PRATICA_ADMIN_KEY_FILE and PRATICA_ADMIN_CA_FILE: then only clients with a certificate of that authority come in")
	}
	if d.l, err = net.Listen("tcp", cfg.AdminListen); err != nil {
		return nil, fmt.Errorf("listen on PRATICA_ADMIN_LISTEN: %w", err)
	}
	fmt.Println("metrics on", d.l.Addr())
	return []door{d}, nil
}

// crowd is a listener that lets so many connections of one address stand at once; further ones are closed before anything is
// read of them. Proxies speak for many, and are not counted.
type crowd struct {
	net.Listener
	most    int
	proxies []netip.Prefix

	mu    sync.Mutex
	count map[netip.Addr]int
}

func limitConnections(l net.Listener, most int, proxies []netip.Prefix) net.Listener {
	if most <= 0 {
		return l
	}
	return &crowd{Listener: l, most: most, proxies: proxies, count: map[netip.Addr]int{}}
}

func (c *crowd) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
		if err != nil {
			return conn, nil // no address to count by
		}
		household := api.Household(from.Addr())
		if api.Trusted(from.Addr(), c.proxies) {
			return conn, nil
		}
		if !c.in(household) {
			_ = conn.Close()
			continue
		}
		return &counted{Conn: conn, out: sync.OnceFunc(func() { c.out(household) })}, nil
	}
}

func (c *crowd) in(a netip.Addr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count[a] >= c.most {
		return false
	}
	c.count[a]++
	return true
}

func (c *crowd) out(a netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count[a]--; c.count[a] <= 0 {
		delete(c.count, a)
	}
}

type counted struct {
	net.Conn
	out func()
}

func (c *counted) Close() error {
	c.out()
	return c.Conn.Close()
}
