// Package redis is the one Redis client of the platform, as small types: Streams for dispatch,
// News for the browser's live updates, and Tries against guessing. Redis holds nothing that PostgreSQL does not know:
// losing it delays work and loses none.
//
// Every key and channel carries the agency it belongs to; Tries and Revocations are of people, above any.
package redis

import (
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/pratica-crm/pratica/core/fault"
)

// Client is a connection pool to one Redis, or to a cluster.
type Client struct{ rdb redis.UniversalClient }

// Open prepares a client; it connects when it is first used. url looks like redis://host:6379/0, or, for a cluster,
// redis+cluster://host:6379?addr=other:6379, with as many of its nodes as one likes: they tell of the others.
func Open(url string) (*Client, error) { return OpenTLS(url, Files{}) }

// OpenTLS is Open for rediss://host:6379/0 or rediss+cluster://…, with certificates of one's own.
func OpenTLS(url string, files Files) (*Client, error) {
	if scheme, rest, ok := strings.Cut(url, "+cluster://"); ok {
		opt, err := redis.ParseClusterURL(scheme + "://" + rest)
		if err != nil {
			return nil, errURL
		}
		if err := files.secure(opt.TLSConfig); err != nil {
			return nil, err
		}
		opt.MaxRetries, opt.DialTimeout, opt.ReadTimeout, opt.ContextTimeoutEnabled = 1, time.Second, 2*time.Second, true
		opt.MaxRedirects = 3
		return &Client{redis.NewClusterClient(opt)}, nil
	}
	opt, err := redis.ParseURL(url)
	if err != nil {
		return nil, errURL
	}
	if err := files.secure(opt.TLSConfig); err != nil {
		return nil, err
	}
	opt.MaxRetries, opt.DialTimeout, opt.ReadTimeout, opt.ContextTimeoutEnabled = 1, time.Second, 2*time.Second, true
	return &Client{redis.NewClient(opt)}, nil
}

var errURL = fault.New(fault.Invalid, "config.redis_url", "The Redis URL cannot be read. It looks like redis://host:6379/0, or redis+cluster://host:6379?addr=other:6379 for a cluster.")

// Close closes the connections.
func (c *Client) Close() error { return c.rdb.Close() }

// Ping reports whether Redis answers.
func (c *Client) Ping(ctx context.Context) error { return unavailable(c.rdb.Ping(ctx).Err()) }

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(err, fault.Unavailable, "redis.unavailable", "Redis does not answer. Work that waits is carried out when it is back.")
}
