package tenancy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// Tx is a transaction in a scope. It has nothing to commit, roll back or reach the pool with.
type Tx struct {
	ctx     context.Context
	conn    *pgxpool.Conn
	scope   Scope
	network ident.NetworkID // of a network's transaction; zero in an agency's
	now     time.Time
	begin   string // "" for the implicit transaction of one pipeline
	begun   bool
	writes  bool
	prelude []Load       // sent before the first statement, in the same round trip
	sight   access.Sight // what the transaction was opened to see
	policy  access.Authorizer
	vault   Vault
	who     entry
	keys    *crypto.TenantKey // of the scope's agency; nil in a network's transaction
	about   []followed        // the files that the scope's thing follows, where rules have conditions
	table   *access.Table     // what is decided by; nil until the first statement has answered
	grant   access.Grant      // of the scope's action
	answer  *stored
	queue   []Load // writes that travel with COMMIT
}

// entry is what the prelude reads: the actor's roles and branch, and the policy version they are judged under.
type entry struct {
	access.Person
	roles   []string
	actions []access.Action // of a machine narrowed to some; nil: all that the roles may
	version int
	keys    int // the version of the agency's keys
	member  bool
}

// Context is the request's; it ends when the caller goes away.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Scope is the one the transaction was opened with.
func (tx *Tx) Scope() Scope { return tx.scope }

// Network is the one acted for; zero in an agency's transaction.
func (tx *Tx) Network() ident.NetworkID { return tx.network }

// Now is the instant of the transaction in UTC, at PostgreSQL's resolution.
func (tx *Tx) Now() time.Time { return tx.now }

// Exec queues a statement; it is sent before the next Load, or with COMMIT. Its error ends the transaction.
func (tx *Tx) Exec(sql string, args ...any) { tx.queue = append(tx.queue, exec(sql, args...)) }

// ExecOne queues a statement that must touch exactly one row; otherwise the transaction ends with miss.
func (tx *Tx) ExecOne(miss error, sql string, args ...any) {
	l := exec(sql, args...)
	l.rows, l.miss = 1, miss
	tx.queue = append(tx.queue, l)
}

// Load sends what is queued and the loads in one round trip, and fills their destinations.
func (tx *Tx) Load(loads ...Load) error { return tx.send(loads, false) }

// Answer keeps v as what a repetition of this request is answered, when the scope carries an idempotency key.
func (tx *Tx) Answer(v any) error {
	if tx.scope.once.key == "" {
		return nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	if tx.network.IsZero() {
		keys, err := tx.Keys()
		if err != nil {
			return err
		}
		if body, err = keys.Seal(tx.answerPlace(), body); err != nil {
			return fmt.Errorf("seal answer: %w", err)
		}
	}
	insert, owner := `insert into idempotency_keys (tenant_id, actor_id, key, request_hash, answer, created_at) values ($1, $2, $3, $4, $5, $6)`, any(tx.scope.tenant)
	if !tx.network.IsZero() {
		insert, owner = `insert into network_idempotency_keys (network_id, actor_id, key, request_hash, answer, created_at) values ($1, $2, $3, $4, $5, $6)`, tx.network
	}
	tx.Exec(insert, owner, tx.scope.actor.ID(), tx.scope.once.key, tx.scope.once.hash[:], body, tx.now)
	return nil
}

// answerPlace is where the answer to this request is kept sealed.
func (tx *Tx) answerPlace() crypto.Place {
	return AnswerPlace(tx.scope.actor.ID(), tx.scope.once.key)
}

// AnswerPlace is where the answer to an actor's request with an idempotency key is kept.
func AnswerPlace(actor, key string) crypto.Place {
	return crypto.Place{Table: "idempotency_keys", Row: actor + " " + key, Column: "answer"}
}

// Replay is the error of a Write whose idempotency key was already used with the same body.
type Replay struct{ Answer json.RawMessage }

func (*Replay) Error() string { return "request already answered" }

type stored struct {
	hash   []byte
	answer []byte
}

// once runs loads without BEGIN: one pipeline is one implicit transaction.
func (tx *Tx) once(loads []Load) error { return tx.send(loads, false) }

// finish ends the transaction: COMMIT with the queued writes in one round trip, or ROLLBACK.
func (tx *Tx) finish(err error) error {
	if err == nil && !tx.begun && len(tx.queue) == 0 {
		return nil
	}
	// COMMIT may travel with the queue only when nothing can still be refused here: the server
	// would have committed before the refusal is read.
	if err == nil && (tx.prelude != nil || tx.doubtful()) {
		err = tx.send(nil, false)
	}
	if err == nil {
		if err = tx.send(nil, true); err == nil {
			return nil
		}
	}
	if tx.begun {
		tx.rollback()
	}
	return err
}

// doubtful reports whether a queued statement's row count decides about the transaction.
func (tx *Tx) doubtful() bool {
	return slices.ContainsFunc(tx.queue, func(l Load) bool { return l.miss != nil })
}

// rollback must reach the server even when the caller has gone; a connection that cannot is thrown away.
func (tx *Tx) rollback() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tx.ctx), 5*time.Second)
	defer cancel()
	if _, err := tx.conn.Exec(ctx, "rollback"); err != nil {
		_ = tx.conn.Conn().Close(ctx) // the pool discards a closed connection
	}
	tx.begun = false
}

