package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// log is what carriers were given, in order.
type log struct {
	mu    sync.Mutex
	rows  []queue.Row
	under map[string]int // rows of a noun that are under way
}

func (l *log) begin(row queue.Row) (nth int, together bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.under == nil {
		l.under = map[string]int{}
	}
	for _, r := range l.rows {
		if r.ID == row.ID {
			nth++
		}
	}
	l.rows = append(l.rows, row)
	l.under[row.Ref]++
	return nth + 1, l.under[row.Ref] > 1
}

func (l *log) done(row queue.Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.under[row.Ref]--
}

// relays runs n relays with one carrier for a topic until nothing is pending.
func relays(t *testing.T, w *coretest.World, n int, topic string, claim time.Duration, carry queue.Carrier) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 60*time.Second)
	defer stop()
	var running sync.WaitGroup
	for range n {
		r := &queue.Relay{Operator: w.Operator, Every: every, Claim: claim, Carriers: map[string]queue.Carrier{topic: carry}}
		running.Go(func() { _ = r.Run(ctx) })
	}
	for pending(t, w) != "0" && ctx.Err() == nil {
		time.Sleep(every)
	}
	if ctx.Err() != nil {
		t.Errorf("%s rows are left", pending(t, w))
	}
	stop()
	running.Wait()
}

// TestRelayKeepsOrder: of one noun a row never goes out before, or together with, an earlier one, whatever failed and whoever carries it.
func TestRelayKeepsOrder(t *testing.T) {
	w := coretest.New(t)
	const nouns, each = 10, 4
	must(t, w.DB.Write(context.Background(), w.A.Do("broker", "applications.write"), func(tx *tenancy.Tx) error {
		for range nouns {
			id := ident.NewApplication()
			for n := range each {
				if err := outbox.Emit(tx, outbox.Event, id, n); err != nil {
					return err
				}
			}
		}
		return nil
	}))
	var l log
	next := map[string]int{}
	relays(t, w, 2, outbox.Event, 0, func(_ context.Context, row queue.Row) error {
		nth, together := l.begin(row)
		defer l.done(row)
		if together {
			t.Errorf("two rows of %s are under way together", row.Ref)
		}
		time.Sleep(time.Millisecond)
		number, err := strconv.Atoi(string(row.Payload))
		if err != nil {
			return err
		}
		if number == 1 && nth == 1 {
			return errors.New("the second of each noun fails once")
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if next[row.Ref] != number {
			t.Errorf("row %d of %s went out, %d is next", number, row.Ref, next[row.Ref])
		}
		next[row.Ref]++
		return nil
	})
	for ref, n := range next {
		if n != each {
			t.Errorf("%s: %d of %d", ref, n, each)
		}
	}
}

// TestRelayStops: a stop in the middle of a batch of mails sends none of them again, and counts against none that was not begun.
func TestRelayStops(t *testing.T) {
	w := coretest.New(t)
	emit(t, w, outbox.Mail, 10)
	var l log
	ctx, stop := context.WithCancel(context.Background())
	r := &queue.Relay{Operator: w.Operator, Every: every, Carriers: map[string]queue.Carrier{outbox.Mail: func(ctx context.Context, row queue.Row) error {
		l.begin(row)
		if len(l.rows) == 4 {
			stop()
			return ctx.Err()
		}
		if len(l.rows) == 3 {
			defer stop()
		}
		return nil
	}}}
	must(t, r.Run(ctx))
	tried, err := w.Raw(t, "", "select sum(attempts)::text from outbox where published_at is null")
	must(t, err)
	if left := pending(t, w); left != "7" || tried != "0" {
		t.Errorf("%s are left after 3 of 10, tried %s times", left, tried)
	}
	relays(t, w, 1, outbox.Mail, 0, func(_ context.Context, row queue.Row) error { l.begin(row); return nil })
	once(t, l.rows, 10)
}

// TestRelayClaim: a batch that takes longer than its claim is not carried by two.
func TestRelayClaim(t *testing.T) {
	w := coretest.New(t)
	emit(t, w, outbox.Event, 30)
	var l log
	relays(t, w, 2, outbox.Event, time.Second, func(_ context.Context, row queue.Row) error {
		l.begin(row)
		time.Sleep(60 * time.Millisecond)
		return nil
	})
	once(t, l.rows, 30)
}

func once(t *testing.T, rows []queue.Row, want int) {
	t.Helper()
	seen := map[string]int{}
	for _, r := range rows {
		seen[r.ID.String()]++
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("row %s was carried %d times", id, n)
		}
	}
	if len(seen) != want {
		t.Errorf("%d rows of %d were carried", len(seen), want)
	}
}

