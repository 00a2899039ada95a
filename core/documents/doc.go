// Package documents keeps the papers of people, properties and files, and derives which of them a file needs.
//
// Invariants
//   - A document belongs to one subject, property or file; a subject's document serves all of that subject's files.
//   - The checklist is derived from rules over facts, never stored: it changes when the facts change.
//   - Content is encrypted on its way to storage under a key of its own; it is opened only through a link that is
//     bound to user and session. What was accepted is never replaced: a newer document is a new one.
//
// Tables: documents, document_links, tenant_keys. Events: changed (documents).
// Errors: document.type, document.unreadable, document.too_large, document.kept, document.no_content, version.stale.
package documents
