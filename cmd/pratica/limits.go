package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/redis"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// limits reads the settings of what may be asked for.
func (c Config) limits() (api.Limits, error) {
	var l api.Limits
	var all []error
	note := func(name string, err error) {
		if err != nil {
			all = append(all, fmt.Errorf("PRATICA_%s: %w", name, err))
		}
	}
	var err error
	l.Agency, err = rate(c.RateAgency)
	note("RATE_AGENCY", err)
	l.Credential, err = rate(c.RateCredential)
	note("RATE_CREDENTIAL", err)
	l.Address, err = rate(c.RateAddress)
	note("RATE_ADDRESS", err)
	l.Running, err = count(c.AgencyRequests)
	note("AGENCY_REQUESTS", err)
	l.Waiting = 20 * l.Running
	for _, text := range commas(c.Proxies) {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			note("PROXIES", errors.New("a network is written as 10.0.0.0/8"))
		}
		l.Proxies = append(l.Proxies, p)
	}
	return l, errors.Join(all...)
}

// rate reads "30:200": 30 a second, 200 at once; "0" is no limit.
func rate(text string) (redis.Rate, error) {
	if text == "0" || text == "" {
		return redis.Rate{}, nil
	}
	second, burst, _ := strings.Cut(text, ":")
	perSecond, err1 := strconv.ParseFloat(second, 64)
	most, err2 := strconv.Atoi(burst)
	if err1 != nil || err2 != nil || !(perSecond > 0 && perSecond <= 1e6) || most < 1 || most > 1e6 {
		return redis.Rate{}, errors.New("a rate is written as 30:200, requests a second and at once, or 0 for no limit")
	}
	return redis.Rate{PerSecond: perSecond, Burst: most}, nil
}

func count(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, errors.New("a whole number, 0 for no limit")
	}
	return n, nil
}

// rates are the agencies' own, as their networks have set them; they are few, and read anew now and then.
type rates struct {
	directory *tenancy.Directory
	own       atomic.Pointer[map[ident.AgencyID]redis.Rate]
}

// ratesEvery is how long a changed rate takes to be heard of, at most.
const ratesEvery = 15 * time.Second

// of tells an agency's own rate.
func (r *rates) of(agency ident.AgencyID) (redis.Rate, bool) {
	all := r.own.Load()
	if all == nil {
		return redis.Rate{}, false
	}
	rate, own := (*all)[agency]
	return rate, own
}

// follow reads them until ctx ends. What cannot be read now is as it was.
func (r *rates) follow(ctx context.Context) error {
	tick := time.NewTicker(ratesEvery)
	defer tick.Stop()
	for {
		if err := r.read(ctx); err != nil && ctx.Err() == nil {
			slog.Warn("the agencies' own rates could not be read", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (r *rates) read(ctx context.Context) error {
	found, err := r.directory.Rates(ctx)
	if err != nil {
		return err
	}
	own := make(map[ident.AgencyID]redis.Rate, len(found))
	for _, f := range found {
		own[f.Agency] = redis.Rate{PerSecond: float64(f.PerSecond), Burst: f.Burst}
	}
	r.own.Store(&own)
	return nil
}
