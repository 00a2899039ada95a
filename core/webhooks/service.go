package webhooks

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/netguard"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Request is what is posted.
type Request struct {
	URL    string
	Header map[string]string
	Body   []byte
}

// Reply is what came of it. Outcome is a word: answered, timeout, unreachable, no_address, tls, stopped (we are ending, nothing is known).
type Reply struct {
	Outcome    string
	Status     int           // of HTTP, when answered
	RetryAfter time.Duration // what the receiver asked for; 0 for nothing
	Took       time.Duration
}

// Poster posts to an address that an agency chose, within a time it knows itself; core/webhooks/post implements it. What the receiver
// answers, besides its status, goes no further.
type Poster interface {
	Post(ctx context.Context, r Request) Reply
}

// Service keeps endpoints and delivers to them.
type Service struct {
	db     *tenancy.DB
	guard  *netguard.Guard
	poster Poster
	public string
	count  func(outcome, then string)
}

// New builds the service. guard judges addresses when they are registered, and must be the one by which poster dials; public is the
// installation's URL, of which an event's source is made.
func New(db *tenancy.DB, guard *netguard.Guard, poster Poster, public string) *Service {
	return &Service{db: db, guard: guard, poster: poster, public: public, count: func(string, string) {}}
}

// Count has attempts counted, by their outcome as it is shown and the state of the delivery that followed: for figures over all agencies,
// so neither an agency nor an address is told.
func (s *Service) Count(count func(outcome, then string)) { s.count = count }

func (s *Service) source(tenant ident.AgencyID) string {
	return s.public + "/agencies/" + tenant.String()
}

// Types lists the types of events with an example of each.
func (s *Service) Types(ctx context.Context, scope tenancy.Scope) ([]Kind, error) {
	return s.Kinds(scope.Tenant()), s.db.Load(ctx, scope)
}

// List reads an agency's endpoints.
func (s *Service) List(ctx context.Context, scope tenancy.Scope) ([]Endpoint, error) {
	var rows []row
	if err := s.db.Load(ctx, scope, load(&rows, counted, "order by e.id")); err != nil {
		return nil, err
	}
	out := []Endpoint{}
	for _, r := range rows {
		out = append(out, r.Endpoint)
	}
	return out, nil
}

// Get reads one endpoint.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.WebhookID) (Endpoint, error) {
	var r row
	err := s.db.Load(ctx, scope, loadOne(&r, counted, id, ""))
	return r.Endpoint, err
}

// Create registers an endpoint. Its address is looked up now, and again whenever it is dialled.
func (s *Service) Create(ctx context.Context, scope tenancy.Scope, in Input) (NewEndpoint, error) {
	if err := s.db.Load(ctx, scope); err != nil { // nobody looks names up here who may not register them
		return NewEndpoint{}, err
	}
	where, err := s.reach(ctx, in.URL)
	if err != nil {
		return NewEndpoint{}, err
	}
	if err := wanted(in.Types); err != nil {
		return NewEndpoint{}, err
	}
	secret := newSecret()
	var out NewEndpoint
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var there int
		if err := tx.Load(tenancy.Value(&there, "select count(*) from webhook_endpoints")); err != nil {
			return err
		}
		if there >= endpointsAtMost {
			return fault.New(fault.Conflict, "webhook.too_many", "An agency has at most ten endpoints. Delete one that is not needed any more.")
		}
		r := row{url: where, secrets: []string{secret}, Endpoint: Endpoint{ID: ident.NewWebhook(), Description: in.Description, Address: shown(where), Types: in.Types,
			Status: "active", Version: 1, CreatedAt: tx.Now()}}
		if err := insert(tx, r); err != nil {
			return err
		}
		audit.Record(tx, "webhook.created", r.ID, nil)
		out = NewEndpoint{r.Endpoint, secret}
		if err := tx.Answer(NewEndpoint{Endpoint: r.Endpoint}); err != nil { // a secret is shown once: a repetition names the endpoint without it
			return err
		}
		return outbox.Tell(tx, "webhooks", r.ID, r.Version)
	})
	return out, err
}

