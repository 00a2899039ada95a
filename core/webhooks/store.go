package webhooks

import (
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// row is an endpoint with what is never shown of it. secrets are the one that counts and the one before it, whether it still does or not.
type row struct {
	Endpoint
	url      string
	secrets  []string
	failures int // in a row
}

func (r row) health() health { return health{r.failures, r.FailingSince, r.RestUntil} }

// signing are the secrets that sign at an instant.
func (r row) signing(now time.Time) []string {
	if r.PreviousUntil == nil || !r.PreviousUntil.After(now) {
		return r.secrets[:1]
	}
	return r.secrets
}

// host is what may be said of an address in a mail.
func (r row) host() string {
	u, err := url.Parse(r.url)
	if err != nil {
		return ""
	}
	return u.Host
}

// Place is where a sealed column of an endpoint is kept.
func Place(id ident.WebhookID, column string) crypto.Place {
	return crypto.Place{Table: "webhook_endpoints", Row: id.String(), Column: column}
}

// What is shown of an endpoint's deliveries; whoever delivers has no need to count them.
const (
	counted   = `(select count(*) from webhook_deliveries d where d.endpoint_id = e.id and d.state = 'pending'), (select count(*) from webhook_deliveries d where d.endpoint_id = e.id and d.state = 'failed')`
	uncounted = "0, 0"
)

func load(dst *[]row, counts, where string, args ...any) tenancy.Load {
	return tenancy.Unseal(`select e.id, e.description, e.url, e.secret, e.previous_secret, e.previous_until, e.types, e.status, e.reason, e.failures, e.failing_since, e.rest_until, e.version, e.created_at, `+counts+`
		from webhook_endpoints e `+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var r row
		var address, secret, previous []byte
		if err := rows.Scan(&r.ID, &r.Description, &address, &secret, &previous, &r.PreviousUntil, &r.Types, &r.Status, &r.Reason, &r.failures, &r.FailingSince, &r.RestUntil, &r.Version, &r.CreatedAt,
			&r.Waiting, &r.Failed); err != nil {
			return err
		}
		open := func(column string, sealed []byte) (string, error) {
			plain, err := k.Open(Place(r.ID, column), sealed)
			return string(plain), err
		}
		var err error
		if r.url, err = open("url", address); err != nil {
			return err
		}
		newest, err := open("secret", secret)
		if err != nil {
			return err
		}
		r.secrets = []string{newest}
		if previous != nil {
			older, err := open("previous_secret", previous)
			if err != nil {
				return err
			}
			r.secrets = append(r.secrets, older)
		}
		r.Address = shown(r.url)
		*dst = append(*dst, r)
		return nil
	}).From(func() { *dst = nil })
}

// lock ends a statement that locks an endpoint, but for those who emit: they hold on to its key alone.
const lock = " for no key update of e"

// loadOne reads the endpoint of an id; also ends the statement.
func loadOne(dst *row, counts string, id ident.WebhookID, also string) tenancy.Load {
	var rows []row
	return load(&rows, counts, "where e.id = $1"+also, id).Then(func(*tenancy.Tx) error {
		if len(rows) == 0 {
			return fault.Missing("webhook")
		}
		*dst = rows[0]
		return nil
	}).From(func() { rows = nil })
}

// sealed are the columns of an endpoint that the agency's key seals.
func (r row) sealed(tx *tenancy.Tx) (address, secret, previous []byte, err error) {
	k, err := tx.Keys()
	if err != nil {
		return nil, nil, nil, err
	}
	if address, err = k.Seal(Place(r.ID, "url"), []byte(r.url)); err != nil {
		return nil, nil, nil, err
	}
	if secret, err = k.Seal(Place(r.ID, "secret"), []byte(r.secrets[0])); err != nil {
		return nil, nil, nil, err
	}
	if len(r.secrets) > 1 {
		previous, err = k.Seal(Place(r.ID, "previous_secret"), []byte(r.secrets[1]))
	}
	return address, secret, previous, err
}

func insert(tx *tenancy.Tx, r row) error {
	address, secret, _, err := r.sealed(tx)
	if err != nil {
		return err
	}
	s := tx.Scope()
	tx.Exec(`insert into webhook_endpoints (tenant_id, id, description, url, secret, types, created_by, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		s.Tenant(), r.ID, r.Description, address, secret, r.Types, s.Actor().ID(), tx.Now())
	return nil
}

// update saves an endpoint that is locked.
func update(tx *tenancy.Tx, r row) error {
	address, secret, previous, err := r.sealed(tx)
	if err != nil {
		return err
	}
	tx.Exec(`update webhook_endpoints set description = $2, url = $3, secret = $4, previous_secret = $5, previous_until = $6, types = $7, status = $8, reason = $9,
			failures = $10, failing_since = $11, rest_until = $12, version = $13 where id = $1`,
		r.ID, r.Description, address, secret, previous, r.PreviousUntil, r.Types, r.Status, r.Reason, r.failures, r.FailingSince, r.RestUntil, r.Version)
	return nil
}
