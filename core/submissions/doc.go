// Package submissions sends files to lenders: one submission a lender, each a machine of its own.
//
// Invariants
//   - Submitting writes the operation and its outbox row in the transaction of the transition: nothing is sent that is not
//     recorded, nothing recorded is forgotten.
//   - A lender's answer is taken once: its events carry ids, and an event that the machine refuses changes nothing.
//   - The two machines talk by outbox events of actor system, each in its own transaction.
//
// Tables: submissions, submission_requests, taken_events. Events: operation, event, changed (submissions).
// Errors: submission.exists, submission.no_item, and the refusals of the workflow engine.
package submissions
