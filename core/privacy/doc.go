// Package privacy does what the GDPR lets people ask for, as far as other laws let us: the record of processing, consents, copies of one's
// data, erasure with retention, the clocks that delete by themselves, and the data side of the applicants' portal.
//
// Invariants
//   - What is kept of people, why and how long stands in register.yaml, once; erasure, clocks, papers and the record of processing are made from it.
//   - A datum goes when the last of its purposes has ended. A request for erasure ends the purposes that are not firm (Art. 17(3)); what is left is
//     restricted: row security shows the person to no list, page or search, and lets no new file have them.
//   - Nobody with a file under way is erased. What a file holds of people goes as a whole, when its own clock has run out or everybody in it has asked.
//   - Erasing the last datum destroys the person's key. The row stays, and the trail with it: it verifies, and its sealed parts open no more.
//   - The ledger of consents only grows; the newest line of a purpose is its state.
//   - A copy holds what is the person's. What others in the same files said or are is not in it: see README.md.
//   - A person in the portal is an actor to whom row security shows themself and their own files only.
//
// Tables: consent_texts, consents_given, subject_exports, erasures, privacy_requests, portal_accesses; columns visible and erased_at of subjects,
// documents, applications, application_parties; agencies.retention_months. Jobs: kind export.
// Actions: privacy.read, privacy.manage, privacy.export, privacy.erase, privacy.restricted, privacy.sweep, consents.write, portal.invite, portal.use.
// Errors: consent.purpose, consent.evidence (422), consent.unchanged (409), export.not_ready, erasure.in_flight, erasure.held, erasure.asked, erasure.not_locked (409),
// retention.shorter (422), privacy_request.answered (409), portal.no_email (409), portal.link (401), portal.ended (401).
package privacy
