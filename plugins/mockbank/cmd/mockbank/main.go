// Command mockbank serves the mock banks: mockbank -addr 127.0.0.1:8070 -file banks.json -step 2s
//
// With -tls DIR it listens with TLS, and writes ca.pem, qwac.pem and qseal.pem of a test authority into DIR: what a client trusts, shows and signs with.
// With -people FILE banks have the customers, accounts and transactions of that file, see mockbank.ReadPeople.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/pratica-crm/pratica/plugins/mockbank"
)

type settings struct{ address, file, tls, people string }

func main() {
	var s settings
	flag.StringVar(&s.address, "addr", "127.0.0.1:8070", "where to listen")
	flag.StringVar(&s.file, "file", "", "keeps what banks and bureau know over a restart; for invented people only")
	flag.StringVar(&s.tls, "tls", "", "listen with TLS, and write the certificates for clients into this folder")
	flag.StringVar(&s.people, "people", "", "JSON file with customers, accounts and transactions, by bank")
	step := flag.Duration("step", 2*time.Second, "time between two steps of a bank")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := serve(ctx, s, mockbank.Options{File: s.file, Step: *step}); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, s settings, o mockbank.Options) (err error) {
	if s.people != "" {
		if o.People, err = mockbank.ReadPeople(s.people); err != nil {
			return err
		}
	}
	host, _, err := net.SplitHostPort(s.address)
	if err != nil {
		return fmt.Errorf("-addr is a host and a port, such as 127.0.0.1:8070: %w", err)
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return err
	}
	scheme := "http"
	if s.tls != "" {
		if o.Authority, err = mockbank.NewAuthority(host); err == nil {
			err = o.Authority.Write(s.tls)
		}
		if err != nil {
			return err
		}
		listener, scheme = tls.NewListener(listener, o.Authority.TLS()), "https"
	}
	bank, err := mockbank.New(o)
	if err != nil {
		return err
	}
	go bank.Run(ctx)
	fmt.Printf("The mock banks, and all about them: %s://%s/\n", scheme, listener.Addr())
	server := &http.Server{Handler: bank, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
