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
	a, err := openPlugged(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	l, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on PRATICA_LISTEN: %w", err)
	}
	fmt.Println("listening on", l.Addr())
	h, beside := a.handler(ctx)
	return serve(ctx, l, h, beside)
}

// WorkerCmd runs operations, timers and mail against the configured services.
type WorkerCmd struct{}

// Run works until it is told to stop.
func (WorkerCmd) Run(ctx context.Context, cfg Config) error {
	if err := setLog(cfg.LogLevel); err != nil {
		return err
	}
	a, err := openPlugged(ctx, cfg)
	if err != nil {
		return err
	}
	defer a.close()
	fmt.Println("working")
	return a.work(ctx)
}
