package tenants

import (
	"context"
	"strconv"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// RefusalEvery is how often at most a server writes that the same actor was refused for the same reason. A trail is kept for ten years:
// whoever is refused a thousand times a second must not fill it.
const RefusalEvery = time.Minute

// refusalsKept bounds what a server remembers of refusals; who is forgotten is written anew.
const refusalsKept = 16384

// refusals holds refusals back that were written a moment ago, and counts them.
type refusals struct {
	now  func() time.Time
	mu   sync.Mutex
	seen *lru.Cache[refusal, heldBack]
}

// refusal is what is written once at a time.
type refusal struct {
	agency   ident.AgencyID
	by, code string
}

type heldBack struct {
	at   time.Time // of the last entry
	more int       // refusals since
}

func newRefusals(now func() time.Time) *refusals {
	seen, err := lru.New[refusal, heldBack](refusalsKept)
	if err != nil {
		panic(err) // only a size of zero is refused
	}
	return &refusals{now: now, seen: seen}
}

// due counts a refusal and tells whether to write it now, and how many more there were since the last that was written.
func (r *refusals) due(of refusal) (more int, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	last, known := r.seen.Get(of)
	if known && now.Sub(last.at) < RefusalEvery {
		last.more++
		r.seen.Add(of, last)
		return 0, false
	}
	r.seen.Add(of, heldBack{at: now})
	return last.more, true
}

// Refused writes into an agency's trail that something of one of its people or machines was refused: who (a user, key or subject), the
// code and the route, never what was sent. At most one entry a minute, server, actor and code; each says how many more there were.
func (f *Federation) Refused(ctx context.Context, who tenancy.Owner, code, route, request string) error {
	more, due := f.refusals.due(refusal{who.Agency, who.By, code})
	if !due {
		return nil
	}
	err := f.write(ctx, who.Agency, request, func(tx *tenancy.Tx) error {
		detail := map[string]string{"code": code, "route": route}
		if more > 0 {
			detail["more"] = strconv.Itoa(more)
		}
		audit.Record(tx, "access.refused", roleKey(who.By), detail)
		return nil
	})
	if fault.Is(err, fault.NotFound) { // the agency has ended
		return nil
	}
	return err
}
