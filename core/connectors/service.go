package connectors

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// Results takes what an operation came to, inside the transaction that settles it. core/submissions implements it.
type Results interface {
	Took(tx *tenancy.Tx, o Operation, a Answer) (Then, error)
}

// Then is what taking a result says about the operation that brought it.
type Then int

// The three things it can say.
const (
	AsSettled Then = iota
	AskAgain       // something of the answer has to wait here: the lender is asked once more
	Enough         // nothing the lender may still say matters here
)

// Takers are who takes results, by method.
type Takers map[string]Results

// Preparer is a taker whose operations only name what they are about: just before a call leaves, what that holds is read, and opened.
// So what people's keys seal is in no operation's row. It may complete the call, or refuse it: then nothing is sent. With what it
// refuses it gives the payload all the same, by which the other side can be asked whether an earlier attempt arrived.
type Preparer interface {
	Prepare(ctx context.Context, scope tenancy.Scope, o Operation, call *Call) (payload any, refused *Failure, err error)
}

// Portal has one taker for everything a bank's portal answers.
func Portal(r Results) Takers {
	return Takers{Submit: r, Status: r, Document: r, Answering: r, Withdraw: r}
}

// Contents opens the content of an agency's document. core/documents implements it.
type Contents interface {
	Content(ctx context.Context, scope tenancy.Scope, id ident.DocumentID) (documents.Document, io.ReadCloser, error)
}

// Service keeps connections and runs operations.
type Service struct {
	db       *tenancy.DB
	caller   Caller
	contents Contents
	takers   Takers
	tally    tally
	public   string // where the platform is reached from outside; empty: nobody calls back
	observer Observer
}

// New builds the service. Who takes results is set later by Deliver, because it stands above.
func New(db *tenancy.DB, caller Caller, contents Contents) *Service {
	return &Service{db: db, caller: caller, contents: contents, takers: Takers{}}
}

// Deliver names who takes the results of methods. Each feature names its own, before the first operation runs.
func (s *Service) Deliver(t Takers) { maps.Copy(s.takers, t) }

// Run carries an operation one attempt further. It is called at least once for each attempt; what it does twice
// comes to nothing: the claim and the settling are compare-and-sets.
func (s *Service) Run(ctx context.Context, scope tenancy.Scope, id ident.OperationID) error {
	scope = scope.For("operations.run")
	var o Operation
	var before string
	var found, disabled bool
	var connection connectionRow
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) (err error) {
		if o, before, found, err = claim(tx, id); err != nil || !found {
			return err
		}
		if o.connection.IsZero() {
			return tx.Load(loadDisabled(&disabled, o.Connector))
		}
		if err := tx.Load(loadConnection(&connection, o.connection, ""), loadDisabled(&disabled, o.Connector)); err != nil {
			return err
		}
		connection.callback, err = s.address(tx, o.connection)
		return err
	})
	if err != nil || !found {
		return err
	}
	answer := Answer{Verdict: Failed, Failure: &Failure{Kind: "invalid_config", Code: Disabled, SideEffect: "none"}}
	if !disabled { // nothing leaves through what the agency does not use, whenever it was queued
		answer = s.tried(ctx, scope, o, before, connection)
	}
	ctx = context.WithoutCancel(ctx) // the lender has answered: that must be written, also while we stop
	err = fault.Guard("operation.broken", func() error { return s.take(ctx, scope, o, connection, answer) })
	switch {
	case err == nil:
		return putOff(answer)
	case fault.As(err) == errTaken:
		return nil
	case fault.Is(err, fault.Unavailable):
		return err // the lease ends, and the lender is asked
	}
	slog.Error("an answer cannot be taken", "operation", o.ID, "method", o.Method, "error", err)
	unkept := broken(o, "answer_unkept")
	if errors.Is(err, ErrGarbage) {
		unkept.Failure.Kind = "contract_drift"
	}
	return s.take(ctx, scope, o, connection, unkept)
}

// tried is attempt; a panic is an attempt that nobody knows the end of.
func (s *Service) tried(ctx context.Context, scope tenancy.Scope, o Operation, before string, c connectionRow) (a Answer) {
	if fault.Guard("operation.broken", func() error { a = s.attempt(ctx, scope, o, before, c); return nil }) != nil {
		return broken(o, "operation.broken")
	}
	return a
}

// broken is an attempt that failed here, after the other side may have acted: a failure like others, with their bound, and what acts is
// asked about first.
func broken(o Operation, code string) Answer {
	f := &Failure{Kind: "internal", Code: code, SideEffect: "unknown"}
	if !Acts(o.Method) {
		f.SideEffect = "none"
	}
	return Answer{Verdict: Failed, Failure: f}
}

// putOff tells the queue when the other operations for the same bank would be told the same.
func putOff(a Answer) error {
	if !a.Failure.putOff() {
		return nil
	}
	switch a.Failure.Code {
	case BankBusy, hostBusy:
		return &queue.Rest{For: 500 * time.Millisecond}
	case BankResting:
		return &queue.Rest{For: max(pollAtLeast, min(a.Failure.RetryAfter, restAtMost))}
	}
	return nil
}

// ErrGarbage is the error of results that cannot be read: the operation fails, and what the lender did is asked before anything is sent again.
var ErrGarbage = fault.New(fault.Internal, "operation.garbage", "The lender's answer cannot be read.")

