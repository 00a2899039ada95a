// Package mockbank is three lenders' portals in one handler: a bank for development, tests and authors of connectors.
//
// Each bank decides by the rules it publishes, on what was submitted and on nothing else, so that a changed amount changes the
// verdict. Banks share nothing. GET / shows the rules; below a bank's path, /aurora, /borea or /cisalpina:
//
//	GET  /rules                                     the rules as JSON; no token
//	GET  /account                                   204: the token is good
//	POST /applications                              an application → 201 {"reference"}
//	GET  /applications                              {"count", "resent", "applications": [{"reference", "key", "resent"}]}
//	GET  /applications/{reference}                  {"final", "events"}: all steps so far
//	POST /applications/{reference}/items/{item}     a document's bytes, with Content-Digest (RFC 9530) as header or trailer → 201
//	POST /applications/{reference}/withdrawal       takes the application back, which is final → 201
//	GET  /operations/{key}                          what came of a POST with this Idempotency-Key: {"method", "reference"}, or 404
//	PUT  /_dials                                    faults of this bank, see Dials; PUT /_dials at the root sets all banks
//
// The token of a bank is "demo-" and its path, as Authorization: Bearer. Every POST needs an Idempotency-Key: the same key with
// the same request gives the same answer and changes nothing, with another request 422. What came again after it had been carried
// out is counted as "resent", by application and for all POSTs together: who asks /operations first never sends again.
//
// Steps: acknowledged; where the bank asks for documents, info_requested, and it waits for the answers; then rejected with a
// reason code, or income_approved, property_checks, approved and offer. One follows the other after Options.Step. A bank that
// takes only complete applications answers others with bounced alone.
package mockbank
