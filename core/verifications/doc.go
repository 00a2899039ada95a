// Package verifications has people of files prove who they are by SPID or CIE.
//
//	started → verified | refused (tax_code: somebody else; level: less than was asked for; provider: it said no, or the person did)
//
// Invariants
//   - Who proved to be somebody else than the file says is refused, visibly, and the broker gets a task. The tax code decides.
//   - The person comes back through a state that opens once (core/callbacks); what they came with is stored before it is handled.
//   - Who they proved to be, and the evidence, lie sealed by the person's key.
//   - A file's identity_verified is true when every borrower is verified; its level is the lowest of theirs.
//
// Table: verifications. Events: changed (verifications). Actions: verifications.read, verifications.write.
// Errors: verification.no_tax_code, verification.connection (422), subject.not_found, application.not_found (404).
package verifications
