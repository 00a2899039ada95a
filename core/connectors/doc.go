// Package connectors keeps an agency's connections to lenders and the operations that run over them.
//
// An operation is a row written in the transaction that wants it, with its outbox row; the queue
// brings it to Run, which claims it by compare-and-set with a lease, calls the connector process
// through the Caller port, and takes the result once, in one transaction with what follows from it.
//
//	queued → running → done | failed | waiting_user
//	            ↓ ↑
//	        reconciling          the bank may have acted: ask it before anything is sent again
//
// The operation's id is the idempotency key the lender sees on every attempt.
//
// An Order says who waits for it, what it is about and what it may cost; its result goes to whoever takes those of its method. What is
// given up (a dead letter) keeps its reason and can be replayed. Paid operations are reserved from the agency's budget first.
//
// What a person has taken back, or a consent that has ended, lets nothing leave (Preparer); whether it left before is asked all the same.
//
// Tables: connections, connector_enablements, operations, budgets, operation_costs, callback_addresses. Events: operation, urgent, changed
// (operations, connections, budget).
// Errors: connector.not_found, connector.disabled, connector.unavailable, connection.not_found, connection.exists, operation.not_found, operation.not_failed,
// budget.unset, budget.spent, lender.* (Ask).
package connectors
