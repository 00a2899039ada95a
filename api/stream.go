package api

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// News brings an agency's changes; core/redis carries them between servers.
type News interface {
	Listen(ctx context.Context, tenant ident.AgencyID, take func([]byte))
}

// change is one server-sent event: what to ask for again, never the thing itself.
type change struct {
	ID     uuid.UUID       `json:"id" db:"id"`
	Change json.RawMessage `json:"change" db:"payload"`
}

// rights reports whether somebody may be allowed less by the change.
func (c change) rights() bool {
	var about outbox.Change
	return json.Unmarshal(c.Change, &about) != nil || rights[about.Topic]
}

// live shares one subscription an agency among all its listening browsers.
type live struct {
	news     News
	mu       sync.Mutex
	agencies map[ident.AgencyID]*channel
}

type channel struct {
	listeners map[chan []byte]struct{}
	stop      context.CancelFunc
}

func newLive(news News) *live { return &live{news: news, agencies: map[ident.AgencyID]*channel{}} }

// join adds a listener; leave it with the returned function. A listener that does not keep up loses
// messages and is told to ask for everything again by the closing of its stream.
func (l *live) join(tenant ident.AgencyID) (<-chan []byte, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.agencies[tenant]
	if c == nil {
		ctx, stop := context.WithCancel(context.Background())
		c = &channel{map[chan []byte]struct{}{}, stop}
		l.agencies[tenant] = c
		go l.news.Listen(ctx, tenant, func(m []byte) { l.tell(tenant, m) })
	}
	mine := make(chan []byte, 64)
	c.listeners[mine] = struct{}{}
	return mine, func() { l.leave(tenant, mine) }
}

func (l *live) tell(tenant ident.AgencyID, message []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.agencies[tenant]
	if c == nil {
		return
	}
	for listener := range c.listeners {
		select {
		case listener <- message:
		default:
			delete(c.listeners, listener)
			close(listener)
		}
	}
}

func (l *live) leave(tenant ident.AgencyID, mine chan []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.agencies[tenant]
	if c == nil {
		return
	}
	delete(c.listeners, mine)
	if len(c.listeners) == 0 {
		c.stop()
		delete(l.agencies, tenant)
	}
}

const (
	heartbeat  = 15 * time.Second
	unread     = 30 * time.Second // a listener that takes nothing for so long is cut off
	replayMost = 500
	// An id is made before its row can be seen: a row with an earlier one may come after it, as long as a transaction lasts.
	replayFrom = 30 * time.Second
)

// rights are the topics of changes after which somebody may be allowed less. They come by the same way as what they might no longer be
// told, so nothing overtakes them.
var rights = map[string]bool{"members": true, "roles": true, "agency": true, "api-keys": true}

// stream is GET /api/v1/stream. Who listens is found out again at once when the agency's people, roles or keys change, and with every
// heartbeat: that is where Redis is away, where a session ends, and where the network bounds its agencies. A stream ends with its session
// or permission, and narrows with its owner's sight.
func (s *server) stream(w http.ResponseWriter, r *http.Request) {
	req := requestOf(r.Context())
	call, err := s.call(req, RouteInfo{Action: "applications.read"}, false)
	if err != nil {
		writeProblem(w, err, req.id)
		return
	}
	messages, leave := s.live.join(call.Scope.Tenant()) // before looking back: nothing falls in between
	defer leave()
	limited, err := s.deps.DB.Limited(r.Context(), call.Scope)
	var missed []change
	whole := true
	if err == nil {
		missed, whole, err = s.missed(r, call.Scope)
	}
	if err != nil {
		writeProblem(w, err, req.id)
		return
	}
	out := http.NewResponseController(w)
	patience := func() { _ = out.SetWriteDeadline(time.Now().Add(unread)) } // a stream outlives the server's write timeout
	patience()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	_, _ = fmt.Fprint(w, "retry: 2000\n\n")
	if !whole {
		writeReset(w)
	}
	for _, m := range missed {
		if !limited || s.sees(r, call.Scope, m) {
			writeEvent(w, m)
		}
	}
	ticker := time.NewTicker(cmp.Or(s.deps.Heartbeat, heartbeat))
	defer ticker.Stop()
	for out.Flush() == nil {
		patience()
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
			still := false
			if still, limited = s.stillThere(r, call); !still {
				return
			}
			_, _ = fmt.Fprint(w, ": still here\n\n")
		case raw, open := <-messages:
			var c change
			if !open || json.Unmarshal(raw, &c) != nil {
				return
			}
			if c.rights() {
				still := false
				if still, limited = s.stillThere(r, call); !still {
					return
				}
			}
			if !limited || s.sees(r, call.Scope, c) {
				writeEvent(w, c)
			}
		}
	}
}

