// Package workflow is the pure engine of Pratica: templates that tenants write,
// their form, names and types, and the machine that runs one instance of it.
//
// The proof that a template is sound is analysis, not execution: package proof, which only looks at machines from outside.
//
// Nothing here knows SQL, HTTP or a clock of its own. A caller loads an
// Instance and its Facts, calls Step, and stores what the Result says: the next
// instance, the history entry, the actions for the outbox, the timers.
//
// Three rules shape everything:
//
//   - A fact that is absent is missing, never zero. A guard has four answers:
//     true, false, missing, error; only the first lets anything happen.
//   - Exactly one transition may be enabled. Two are a defect of the template
//     and are refused, never resolved by order.
//   - A refusal says everything that blocks, with values, owner and remedy.
//
// Order of reading: template.go (what is written), compile.go (what is kept),
// step.go (what happens), select.go (which transition), explain.go (what could
// happen), history.go (what happened).
package workflow