// take settles an operation with what follows from its answer, in one transaction.
func (s *Service) take(ctx context.Context, scope tenancy.Scope, o Operation, c connectionRow, answer Answer) error {
	var n next
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		o.idleSince = idles(o.idleSince, answer.Failure, tx.Now())
		n = after(answer, o.Method, o.Attempt, tx.Now().Sub(o.CreatedAt), o.idleFor(tx.Now()))
		if n.stop {
			stopped, mended, err := stop(tx, c, answer.Failure)
			switch {
			case err != nil:
				return err
			case mended:
				n = next{state: again(o.Method), after: pollAtLeast}
			case stopped && answer.Failure.Code != Disabled: // whoever disabled it knows
				if err := alert(tx, c); err != nil {
					return err
				}
			}
		}
		if err := settle(tx, o, n, answer); err != nil {
			return err
		}
		if err := tx.Load(); err != nil { // the compare-and-set decides before anything follows from the answer
			return err
		}
		then := AsSettled
		if taker := s.takers[o.Method]; taker != nil {
			var err error
			if then, err = taker.Took(tx, o, answer); err != nil {
				return err
			}
		}
		switch then {
		case AskAgain:
			askAgain(tx, o)
		case Enough:
			tx.Exec(`update operations set state = 'done', version = version + 1, updated_at = $2 where id = $1`, o.ID, tx.Now())
		}
		if n.state == "failed" && then == AsSettled {
			if err := webhooks.Emit(tx, o.failed(answer)); err != nil {
				return err
			}
		}
		if o.Method == Status && answer.Verdict == Pending {
			return nil // nobody looks at a lender that still thinks; what it did say is told where it was taken
		}
		return outbox.Tell(tx, "operations", o.ID, o.Version+1)
	})
	if err == nil {
		s.tally.count(o.Connector, answer, n)
	}
	return err
}

// alert tells the agency's admins that a connection has stopped; whoever looks at it sees it too.
func alert(tx *tenancy.Tx, c connectionRow) error {
	audit.Record(tx, "connection.stopped", c.ID, nil)
	if err := webhooks.Emit(tx, webhooks.Connection{ID: c.ID, Connector: c.Connector, Version: c.Version + 1}); err != nil {
		return err
	}
	if err := outbox.MailRole(tx, c.ID, "agency_admin", ident.UserID{}, "Collegamento fermo · Connection stopped: "+c.Name,
		"Le impostazioni del collegamento «"+c.Name+"» non sono accettate. Le operazioni attendono: correggetele in Impostazioni, Connettori, e riprenderanno da sé.\n\n"+
			"The settings of the connection \""+c.Name+"\" are not accepted. Operations wait: mend the settings under Settings, Connectors, and they go on by themselves.\n"); err != nil {
		return err
	}
	return outbox.Tell(tx, "connections", c.ID, c.Version+1)
}

// attempt calls the connector. Where an earlier attempt may have reached the lender, the lender is asked
// first; only its «never heard of it» lets the request go out again, under the same key.
func (s *Service) attempt(ctx context.Context, scope tenancy.Scope, o Operation, before string, c connectionRow) Answer {
	if s.takers[o.Method] == nil { // nobody here would take what it answers
		return Answer{Verdict: Failed, Failure: &Failure{Kind: "unsupported", Code: "no_taker", SideEffect: "none"}}
	}
	if c.Status == "stopped" { // its settings are wrong: nothing is sent until somebody has mended them and tries again
		return Answer{Verdict: Failed, Failure: &Failure{Kind: "invalid_config", Code: "connection_stopped", SideEffect: "none"}}
	}
	ctx, cancel := context.WithTimeout(ctx, callDeadline)
	defer cancel()
	deadline, _ := ctx.Deadline()
	call := Call{Tenant: scope.Tenant(), Connection: o.connection, Operation: o.ID, IdempotencyKey: o.ID.String(), Attempt: o.Attempt,
		Deadline: deadline, Config: c.Config, ConfigRevision: c.Version, Purpose: o.Purpose, Consent: o.ConsentID, CallbackURL: c.callback}
	asks := before != "queued" && Acts(o.Method)
	payload, refused := o.payload, (*Failure)(nil)
	if p, prepares := s.takers[o.Method].(Preparer); prepares {
		payload, refused = prepared(ctx, p, scope, o, &call, asks)
	}
	if refused != nil && (!asks || payload == nil) {
		return Answer{Verdict: Failed, Failure: refused}
	}
	if o.Method == Answering || o.Method == Document {
		var body struct {
			Document ident.DocumentID `json:"document_id"`
			SHA256   string           `json:"sha256"`
		}
		if err := json.Unmarshal(o.payload, &body); err != nil {
			return Answer{Verdict: Failed, Failure: &Failure{Kind: "internal", Code: "payload", SideEffect: "none"}}
		}
		call.Content = func(ctx context.Context) (io.ReadCloser, error) {
			if body.Document.IsZero() { // answered by a choice
				return io.NopCloser(strings.NewReader("")), nil
			}
			paper, content, err := s.contents.Content(ctx, scope.For("documents.read"), body.Document)
			if err == nil && paper.SHA256 != body.SHA256 { // replaced since it was named: what was meant is not there any more
				return nil, errors.Join(fault.New(fault.Conflict, "document.replaced", "The document was replaced since."), content.Close())
			}
			return content, err
		}
	}
	if asks {
		ask := call
		ask.Of, ask.ExternalRef, ask.Content = o.Method, o.external, nil
		if a := s.caller.Call(ctx, o.Connector, Reconcile, ask, payload); !unheard(a) {
			return a
		}
	}
	if refused != nil {
		return Answer{Verdict: Failed, Failure: refused}
	}
	return s.caller.Call(ctx, o.Connector, o.Method, call, payload)
}

// unheard: the lender knows of no such request.
func unheard(a Answer) bool {
	return a.Verdict == Failed && a.Failure.Code == "not_found" && a.Failure.SideEffect == "none"
}