// send is the one place where statements leave.
func (tx *Tx) send(loads []Load, commit bool) error {
	opening := tx.prelude
	tx.prelude = nil
	all := make([]Load, 0, len(opening)+len(tx.queue)+len(loads)+2)
	if tx.begin != "" && !tx.begun {
		all = append(all, exec(tx.begin))
		tx.begun = true
	}
	all = append(append(append(all, opening...), tx.queue...), loads...)
	tx.queue = nil
	if commit {
		all = append(all, exec("commit"))
	}
	batch := &pgx.Batch{}
	for _, l := range all {
		batch.Queue(l.sql, l.args...)
	}
	results := tx.conn.SendBatch(tx.ctx, batch)
	err := tx.collect(results, all)
	if closing := results.Close(); err == nil {
		err = closing
	}
	if commit && err == nil {
		tx.begun = false
	}
	return err
}

func (tx *Tx) collect(results pgx.BatchResults, all []Load) error {
	for i := range all {
		if err := all[i].read(tx, results); err != nil {
			return err
		}
	}
	return nil
}

// tenantPrelude sets the tenant and the sight for this transaction and reads the actor's place in it. Where rules have conditions, it
// also reads the files which the scope's thing follows, before the sight closes over them.
func tenantPrelude(s Scope, tx *Tx, conditional bool) []Load {
	take := func(rows pgx.Rows) error {
		tx.who.member = true
		return rows.Scan(&tx.who.roles, &tx.who.version, &tx.who.keys, &tx.who.Branch)
	}
	var loads []Load
	var who Load
	switch {
	case !s.actor.support.IsZero():
		loads, who = supportPrelude(s.actor, tx, take)
	case !s.actor.user.IsZero():
		who = Scan(`select m.roles, a.policy_version, a.key_version, m.branch from members m join agencies a on a.id = m.tenant_id
			where m.user_id = $1 and m.status = 'active' and a.status = 'active'`, []any{s.actor.user}, take)
	case !s.actor.portal.IsZero():
		loads, who = portalPrelude(s.actor, take)
	case !s.actor.key.IsZero():
		who = machinePrelude(s.actor, tx)
	default:
		who = Scan(`select array['system'], a.policy_version, a.key_version, '' from agencies a`, nil, take)
	}
	tx.who.User = s.actor.user
	at := exec(entering, s.tenant.UUID.String(), string(tx.sight), s.actor.ID())
	who.after = tx.admit
	_, follows := files[s.about.prefix]
	if follows = follows && conditional; follows {
		at.args[1], who.after = string(access.Everything), nil // the files are looked at before the sight closes
	}
	loads = append(append([]Load{at}, loads...), who)
	if s.expect != nil {
		loads = append(loads, unmoved(who, *s.expect))
	}
	if follows {
		about := s.about.files(&tx.about, s.actor)
		about.after = tx.admit
		loads = append(loads, about, exec("select set_config('app.sight', $1, true)", string(tx.sight)))
	}
	return append(loads, tx.answered("idempotency_keys")...)
}

// entering is the first statement of every transaction in an agency.
const entering = "select set_config('app.tenant_id', $1, true), set_config('app.sight', $2, true), set_config('app.actor', $3, true)"

// answered looks for what a request with this idempotency key was answered before, in the table of the scope's kind.
func (tx *Tx) answered(table string) []Load {
	o := tx.scope.once
	if o.key == "" {
		return nil
	}
	var seen stored
	again := Scan("select request_hash, answer from "+table+" where actor_id = $1 and key = $2", []any{tx.scope.actor.ID(), o.key},
		func(rows pgx.Rows) error {
			tx.answer = &seen
			return rows.Scan(&seen.hash, &seen.answer)
		})
	again.after = func() error {
		switch {
		case tx.answer == nil || !tx.writes:
			return nil
		case string(tx.answer.hash) != string(o.hash[:]):
			return fault.New(fault.Invalid, "idempotency.other_body", "This Idempotency-Key was already used with another body. Send a new key.")
		}
		if !tx.network.IsZero() {
			return &Replay{tx.answer.answer}
		}
		body, err := tx.keys.Open(tx.answerPlace(), tx.answer.answer)
		if err != nil {
			return err
		}
		return &Replay{body}
	}
	return []Load{again}
}

// withTx takes a connection for the time of one try.
func withTx(ctx context.Context, pool *pgxpool.Pool, now func() time.Time, use func(*Tx) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx := &Tx{ctx: ctx, conn: conn, now: now().UTC().Truncate(time.Microsecond)}
	defer func() {
		if p := recover(); p != nil {
			tx.rollback()
			panic(p)
		}
	}()
	err = use(tx)
	if err != nil && tx.begun && !errors.Is(err, context.Canceled) {
		tx.rollback()
	}
	return err
}
