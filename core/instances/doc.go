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
//   - A version goes from draft to certified to published to retired and never back; from certified on, neither its source nor its
//     certificate changes (trigger). Analyses run outside of any transaction, within a budget, one at a
//     time for each agency or network and a few in the process (analysis.go).
//   - The live version of a subject is the one that was published last, whatever its key (view live_workflows): files open under it, the
//     board shows its columns, upgrades start from it, the network counts its base. A key keeps the subject it was published with.
//   - A key has at most twenty drafts: storing one more lets the oldest go. What is certified is kept for ever (trigger).
//   - Whoever publishes over files in flight says what becomes of them. stay: they end under their version. migrate: a job moves
//     them by a plan. drain: they stay and take events as before; after the day the version shows as overdue while any of them is
//     still pinned to it (a flag, not a task for each: it is one decision, to migrate them, for one admin).
//   - A move to another version is a row of the instance's history like any other. The plan is kept for ever, so that Replay moves again.
//   - What stands broken (breach.go) is judged at each macrostep and kept with the instance; a timers row without event
//     stands for the instant at which time alone breaks the next invariant, or lets a transition without an event go.
//   - Deadlines follow the agency's own days over the national holidays, as they are when the deadline starts; the history
//     keeps its end, so that a replay does not depend on the calendar of today.
//   - A row of timers is settled once, under the lock of its instance: fired, cancelled, paused, or stale.
//   - A version may be an overlay on a template of the network. What is proved, stored as source and run is the template the overlay
//     gives (inherited.go); what was written and the base's version stand beside it. Bases never change and nobody moves by a new
//     one: an agency raises its overlay itself (upgrade.go). A network learns how many agencies work under a version, from five on.
//
// Tables: workflow_versions, network_workflows, migration_plans, instances, fact_changes, history, timers, stays; jobs of kind
// migration and divergence; it reads agency_holidays and members (delegate.go).
// Errors: event.unknown (422), event.role (403), event.wrong_state, event.refused (409 with blockers), workflow.ambiguous,
// workflow.missing (409), workflow.not_found, workflow.version_not_found (404), workflow.not_publishable, workflow.not_carried_out,
// workflow.source, workflow.key, workflow.subject, workflow.plan, workflow.drain, workflow.filter, workflow.analysis_budget (422),
// workflow.in_flight, workflow.busy, workflow.moved_on, workflow.certified, workflow.published, workflow.not_published, workflow.last,
// workflow.not_live, workflow.base_newest, workflow.base_conflicts, workflow.base_hidden, workflow.base_unfit, job.not_undoable (409),
// workflow.no_base, base.not_found (404), workflow.analysis_busy (429), workflow.analysis_failed, workflow.broken (500), waiver.role (403),
// waiver.wrong_state and waiver.not_broken (409), waiver.reason (422).
package instances
