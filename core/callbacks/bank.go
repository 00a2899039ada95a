package callbacks

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const (
	// MaxBody bounds what a bank may send, in bytes.
	MaxBody = 256 << 10
	// sameWithin is how long the same callback is the same.
	sameWithin = 24 * time.Hour
	// waitingAtMost bounds what of one connection waits to be read.
	waitingAtMost = 1000
)

// Request is what a bank sent, as the protocol has it.
type Request struct {
	Path    string   `json:"path"`
	Method  string   `json:"method"`
	Query   string   `json:"query"`
	Headers []Header `json:"headers"`
	Body    []byte   `json:"body"`
}

// Header is one of a request's.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Told is a feature that asks anew about what a bank has news of.
type Told interface {
	Told(tx *tenancy.Tx, connection ident.ConnectionID, references []string) error
}

// Tell names features that are told.
func (s *Service) Tell(t ...Told) { s.told = append(s.told, t...) }

// handled is what an operation is given: which callback it is about.
type handled struct {
	Callback ident.CallbackID `json:"callback_id"`
}

func requestPlace(id ident.CallbackID) crypto.Place {
	return crypto.Place{Table: "callbacks", Row: id.String(), Column: "request"}
}

// Receive keeps what a bank sent to the address of a connection, and lets its connector read it. The same again is nothing new.
func (s *Service) Receive(ctx context.Context, token string, r Request) error {
	if len(r.Body) > MaxBody {
		return fault.New(fault.TooLarge, "callback.too_large", "A callback has at most 256 KiB.")
	}
	agency, connection, found, err := s.directory.CallbackAddress(ctx, hashOf(token))
	if err != nil {
		return err
	}
	if !found {
		return errMissing
	}
	scope, err := s.operator.Scope(agency, "callback "+connection.String())
	if err != nil {
		return err
	}
	scope = scope.For("callbacks.receive")
	connector := ""
	if err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) (err error) { connector, err = connectors.Named(tx, connection); return err }); err != nil {
		return err
	}
	if paths, err := s.paths(ctx, connector); err != nil || !slices.Contains(paths, r.Path) {
		return errMissing
	}
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error { return s.receive(tx, connection, connector, r) })
}

func (s *Service) receive(tx *tenancy.Tx, connection ident.ConnectionID, connector string, r Request) error {
	k, err := tx.Keys()
	if err != nil {
		return err
	}
	digest, err := k.Index("callbacks.digest", r.Path+"\x00"+r.Query+"\x00"+string(r.Body))
	if err != nil {
		return err
	}
	known, waiting := false, 0
	if err := tx.Load(tenancy.Statement(`select from callback_addresses where connection_id = $1 for update`, connection), // of two at once one is the first
		tenancy.Value(&known, `select true from callbacks where connection_id = $1 and digest = $2 and at > $3 limit 1`, connection, digest, tx.Now().Add(-sameWithin)),
		tenancy.Value(&waiting, `select count(*) from callbacks where connection_id = $1 and request is not null`, connection)); err != nil || known {
		return err
	}
	if waiting >= waitingAtMost {
		e := fault.New(fault.Limited, "callback.waiting", "Too many callbacks of this connection wait to be read. Send it again later.")
		e.Retry = time.Minute
		return e
	}
	id := ident.NewCallback()
	plain, err := json.Marshal(r)
	if err != nil {
		return err
	}
	box, err := k.Seal(requestPlace(id), plain)
	if err != nil {
		return err
	}
	operation, err := connectors.Enqueue(tx, connectors.Order{Method: connectors.Callback, Connector: connector, Connection: connection, Payload: handled{id}})
	if err != nil {
		return err
	}
	tx.Exec(`insert into callbacks (tenant_id, id, connection_id, path, digest, request, operation_id, at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.Scope().Tenant(), id, connection, r.Path, digest, box, operation, tx.Now())
	return nil
}

// Prepare opens what was kept.
func (s *Service) Prepare(ctx context.Context, scope tenancy.Scope, o connectors.Operation, _ *connectors.Call) (any, *connectors.Failure, error) {
	var h handled
	if err := json.Unmarshal(o.Payload(), &h); err != nil {
		return nil, nil, err
	}
	var r *Request
	err := s.db.Load(ctx, scope, tenancy.Unseal(`select request from callbacks where id = $1 and request is not null`, []any{h.Callback}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var box []byte
		if err := rows.Scan(&box); err != nil {
			return err
		}
		plain, err := k.Open(requestPlace(h.Callback), box)
		if err == nil {
			err = json.Unmarshal(plain, &r)
		}
		return err
	}))
	if err == nil && r == nil {
		return nil, &connectors.Failure{Kind: "rejected", Code: "callback_gone", SideEffect: "none"}, nil
	}
	return r, nil, err
}

// Took has whatever waits for the bank ask anew; nothing in a callback is believed beyond that there is news.
func (s *Service) Took(tx *tenancy.Tx, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	up, err := connectors.Given(tx, o)
	if err != nil {
		return connectors.AsSettled, err
	}
	if a.Verdict == connectors.Done || up { // what was not taken may come again, signed anew: it is not the same
		tx.Exec(`update callbacks set request = null, digest = case when $2 then ''::bytea else digest end where operation_id = $1`, o.ID, up)
	}
	if a.Verdict != connectors.Done {
		return connectors.AsSettled, nil
	}
	connectors.Forget(tx, o)
	var out struct {
		References []string `json:"references"`
	}
	if err := json.Unmarshal(a.Payload, &out); err != nil {
		return connectors.AsSettled, connectors.ErrGarbage
	}
	if len(out.References) == 0 {
		return connectors.AsSettled, nil
	}
	connectors.News(tx, o.Connection(), out.References)
	for _, t := range s.told {
		if err := t.Told(tx, o.Connection(), out.References); err != nil {
			return connectors.AsSettled, err
		}
	}
	return connectors.AsSettled, nil
}
