package keys

import (
	"context"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/singleflight"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// How many agencies' keys are in memory, and for how long at most.
const (
	holdAtMost = 1000
	holdFor    = 10 * time.Minute
)

// Ring holds agencies' keys in memory for the door.
type Ring struct {
	root *crypto.Root
	now  func() time.Time
	held *lru.Cache[ident.AgencyID, entry]
	once singleflight.Group // an agency's keys are fetched once, whoever asks for them at the same moment
}

type entry struct {
	keys    *crypto.TenantKey
	version int
	until   time.Time
}

// Open gives a door its keys, which root opens.
func Open(db *tenancy.DB, root *crypto.Root, now func() time.Time) *Ring {
	held, err := lru.New[ident.AgencyID, entry](holdAtMost)
	if err != nil {
		panic(err) // only for a size below one
	}
	r := &Ring{root: root, now: now, held: held}
	db.Guard(r)
	return r
}

// Held gives an agency's keys as of a version, when they are in memory.
func (r *Ring) Held(tenant ident.AgencyID, version int) (*crypto.TenantKey, bool) {
	e, found := r.held.Get(tenant)
	if !found || e.version != version || !r.now().Before(e.until) {
		return nil, false
	}
	return e.keys, true
}

// Fetch reads an agency's keys and holds them; an agency without one gets its first.
func (r *Ring) Fetch(_ context.Context, tenant ident.AgencyID, run func(...tenancy.Load) error) error {
	_, err, _ := r.once.Do(tenant.String(), func() (any, error) {
		version, rows, err := read(run)
		if err == nil && len(rows) == 0 {
			var first crypto.Wrapped
			if first, err = r.root.NewTenantKey(tenant.String(), 1, nil); err != nil {
				return nil, err
			}
			if err = run(tenancy.Statement(`insert into tenant_keys (tenant_id, number, wrapped_key, index_key) values ($1, 1, $2, $3) on conflict do nothing`,
				tenant, first.Key, first.Index)); err != nil {
				return nil, err
			}
			version, rows, err = read(run) // two servers at once: both use the key that was stored
		}
		if err != nil {
			return nil, err
		}
		keys, err := r.root.TenantKey(tenant.String(), rows)
		if err != nil {
			return nil, err
		}
		r.held.Add(tenant, entry{keys, version, r.now().Add(holdFor)})
		return nil, nil
	})
	return err
}

func read(run func(...tenancy.Load) error) (version int, rows []crypto.Wrapped, err error) {
	err = run(tenancy.Scan(`select a.key_version, k.number, k.wrapped_key, k.index_key, k.destroyed_at is not null
		from agencies a left join tenant_keys k on k.tenant_id = a.id order by k.number`, nil, func(row pgx.Rows) error {
		var number *int
		var w crypto.Wrapped
		var destroyed *bool
		if err := row.Scan(&version, &number, &w.Key, &w.Index, &destroyed); err != nil || number == nil {
			return err
		}
		w.Number, w.Destroyed = *number, *destroyed
		rows = append(rows, w)
		return nil
	}))
	return version, rows, err
}

// Next makes the key that follows an agency's present ones, to be stored.
func (r *Ring) Next(present *crypto.TenantKey) (crypto.Wrapped, error) {
	return r.root.NewTenantKey(present.Agency(), present.Newest()+1, present)
}
