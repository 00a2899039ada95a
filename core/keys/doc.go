// Package keys keeps the rows of keys: it loads and holds the agencies' keys for the door, and gives subjects theirs.
//
//	root key            a file, AWS KMS or Vault transit (core/crypto)
//	└ agency's key      tenant_keys: the newest row seals, the others open
//	  ├ subject's key   subjects.data_key: the person's columns, and payloads about the person wherever they lie
//	  ├ file's key      instances.data_key: recorded facts and history
//	  ├ document's key  documents.data_key: the content in storage
//	  └ single values   idempotency_keys.answer, connections.config, operations.payload
//
// Decisions
//   - What is in memory is used only under agencies.key_version as the transaction itself has read it, with the actor's roles, in the same
//     round trip. So a rotation or a shredding counts for the very next transaction on every server; the bounds (1,000 agencies, 10 minutes)
//     are for the memory's sake. Cost: one more column in the door's first statement.
//   - Rotating wraps small keys anew and rewrites no data: append-only tables (history, facts) stay append-only, replays stay the same.
//   - The key of the blind indexes is handed on by a rotation. With a new one, two people with the same tax code could be entered
//     while the work lasts; the indexes are HMACs of a random key, which does not wear out.
//   - A key retires when nothing it sealed is left, and opens for one more rotation: a transaction that was under way when
//     the rotation began may have sealed with it after the last look.
//
// In clear, and why: names, partita IVA, citizenship, marital status, PEP and risk (lists sort and rules ask by them); LTV and instalment/income
// as ratios; what stands broken with values of facts that are not marked personal; notes, tasks, mails and names of files, which people
// write. Permissions mask the amounts a ratio is computed from, not the ratio.
//
// For those who build on it: tx.Keys() seals single values, tenancy.Unseal scans them; Subject gives a person's own key; a new column sealed by
// the agency's key is added to core/rotation/sealed.go (a test compares it with the database).
//
// Tables: tenant_keys; columns data_key of subjects. Errors: keys.destroyed (409), keys.unavailable (503), keys.sealed (500).
package keys
