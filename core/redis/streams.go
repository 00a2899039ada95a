package redis

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/queue"
)

// Streams is the queue.Driver over Redis 7, alone or a cluster: a stream for each lane. All keys of an agency carry its id in braces, so
// that they live in one slot and a script may touch them together; which agencies have lanes is kept in a few sets of other slots.
//
//	pratica:{agn_…}:operations:PRIORITY:CNX:CONNECTOR   the lane: entries are taken by a consumer group, deleted when done
//	pratica:{agn_…}:lanes                           the lanes that have a stream
//	pratica:{agn_…}:sent:OPERATION:VERSION          there while it waits or runs: it is not put there twice
//	pratica:{active:00} … pratica:{active:15}       the agencies that have lanes
type Streams struct {
	rdb      redis.UniversalClient
	consumer string
	quiet    time.Duration
}

var _ queue.Driver = (*Streams)(nil)

const (
	group  = "workers"
	shards = 16
	// sentFor bounds how long a mark may outlive what it marks: everything else deletes it long before.
	sentFor = time.Hour
	// dead is how long a job stays with a worker that says nothing. Longer than any call; and taking one from a worker that lives
	// does no harm, since its row is claimed.
	dead = 45 * time.Second
	// buryEvery is how often a lane that has only jobs under way is looked through for the dead.
	buryEvery = 10 * time.Second
)

// Streams returns the dispatcher; consumer names this worker among the others.
func (c *Client) Streams(consumer string) *Streams { return &Streams{c.rdb, consumer, dead} }

func tag(tenant ident.AgencyID) string { return "pratica:{" + tenant.String() + "}:" }

func stream(l queue.Lane) string { return tag(l.Tenant) + "operations:" + lane(l) }

func lanes(tenant ident.AgencyID) string { return tag(tenant) + "lanes" }

func lane(l queue.Lane) string {
	return string(l.Priority) + ":" + l.Connection.String() + ":" + l.Connector
}

func sent(tenant ident.AgencyID, op string, version string) string {
	return tag(tenant) + "sent:" + op + ":" + version
}

func active(shard int) string { return fmt.Sprintf("pratica:{active:%02d}", shard) }

func shardOf(tenant ident.AgencyID) int {
	h := fnv.New32a()
	_, _ = h.Write(tenant.UUID[:])
	return int(h.Sum32() % shards)
}

// add puts a job into its lane unless it is there.
const add = `if redis.call('set', KEYS[1], '', 'nx', 'ex', ARGV[1]) then
  redis.call('xadd', KEYS[2], '*', 'operation', ARGV[2], 'version', ARGV[3], 'weight', ARGV[4])
  redis.call('sadd', KEYS[3], ARGV[5])
end`

// Add puts jobs at the end of their lanes. The agency is made known after its lane has the job: see rest.
func (s *Streams) Add(ctx context.Context, jobs ...queue.Job) error {
	known := map[ident.AgencyID]bool{}
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, j := range jobs {
			version := strconv.Itoa(j.Version)
			p.Eval(ctx, add, []string{sent(j.Tenant, j.Operation.String(), version), stream(j.Lane), lanes(j.Tenant)},
				int(sentFor.Seconds()), j.Operation.String(), version, max(1, j.Weight), lane(j.Lane))
			known[j.Tenant] = true
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return unavailable(err)
	}
	_, err = s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for tenant := range known {
			p.SAdd(ctx, active(shardOf(tenant)), tenant.String())
		}
		return nil
	})
	return unavailable(err)
}

