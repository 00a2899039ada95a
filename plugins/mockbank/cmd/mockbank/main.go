// Command mockbank serves the mock banks: mockbank -addr 127.0.0.1:8070 -file banks.json -step 2s
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/pratica-crm/pratica/plugins/mockbank"
)

func main() {
	address := flag.String("addr", "127.0.0.1:8070", "where to listen")
	file := flag.String("file", "", "keeps the banks' files over a restart; for invented people only")
	step := flag.Duration("step", 2*time.Second, "time between two steps of a bank")
	flag.Parse()
	if err := serve(*address, mockbank.Options{File: *file, Step: *step}); err != nil {
		log.Fatal(err)
	}
}

func serve(address string, o mockbank.Options) error {
	bank, err := mockbank.New(o)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("The mock banks and their rules: http://%s/\n", listener.Addr())
	server := &http.Server{Handler: bank, ReadHeaderTimeout: 10 * time.Second}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
