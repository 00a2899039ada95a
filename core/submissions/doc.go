// Package submissions sends files to lenders: one submission a lender, each a machine of its own.
//
// Invariants
//   - Submitting writes the operation and its outbox row in the transaction of the transition: nothing is sent that is not
//     recorded, nothing recorded is forgotten.
//   - A lender's answer is taken once: its events carry ids. A step that a guard still holds (the lender approves, the
//     appraisal is not accepted here yet) waits with all that follow it, and the lender is asked again; one the machine has
//     no place for any more changes nothing.
//   - The two machines talk by outbox events of actor system, each in its own transaction.
//
// Tables: submissions, submission_requests, taken_events. Events: operation, event, changed (submissions).
// Errors: submission.exists, submission.no_item, and the refusals of the workflow engine.
package submissions
