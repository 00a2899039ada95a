package main

import (
	"context"
	"fmt"
	"net"
)

// ServeCmd serves the interface and the workspace against the configured services.
type ServeCmd struct{}

// Run serves until it is told to stop.
func (ServeCmd) Run(ctx context.Context, cfg Config) error {
	if err := setLog(cfg.LogLevel); err != nil {
		return err
	}
	if err := cfg.stores(); err != nil {
		return err
	}
	out, err := openOuter(cfg)
	if err != nil {
		return err
	}
	a, err := openPlugged(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	doors, err := adminDoor(cfg, a.metrics)
	if err != nil {
		return err
	}
	most, err := count(cfg.AddressConnections)
	if err != nil {
		return fmt.Errorf("PRATICA_ADDRESS_CONNECTIONS: %w", err)
	}
	if cfg.PlainListen != "" {
		l, err := net.Listen("tcp", cfg.PlainListen)
		if err != nil {
			return fmt.Errorf("listen on PRATICA_PLAIN_LISTEN: %w", err)
		}
		fmt.Println("redirecting on", l.Addr())
		doors = append(doors, door{l: limitConnections(l, most, a.deps.Limits.Proxies), h: out.plain})
	}
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on PRATICA_LISTEN: %w", err)
	}
	fmt.Println("listening on", l.Addr())
	h, beside := a.handler(ctx)
	return serve(ctx, beside, append(doors, door{l: limitConnections(l, most, a.deps.Limits.Proxies), h: h, tls: out.tls})...)
}

// WorkerCmd runs operations, timers and mail against the configured services.
type WorkerCmd struct{}

// Run works until it is told to stop.
func (WorkerCmd) Run(ctx context.Context, cfg Config) error {
	if err := setLog(cfg.LogLevel); err != nil {
		return err
	}
	if err := cfg.stores(); err != nil {
		return err
	}
	a, err := openPlugged(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	doors, err := adminDoor(cfg, a.metrics)
	if err != nil {
		return err
	}
	fmt.Println("working")
	return serve(ctx, a.work, doors...)
}
