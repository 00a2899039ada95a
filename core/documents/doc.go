// Package documents keeps the papers of people, properties and files, and derives which of them a file needs.
//
// Invariants
//   - A document belongs to one subject, property or file; a subject's document serves all of that subject's files.
//   - The checklist is derived from rules over facts, never stored: it changes when the facts change.
//   - Content is encrypted on its way to storage under a key of its own (or by the object store, see core/blob); it is opened
//     only through a link that is bound to user and session. What was accepted is never replaced: a newer document is a new one.
//   - A link ends with its five minutes, its session or its membership, whichever is first: the statement that follows it asks for
//     all three. One that opens once is spent in that statement.
//   - A content is what its bytes say, and one thing only; it is served as that, under a cleaned name that ends accordingly.
//   - With a scanner, nothing is stored that it has not called clean.
//   - Who asked for a watermark gets a stamped copy or an error, never the document.
//
// Tables: documents, document_links, tenant_keys. Events: changed (documents).
// Errors: document.type, document.polyglot, document.unreadable, document.too_large, document.kept, document.no_content, document.infected,
// document.scan_unavailable, document.no_watermark, document.unmarkable, document.watermark_busy, version.stale.
//
// See README.md for what was decided and why.
package documents
