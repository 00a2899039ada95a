// Package natsjs is the queue's driver over NATS JetStream, for installations that have NATS and want no second store: one work-queue stream,
// a subject and a durable consumer for each lane. It holds nothing that PostgreSQL does not know: losing it delays work and loses none.
package natsjs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/queue"
)

const (
	stream = "PRATICA_OPERATIONS"
	prefix = "pratica.operations." // AGENCY.PRIORITY.CONNECTOR.CONNECTION
	// sameFor is how long a version of an operation is taken for a repetition. One that could not be run is given back, and keeps its place
	// in the stream: so nothing that waits is ever put there again by another message within it.
	sameFor = time.Hour
	// dead is how long a job stays with a worker that says nothing, then it is given to another. Longer than any call; and giving one twice
	// does no harm, since its row is claimed.
	dead = 45 * time.Second
	// again is the pause before a job that was given back.
	again = 2 * time.Second
	// forgotten is how long the consumer of a lane outlives its last use.
	forgotten = 10 * time.Minute
	patience  = 2 * time.Second
)

// Queue is the queue.Driver.
type Queue struct {
	conn *nats.Conn
	js   jetstream.JetStream

	mu        sync.Mutex
	stream    jetstream.Stream // nil until it is there
	consumers map[queue.Lane]jetstream.Consumer
}

var _ queue.Driver = (*Queue)(nil)

// Open prepares the driver; it goes on connecting until it can. rawURL looks like nats://user:password@host:4222, or tls://….
func Open(rawURL string) (*Queue, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" {
		return nil, fault.New(fault.Invalid, "config.queue_url", "The queue's URL cannot be read. It looks like nats://host:4222, or tls://host:4222.")
	}
	conn, err := nats.Connect(rawURL, nats.Name("pratica"), nats.MaxReconnects(-1), nats.RetryOnFailedConnect(true), nats.Timeout(time.Second),
		nats.ReconnectWait(250*time.Millisecond), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { slog.Debug("nats", "error", err) }))
	if err != nil {
		return nil, unavailable(err)
	}
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(patience))
	if err != nil {
		conn.Close()
		return nil, unavailable(err)
	}
	return &Queue{conn: conn, js: js, consumers: map[queue.Lane]jetstream.Consumer{}}, nil
}

// Close closes the connection.
func (q *Queue) Close() { q.conn.Close() }

// Ping reports whether the stream is there.
func (q *Queue) Ping(ctx context.Context) error {
	_, err := q.there(ctx)
	return err
}

// there is the stream, made when it is first asked for. One that an operator has made, with replicas and limits of their own, is
// taken as it is.
func (q *Queue) there(ctx context.Context) (jetstream.Stream, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.stream != nil {
		return q.stream, nil
	}
	s, err := q.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = q.js.CreateStream(ctx, jetstream.StreamConfig{Name: stream, Description: "Pratica: operations that wait for a worker",
			Subjects: []string{prefix + ">"}, Retention: jetstream.WorkQueuePolicy, Duplicates: sameFor})
	}
	if err != nil {
		return nil, unavailable(err)
	}
	q.stream = s
	return s, nil
}