// reach gives the one form of an address that leads to the internet.
func (s *Service) reach(ctx context.Context, raw string) (string, error) {
	u, address, err := target(raw, s.guard.Named)
	if err != nil {
		return "", err
	}
	return u.String(), judged(s.guard.Check(ctx, address))
}

// Change edits an endpoint; version is the one the caller saw. Made active, it is taken up as if it had never failed.
func (s *Service) Change(ctx context.Context, scope tenancy.Scope, id ident.WebhookID, version int, p Patch) (Endpoint, error) {
	if err := s.db.Load(ctx, scope); err != nil {
		return Endpoint{}, err
	}
	var where string
	if p.URL != nil {
		var err error
		if where, err = s.reach(ctx, *p.URL); err != nil {
			return Endpoint{}, err
		}
	}
	if err := wanted(p.Types); err != nil {
		return Endpoint{}, err
	}
	return s.edit(ctx, scope, id, version, "webhook.changed", func(tx *tenancy.Tx, r *row) error {
		if p.URL != nil {
			r.url, r.Address = where, shown(where)
		}
		if p.Description != nil {
			r.Description = *p.Description
		}
		if len(p.Types) > 0 {
			r.Types = p.Types
		}
		if p.Status != nil {
			r.Status, r.Reason = *p.Status, ""
		}
		if r.Status == "active" && (p.Status != nil || p.URL != nil) {
			r.failures, r.FailingSince, r.RestUntil = 0, nil, nil
			tx.Exec(`update webhook_deliveries set next_attempt_at = $2 where endpoint_id = $1 and state = 'pending' and lease_until is null and next_attempt_at > $2`, id, tx.Now())
		}
		return nil
	})
}

// Rotate gives an endpoint a new secret; the one before signs too for a day.
func (s *Service) Rotate(ctx context.Context, scope tenancy.Scope, id ident.WebhookID) (NewEndpoint, error) {
	secret := newSecret()
	out := NewEndpoint{Secret: secret}
	var err error
	out.Endpoint, err = s.edit(ctx, scope, id, 0, "webhook.secret_rotated", func(tx *tenancy.Tx, r *row) error {
		until := tx.Now().Add(overlap)
		r.secrets, r.PreviousUntil = []string{secret, r.secrets[0]}, &until
		return tx.Answer(NewEndpoint{Endpoint: r.Endpoint})
	})
	return out, err
}

// edit is the one way an endpoint changes by hand: lock, check the version (0: the caller did not say), change, save.
func (s *Service) edit(ctx context.Context, scope tenancy.Scope, id ident.WebhookID, version int, action string, change func(*tenancy.Tx, *row) error) (Endpoint, error) {
	var r row
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if err := s.lock(tx, &r, id, version); err != nil {
			return err
		}
		r.Version++
		if err := change(tx, &r); err != nil {
			return err
		}
		if err := update(tx, r); err != nil {
			return err
		}
		audit.Record(tx, action, id, nil)
		return outbox.Tell(tx, "webhooks", id, r.Version)
	})
	return r.Endpoint, err
}

func (s *Service) lock(tx *tenancy.Tx, r *row, id ident.WebhookID, version int) error {
	if err := tx.Load(loadOne(r, counted, id, lock)); err != nil {
		return err
	}
	if version != 0 && r.Version != version {
		return fault.New(fault.Stale, "version.stale", "This endpoint was changed since you read it. Load it again.")
	}
	return nil
}

// Delete ends an endpoint, with what waited for it.
func (s *Service) Delete(ctx context.Context, scope tenancy.Scope, id ident.WebhookID, version int) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var r row
		if err := s.lock(tx, &r, id, version); err != nil {
			return err
		}
		// A transaction that emits holds the key of the endpoint until it ends: locked for good, no row comes after these are gone.
		tx.Exec(`select from webhook_endpoints where id = $1 for update`, id)
		tx.Exec(`delete from webhook_deliveries where endpoint_id = $1`, id)
		tx.Exec(`delete from webhook_endpoints where id = $1`, id)
		audit.Record(tx, "webhook.deleted", id, nil)
		return outbox.Tell(tx, "webhooks", id, r.Version+1)
	})
}