// TestRelayBacksOff: a row that fails again and again waits an hour between tries and holds up no other; what waits for Redis, a minute.
func TestRelayBacksOff(t *testing.T) {
	for topic, want := range map[string]string{outbox.Mail: "1:00", outbox.Changed: "0:01"} {
		w := coretest.New(t)
		emit(t, w, topic, 1)
		w.Exec(t, "update outbox set attempts = 40")
		bad, err := w.Raw(t, "", "select id::text from outbox")
		must(t, err)
		emit(t, w, topic, 60)
		carried := make(chan struct{}, 100)
		ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
		r := &queue.Relay{Operator: w.Operator, Every: every, Carriers: map[string]queue.Carrier{topic: func(_ context.Context, row queue.Row) error {
			if row.ID.String() == bad {
				return errors.New("no")
			}
			carried <- struct{}{}
			return nil
		}}}
		var running sync.WaitGroup
		running.Go(func() { _ = r.Run(ctx) })
		for range 60 {
			select {
			case <-carried:
			case <-ctx.Done():
				t.Fatal("a row that fails holds up others")
			}
		}
		stop()
		running.Wait()
		pause, err := w.Raw(t, "", "select to_char(date_trunc('minute', retry_at - now() + interval '30 seconds'), 'FMHH24:MI') from outbox where id = $1", bad)
		must(t, err)
		if pause != want {
			t.Errorf("%s waits %s, want %s", topic, pause, want)
		}
	}
}

// TestTidy: what ended more than a day ago is gone, however much of it there is; the rest stays.
func TestTidy(t *testing.T) {
	w := coretest.New(t)
	people, err := w.Raw(t, "", "select count(*)::text from sessions")
	must(t, err)
	w.Exec(t, `insert into outbox (tenant_id, id, topic, ref, published_at) select $1, gen_random_uuid(), 'changed', '', now() - interval '25 hours' from generate_series(1, 2500)`, w.A.ID)
	for age, n := range map[string]int{"25 hours": 1200, "23 hours": 3} {
		w.Exec(t, fmt.Sprintf(`insert into sessions (token_hash, id, user_id, expires_at) select sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), (select id from users limit 1), now() - interval '%s' from generate_series(1, %d)`, age, n))
		w.Exec(t, fmt.Sprintf(`insert into sessions (token_hash, id, user_id, expires_at, revoked_at) select sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), (select id from users limit 1), now() + interval '1 hour', now() - interval '%s' from generate_series(1, %d)`, age, n))
		w.Exec(t, fmt.Sprintf(`insert into tokens (token_hash, purpose, user_id, expires_at) select sha256(gen_random_uuid()::text::bytea), 'reset', (select id from users limit 1), now() - interval '%s' from generate_series(1, %d)`, age, n))
		w.Exec(t, fmt.Sprintf(`insert into network_idempotency_keys (network_id, actor_id, key, request_hash, answer, created_at) select $1, 'usr', gen_random_uuid(), '', '{}', now() - interval '%s' from generate_series(1, %d)`, age, n), w.Network)
	}
	for _, age := range []string{"25 hours", "23 hours"} { // the links of documents that are not there: only their age counts here
		w.Exec(t, fmt.Sprintf(`set session_replication_role = replica; insert into document_links (tenant_id, token_hash, document_id, user_id, session_id, expires_at)
			select '%s', sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now() - interval '%s'`, w.A.ID.UUID, age))
	}
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second)
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { _ = (&queue.Tidy{Operator: w.Operator, Every: time.Hour}).Run(ctx) })
	before, err := strconv.Atoi(people)
	must(t, err)
	want := fmt.Sprintf("0 %d 3 3 1", before+6)
	got := ""
	for got != want && ctx.Err() == nil {
		got, err = w.Raw(t, "", `select concat_ws(' ', (select count(*) from outbox), (select count(*) from sessions), (select count(*) from tokens), (select count(*) from network_idempotency_keys), (select count(*) from document_links))`)
		must(t, err)
		time.Sleep(every)
	}
	stop()
	running.Wait()
	if got != want {
		t.Errorf("left are %s, want %s", got, want)
	}
}