// lost forgets what is known of the server: it was wiped, or a consumer is gone.
func (q *Queue) lost(err error) error {
	if err == nil {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.stream = nil
	clear(q.consumers)
	return unavailable(err)
}

func subject(l queue.Lane) string {
	at := "none"
	if !l.Connection.IsZero() {
		at = l.Connection.String()
	}
	return prefix + l.Tenant.String() + "." + token(string(l.Priority)) + "." + token(l.Connector) + "." + at
}

// token makes a name one token of a subject.
func token(name string) string { return strings.ReplaceAll(url.QueryEscape(name), ".", "%2E") }

func laneOf(subject string) (l queue.Lane, ok bool) {
	parts := strings.Split(strings.TrimPrefix(subject, prefix), ".")
	if len(parts) != 4 {
		return l, false
	}
	tenant, err1 := ident.ParseAgency(parts[0])
	priority, err2 := url.QueryUnescape(parts[1])
	connector, err3 := url.QueryUnescape(parts[2])
	l = queue.Lane{Tenant: tenant, Priority: queue.Priority(priority), Connector: connector}
	if parts[3] != "none" {
		err3 = errors.Join(err3, l.Connection.UnmarshalText([]byte(parts[3])))
	}
	return l, errors.Join(err1, err2, err3) == nil
}

// message is a job on the wire; its lane is the subject.
type message struct {
	Operation ident.OperationID `json:"operation"`
	Version   int               `json:"version"`
	Weight    int               `json:"weight"`
}

// Add puts jobs at the end of their lanes, all at once, and waits until the server has them.
func (q *Queue) Add(ctx context.Context, jobs ...queue.Job) error {
	if _, err := q.there(ctx); err != nil {
		return err
	}
	var all []jetstream.PubAckFuture
	for _, j := range jobs {
		body, err := json.Marshal(message{j.Operation, j.Version, max(1, j.Weight)})
		if err != nil {
			return err
		}
		future, err := q.js.PublishAsync(subject(j.Lane), body, jetstream.WithMsgID(j.Operation.String()+":"+strconv.Itoa(j.Version)))
		if err != nil {
			return q.lost(err)
		}
		all = append(all, future)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, f := range all {
		select {
		case <-f.Ok():
		case err := <-f.Err():
			return q.lost(err)
		case <-ctx.Done():
			return q.lost(ctx.Err())
		}
	}
	return nil
}

// Lanes lists the subjects that have messages.
func (q *Queue) Lanes(ctx context.Context) ([]queue.Lane, error) {
	s, err := q.there(ctx)
	if err != nil {
		return nil, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(prefix+">"))
	if err != nil {
		return nil, q.lost(err)
	}
	var out []queue.Lane
	for name := range info.State.Subjects {
		if l, ok := laneOf(name); ok {
			out = append(out, l)
		}
	}
	return out, nil
}

// consumer is the lane's, shared by all workers.
func (q *Queue) consumer(ctx context.Context, l queue.Lane) (jetstream.Consumer, error) {
	s, err := q.there(ctx)
	if err != nil {
		return nil, err
	}
	q.mu.Lock()
	c := q.consumers[l]
	q.mu.Unlock()
	if c != nil {
		return c, nil
	}
	name := strings.NewReplacer(".", "-", "%", "_").Replace(strings.TrimPrefix(subject(l), prefix))
	c, err = s.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{Durable: name, FilterSubject: subject(l), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: dead, InactiveThreshold: forgotten})
	if err != nil {
		return nil, q.lost(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.consumers[l] = c
	return c, nil
}

// Take takes up to most jobs of a lane, without waiting for more to come.
func (q *Queue) Take(ctx context.Context, l queue.Lane, most int) ([]queue.Job, error) {
	c, err := q.consumer(ctx, l)
	if err != nil {
		return nil, err
	}
	batch, err := c.FetchNoWait(most)
	if err != nil {
		return nil, q.lost(err)
	}
	var out []queue.Job
	for m := range batch.Messages() {
		var body message
		if json.Unmarshal(m.Data(), &body) != nil || body.Operation.IsZero() {
			_ = m.Term() // not ours: a message nobody can run
			continue
		}
		out = append(out, queue.Job{Lane: l, Operation: body.Operation, Version: body.Version, Weight: body.Weight, Receipt: m})
	}
	if err := batch.Error(); err != nil && len(out) == 0 {
		return nil, q.lost(err)
	}
	return out, nil
}

// Done forgets jobs that ended. An acknowledgement that is lost gives the job once more, and its row knows that it has ended.
func (q *Queue) Done(_ context.Context, jobs ...queue.Job) error {
	return each(jobs, jetstream.Msg.Ack)
}

// Back gives jobs back; they come again after a pause.
func (q *Queue) Back(_ context.Context, jobs ...queue.Job) error {
	return each(jobs, func(m jetstream.Msg) error { return m.NakWithDelay(again) })
}

func each(jobs []queue.Job, tell func(jetstream.Msg) error) error {
	var all []error
	for _, j := range jobs {
		if m, ok := j.Receipt.(jetstream.Msg); ok {
			if err := tell(m); err != nil && !errors.Is(err, jetstream.ErrMsgAlreadyAckd) {
				all = append(all, err)
			}
		}
	}
	return unavailable(errors.Join(all...))
}

func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(err, fault.Unavailable, "queue.unavailable", "NATS does not answer. Work that waits is carried out when it is back.")
}
