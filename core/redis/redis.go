// Package redis is the one Redis client of the platform, as small types: Streams for dispatch,
// News for the browser's live updates, and Tries against guessing. Redis holds nothing that PostgreSQL does not know:
// losing it delays work and loses none.
//
// Every key and channel carries the agency it belongs to; Tries and Revocations are of people, above any.
package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// Client is a connection pool to one Redis.
type Client struct{ rdb *redis.Client }

// Open prepares a client; it connects when it is first used. url looks like redis://host:6379/0.
func Open(url string) (*Client, error) { return OpenTLS(url, Files{}) }

// OpenTLS is Open for rediss://host:6379/0, with certificates of one's own.
func OpenTLS(url string, files Files) (*Client, error) {
	opt, err := redis.ParseURL(url)
	if err != nil {
		return nil, fault.New(fault.Invalid, "config.redis_url", "The Redis URL cannot be read. It looks like redis://host:6379/0.")
	}
	if err := files.secure(opt); err != nil {
		return nil, err
	}
	opt.MaxRetries = 1
	opt.DialTimeout = time.Second
	opt.ReadTimeout = 2 * time.Second
	opt.ContextTimeoutEnabled = true
	return &Client{redis.NewClient(opt)}, nil
}

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

const (
	group  = "workers"
	active = "pratica:active" // agencies with something in their stream
)

func stream(tenant ident.AgencyID) string { return "pratica:{" + tenant.String() + "}:operations" }

// Job is one message of an agency's stream: an operation to run.
type Job struct {
	Tenant    ident.AgencyID
	Operation ident.OperationID
	id        string
}

// Streams dispatches operations: one stream an agency, so that each can be served in turn.
type Streams struct {
	rdb      *redis.Client
	consumer string
}

// Streams returns the dispatcher; consumer names this worker among the others.
func (c *Client) Streams(consumer string) *Streams { return &Streams{c.rdb, consumer} }

// Add puts an operation into its agency's stream, unless the same version of it was put there in the last half minute.
func (s *Streams) Add(ctx context.Context, tenant ident.AgencyID, op ident.OperationID, version int) error {
	once := fmt.Sprintf("pratica:{%s}:sent:%s:%d", tenant, op, version)
	fresh, err := s.rdb.SetNX(ctx, once, "", 30*time.Second).Result()
	if err != nil || !fresh {
		return unavailable(err)
	}
	_, err = s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAdd(ctx, &redis.XAddArgs{Stream: stream(tenant), Values: []any{"operation", op.String()}})
		p.SAdd(ctx, active, tenant.String())
		return nil
	})
	if err != nil {
		s.rdb.Del(context.WithoutCancel(ctx), once) // otherwise the repetition would be taken for a double
	}
	return unavailable(err)
}

// Active lists the agencies that have something waiting.
func (s *Streams) Active(ctx context.Context) ([]ident.AgencyID, error) {
	names, err := s.rdb.SMembers(ctx, active).Result()
	if err != nil {
		return nil, unavailable(err)
	}
	var out []ident.AgencyID
	for _, n := range names {
		if id, err := ident.ParseAgency(n); err == nil {
			out = append(out, id)
		}
	}
	return out, nil
}

// Take reads up to most jobs of an agency without waiting. An empty stream takes the agency off the active list.
func (s *Streams) Take(ctx context.Context, tenant ident.AgencyID, most int) ([]Job, error) {
	args := &redis.XReadGroupArgs{Group: group, Consumer: s.consumer, Streams: []string{stream(tenant), ">"}, Count: int64(most), Block: -1}
	got, err := s.rdb.XReadGroup(ctx, args).Result()
	if redis.HasErrorPrefix(err, "NOGROUP") {
		if err := s.rdb.XGroupCreateMkStream(ctx, stream(tenant), group, "0").Err(); err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
			return nil, unavailable(err)
		}
		got, err = s.rdb.XReadGroup(ctx, args).Result()
	}
	if errors.Is(err, redis.Nil) || (err == nil && len(got) == 0) {
		return nil, s.rest(ctx, tenant)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	var jobs []Job
	for _, m := range got[0].Messages {
		text, _ := m.Values["operation"].(string)
		op, err := ident.ParseOperation(text)
		if err != nil {
			_ = s.Done(ctx, Job{Tenant: tenant, id: m.ID}) // not ours: a message nobody can run
			continue
		}
		jobs = append(jobs, Job{Tenant: tenant, Operation: op, id: m.ID})
	}
	return jobs, nil
}

// rest takes an agency off the active list if its stream is empty, in one step, so that a job added meanwhile is not
// overlooked. The stream goes with the names of all workers that ever read it; the next job makes it anew.
func (s *Streams) rest(ctx context.Context, tenant ident.AgencyID) error {
	const script = `if redis.call('xlen', KEYS[1]) == 0 then redis.call('del', KEYS[1]) redis.call('srem', KEYS[2], ARGV[1]) return 1 end return 0`
	rests, err := s.rdb.Eval(ctx, script, []string{stream(tenant), active}, tenant.String()).Bool()
	if err != nil || rests {
		return unavailable(err)
	}
	// Something is under way, here or elsewhere, or its worker died: one of the workers looks, once a minute.
	look, err := s.rdb.SetNX(ctx, "pratica:{"+tenant.String()+"}:buried", "", time.Minute).Result()
	if err != nil || !look {
		return unavailable(err)
	}
	return s.Bury(ctx, tenant, dead)
}

// dead is how long a job stays with a worker that says nothing. Every operation ends long before.
const dead = 15 * time.Minute

// Bury removes an agency's jobs that have been with a worker for longer than idle: it has died, and the sweep puts
// operations that did not end into the stream again. Without it the stream would never be empty again.
func (s *Streams) Bury(ctx context.Context, tenant ident.AgencyID, idle time.Duration) error {
	args := &redis.XAutoClaimArgs{Stream: stream(tenant), Group: group, Consumer: s.consumer, MinIdle: idle, Start: "0", Count: 100}
	for {
		messages, next, err := s.rdb.XAutoClaim(ctx, args).Result()
		if err != nil {
			return unavailable(err)
		}
		for _, m := range messages {
			if err := s.Done(ctx, Job{Tenant: tenant, id: m.ID}); err != nil {
				return err
			}
		}
		if args.Start = next; next == "0-0" {
			return nil
		}
	}
}

// Done removes a job. A job that is never done (its worker died) is found again by the sweep: PostgreSQL is the truth.
func (s *Streams) Done(ctx context.Context, j Job) error {
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, stream(j.Tenant), group, j.id)
		p.XDel(ctx, stream(j.Tenant), j.id)
		return nil
	})
	return unavailable(err)
}
