// Package callbacks is how people and banks come in from outside without being signed in: by a secret in the address.
//
// A person gets a link, by mail (Letter), which shows where their matter stands. When they begin there, the other side is asked for its
// page, they are sent on to it (Way), and come back through a state that opens once. A bank calls back to the address of a connection
// (core/connectors makes it), under one of the paths its connector declares.
//
// A person begins by a button, not by opening the link: programs that scan mails open links, and a bank would be asked for whoever scans, from
// their address. The page sends them on with a refresh, because browsers hold redirects of a form to the form's policy.
//
// Invariants
//   - Secrets are kept as SHA-256. What does not fit, has ended, was used, or is another agency's, is the same 404.
//   - A state belongs to one person and one matter, and to nothing else; of ways back one is open at a time. It opens once for each page that
//     leads back through it (Reopen).
//   - Looking at a link changes nothing.
//   - What came is stored, sealed, before anything is done with it: what a person came back with by the person's key, what a bank sent by
//     the agency's. It is read by the operation that hands it to the connector, which judges whether it is genuine.
//   - The same callback within a day is handled once; one that its connector refused may come again.
//
// Tables: callback_states, callbacks; it reads callback_addresses. Writes outbox mails. Actions: callbacks.receive, of the platform alone.
// Errors: callback.not_found (404), callback.too_large (413).
package callbacks