// stillThere tells whether the credential a stream was opened with is good, belongs to the same agency, and may listen; and whether
// its owner sees some files only.
func (s *server) stillThere(r *http.Request, call Call) (still, limited bool) {
	id, err := s.auth.identify(r, s.deps.Directory.PeekSession)
	if err != nil || id.Actor != call.Identity.Actor || id.Agency != call.Scope.Tenant() {
		return false, false
	}
	limited, err = s.deps.DB.Limited(r.Context(), call.Scope)
	return err == nil, limited
}

// sees reports whether a listener who sees some files only may hear of a change: not of what lies beyond, nor when that cannot be found out.
func (s *server) sees(r *http.Request, scope tenancy.Scope, c change) bool {
	var about outbox.Change
	if json.Unmarshal(c.Change, &about) != nil {
		return false
	}
	prefix, id, ok := ident.ParseAny(about.ID)
	if !ok {
		return true // it names no thing: settings
	}
	found, err := s.deps.DB.Knows(r.Context(), scope, prefix, id)
	return err == nil && found
}

func writeEvent(w http.ResponseWriter, c change) {
	_, _ = fmt.Fprintf(w, "id: %s\nevent: change\ndata: %s\n\n", c.ID, c.Change)
}

// writeReset tells a browser to read everything anew: not all it missed is known. Its id is where it starts from next time.
func writeReset(w http.ResponseWriter) {
	_, _ = fmt.Fprintf(w, "id: %s\nevent: reset\ndata: {}\n\n", uuid.Must(uuid.NewV7()))
}

// missed are the changes since a little before Last-Event-ID, or none and not whole when there are too many or they are
// kept no longer. That some come twice does no harm: a change is a hint. Asking also checks that the caller may listen.
func (s *server) missed(r *http.Request, scope tenancy.Scope) (changes []change, whole bool, err error) {
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		return nil, true, s.deps.DB.Load(r.Context(), scope)
	}
	from, err := lastEvent(last)
	if err != nil {
		return nil, false, err
	}
	kept := false // rows are deleted a day after they were carried; an hour less is surely there
	err = s.deps.DB.Load(r.Context(), scope, tenancy.Value(&kept, "select $1::timestamptz > now() - interval '23 hours'", from),
		tenancy.Many(&changes, `select id, payload from outbox where topic = 'changed' and id > $1 order by id limit $2`, earliest(from), replayMost+1))
	if !kept || len(changes) > replayMost {
		return nil, false, err
	}
	return changes, true, err
}

// lastEvent is from when on a stream is taken up that has seen an event.
func lastEvent(header string) (from time.Time, err error) {
	id, err := uuid.Parse(header)
	if err != nil || id.Version() != 7 {
		return from, fault.New(fault.Malformed, "stream.last_event", "Last-Event-ID is not one of ours. Connect without it.")
	}
	sec, nsec := id.Time().UnixTime()
	return time.Unix(sec, nsec).Add(-replayFrom), nil
}

// earliest is the smallest UUIDv7 of an instant: its first six bytes are milliseconds.
func earliest(at time.Time) (id uuid.UUID) {
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	return id
}
