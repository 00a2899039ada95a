// Package applications keeps mortgage files: what is asked for, who takes part as what,
// which properties serve it, and the machine that carries it from first contact to the deed.
//
// Invariants
//   - A file's state lives in its instance (core/instances) under the same id; the instance's
//     version is the file's ETag and rises with every change of the file or its links.
//   - Facts of a file (amount, ratios, parties, documents …) are computed here in one batch,
//     with what other features contribute through FactSource, and recorded when a macrostep reads them.
//   - Whatever these facts are computed from, a change of it is a macrostep of the file at once: the features that keep it
//     call Recompute, SubjectChanged or PropertyChanged in their own transaction.
//   - While an invariant stands broken one task is open for it; it is closed when the invariant holds again or is waived.
//   - A file is stalled (stalled.go) past the deadline of its state, or past twice what its state usually takes.
//   - A ratio whose inputs are missing is missing, never zero.
//
// Tables: applications, application_parties, application_properties, notes, tasks.
// Events: changed (applications, tasks). Errors: application.not_found, application.ended,
// party.exists, property.exists, version.stale, and the refusals of the workflow engine.
package applications