// Lanes lists where something may wait.
func (s *Streams) Lanes(ctx context.Context) ([]queue.Lane, error) {
	var sets []*redis.StringSliceCmd
	if _, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range shards {
			sets = append(sets, p.SMembers(ctx, active(i)))
		}
		return nil
	}); err != nil {
		return nil, unavailable(err)
	}
	var agencies []ident.AgencyID
	for _, set := range sets {
		for _, name := range set.Val() {
			if id, err := ident.ParseAgency(name); err == nil {
				agencies = append(agencies, id)
			}
		}
	}
	if len(agencies) == 0 {
		return nil, nil
	}
	sets = sets[:0]
	if _, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, id := range agencies {
			sets = append(sets, p.SMembers(ctx, lanes(id)))
		}
		return nil
	}); err != nil {
		return nil, unavailable(err)
	}
	var out []queue.Lane
	for i, set := range sets {
		for _, name := range set.Val() {
			priority, rest, _ := strings.Cut(name, ":")
			at, connector, _ := strings.Cut(rest, ":")
			l := queue.Lane{Tenant: agencies[i], Priority: queue.Priority(priority), Connector: connector}
			if err := l.Connection.UnmarshalText([]byte(at)); err == nil {
				out = append(out, l)
			}
		}
		if len(set.Val()) == 0 {
			if err := s.rest(ctx, agencies[i]); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Take reads up to most jobs of a lane without waiting.
func (s *Streams) Take(ctx context.Context, l queue.Lane, most int) ([]queue.Job, error) {
	args := &redis.XReadGroupArgs{Group: group, Consumer: s.consumer, Streams: []string{stream(l), ">"}, Count: int64(most), Block: -1}
	got, err := s.rdb.XReadGroup(ctx, args).Result()
	if redis.HasErrorPrefix(err, "NOGROUP") {
		if err := s.rdb.XGroupCreateMkStream(ctx, stream(l), group, "0").Err(); err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
			return nil, unavailable(err)
		}
		got, err = s.rdb.XReadGroup(ctx, args).Result()
	}
	if errors.Is(err, redis.Nil) || (err == nil && len(got) == 0) {
		return nil, s.close(ctx, l)
	}
	if err != nil {
		return nil, unavailable(err)
	}
	var jobs, foreign []queue.Job
	for _, m := range got[0].Messages {
		if j, ok := job(l, m); ok {
			jobs = append(jobs, j)
		} else {
			foreign = append(foreign, j) // not ours: a message nobody can run
		}
	}
	return jobs, s.Done(ctx, foreign...)
}

func job(l queue.Lane, m redis.XMessage) (queue.Job, bool) {
	text := func(name string) string { t, _ := m.Values[name].(string); return t }
	j := queue.Job{Lane: l, Receipt: m.ID}
	op, err := ident.ParseOperation(text("operation"))
	j.Operation = op
	j.Version, _ = strconv.Atoi(text("version"))
	j.Weight, _ = strconv.Atoi(text("weight"))
	return j, err == nil
}

// close forgets a lane whose stream is empty, in one step, so that a job added meanwhile is not overlooked. The stream goes with
// the names of all workers that ever read it; the next job makes it anew.
func (s *Streams) close(ctx context.Context, l queue.Lane) error {
	const script = `if redis.call('xlen', KEYS[1]) == 0 then redis.call('del', KEYS[1]) redis.call('srem', KEYS[2], ARGV[1]) return redis.call('scard', KEYS[2]) end return -1`
	left, err := s.rdb.Eval(ctx, script, []string{stream(l), lanes(l.Tenant)}, lane(l)).Int()
	switch {
	case err != nil || left > 0:
		return unavailable(err)
	case left == 0:
		return s.rest(ctx, l.Tenant)
	}
	// Something is under way, here or elsewhere, or its worker died: one of the workers looks, now and then.
	look, err := s.rdb.SetNX(ctx, tag(l.Tenant)+"buried:"+lane(l), "", buryEvery).Result()
	if err != nil || !look {
		return unavailable(err)
	}
	return s.Bury(ctx, l, s.quiet)
}

// rest takes an agency without lanes off the active ones. That is another slot, so not in one step: it is taken off first and looked at
// then; whoever adds does it the other way round, so that one of the two sees the other.
func (s *Streams) rest(ctx context.Context, tenant ident.AgencyID) error {
	if err := s.rdb.SRem(ctx, active(shardOf(tenant)), tenant.String()).Err(); err != nil {
		return unavailable(err)
	}
	left, err := s.rdb.SCard(ctx, lanes(tenant)).Result()
	if err != nil || left == 0 {
		return unavailable(err)
	}
	return unavailable(s.rdb.SAdd(ctx, active(shardOf(tenant)), tenant.String()).Err())
}

// Bury removes a lane's jobs that have been with a worker for longer than idle: it has died, and the sweep puts operations that did
// not end into the lane again. Without it the stream would never be empty again.
func (s *Streams) Bury(ctx context.Context, l queue.Lane, idle time.Duration) error {
	args := &redis.XAutoClaimArgs{Stream: stream(l), Group: group, Consumer: s.consumer, MinIdle: idle, Start: "0", Count: 100}
	for {
		messages, next, err := s.rdb.XAutoClaim(ctx, args).Result()
		if err != nil {
			return unavailable(err)
		}
		var jobs []queue.Job
		for _, m := range messages {
			j, _ := job(l, m)
			jobs = append(jobs, j)
		}
		if err := s.Done(ctx, jobs...); err != nil {
			return err
		}
		if args.Start = next; next == "0-0" {
			return nil
		}
	}
}

// Done removes jobs, and with each the mark that it waits.
func (s *Streams) Done(ctx context.Context, jobs ...queue.Job) error {
	if len(jobs) == 0 {
		return nil
	}
	ids, marks := map[queue.Lane][]string{}, map[ident.AgencyID][]string{}
	for _, j := range jobs {
		id, _ := j.Receipt.(string)
		ids[j.Lane] = append(ids[j.Lane], id)
		marks[j.Tenant] = append(marks[j.Tenant], sent(j.Tenant, j.Operation.String(), strconv.Itoa(j.Version)))
	}
	_, err := s.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for l, of := range ids {
			p.XAck(ctx, stream(l), group, of...)
			p.XDel(ctx, stream(l), of...)
		}
		for _, of := range marks {
			p.Del(ctx, of...)
		}
		return nil
	})
	return unavailable(err)
}

// Back is Done: the sweep, for which PostgreSQL is the truth, brings them again.
func (s *Streams) Back(ctx context.Context, jobs ...queue.Job) error { return s.Done(ctx, jobs...) }
