// Package instances keeps running machines: it loads what core/workflow's pure engine needs, lets
// it step, and writes what it says, in the caller's transaction.
//
// Invariants
//   - An instance is pinned to one template version. Published sources never change, so compiled machines are kept.
//   - A step is a compare-and-set: the row is locked, the version rises, and the history's key refuses a second
//     entry of the same sequence.
//   - Each history entry carries the hash of the one before it; facts a clause read are recorded with it, so that
//     Replay gives the stored state or names the row that does not fit.
//   - A template is published only when every action in it is one that a feature carries out (carried.go).
//
// Tables: workflow_versions, instances, fact_changes, history, timers.
// Errors: event.unknown (422), event.role (403), event.refused (409 with blockers), workflow.ambiguous (409), workflow.missing,
// workflow.not_publishable and workflow.not_carried_out (422).
package instances
