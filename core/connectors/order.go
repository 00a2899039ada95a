package connectors

import (
	"encoding/json"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Priority is who waits for an operation.
type Priority = queue.Priority

// The three priorities. Work for a screen is never behind the others; nightly work is, and yet gets its turn.
const (
	Screen     = queue.Screen     // a person looks at a screen and waits
	Background = queue.Background // nobody looks
	Nightly    = queue.Nightly    // any time before the morning
)

// Order is an operation that is wanted. Method and Connector are always set; what else there is depends on the method.
type Order struct {
	Method      string
	Connector   string
	Connection  ident.ConnectionID // none for a connector that needs no settings
	Submission  ident.SubmissionID
	Application ident.ApplicationID
	Subject     ident.SubjectID
	Consent     ident.BankConsentID
	Priority    Priority // none: Screen when a person asks, else Background
	Purpose     string   // a code, where the law wants to know why
	CostCents   int64    // what it may cost at most: reserved from the agency's budget now, or the order is refused
	Payload     any      // its JSON is sealed by the agency's key
}

// weights are what methods take of the workers, in the fair share's coin; what is not here takes 1.
var weights = map[string]int{Submit: 2, Document: 4, Answering: 4}

// Enqueue writes an operation and its outbox row in the caller's transaction. A paid one whose cost the agency's budget has no
// room for is Refused (budget.unset, budget.spent), with the blocker that says so.
func Enqueue(tx *tenancy.Tx, order Order) (ident.OperationID, error) {
	if order.Method == "" || order.Connector == "" {
		return ident.OperationID{}, fault.New(fault.Internal, "operation.order", "An operation has a method and a connector.")
	}
	body, err := json.Marshal(order.Payload)
	if err != nil {
		return ident.OperationID{}, err
	}
	if actor := tx.Scope().Actor(); order.Priority == "" && (!actor.User().IsZero() || !actor.Portal().IsZero()) {
		order.Priority = Screen
	} else if order.Priority == "" {
		order.Priority = Background
	}
	o := Operation{ID: ident.NewOperation(), SubmissionID: order.Submission, ApplicationID: order.Application, SubjectID: order.Subject, ConsentID: order.Consent,
		Connector: order.Connector, Method: order.Method, Priority: order.Priority, Purpose: order.Purpose, CostCents: order.CostCents,
		NextAttemptAt: tx.Now(), connection: order.Connection, payload: body, weight: max(1, weights[order.Method])}
	if err := insertOperation(tx, o); err != nil {
		return o.ID, err
	}
	if err := reserve(tx, o); err != nil {
		return o.ID, err
	}
	return o.ID, dispatch(tx, o)
}

// dispatch writes the outbox row of an operation that is due. Whoever waits at a screen has the relays woken when the
// transaction commits; the others are found when the outbox is next looked at.
func dispatch(tx *tenancy.Tx, o Operation) error {
	topic := outbox.Operation
	if o.Priority == Screen {
		topic = outbox.Urgent
		tx.Exec(`select pg_notify($1, '')`, outbox.Wake)
	}
	return outbox.Emit(tx, topic, o.ID, outbox.Dispatch{Priority: string(o.Priority), Connector: o.Connector, Connection: o.connection, Weight: o.weight, Version: max(1, o.Version)})
}
