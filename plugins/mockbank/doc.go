// Package mockbank is three banks and a credit bureau in one handler: for development, tests and authors of connectors.
//
// Each bank decides by the rules it publishes, on what was submitted and on nothing else, so that a changed amount changes the
// verdict. Banks share nothing. GET / explains everything to people: rules, APIs, tokens, callbacks and dials. Below a bank's path, /aurora, /borea or /cisalpina:
//
//	/applications, /products, …   the mortgage portal, by openapi.yaml, which is served at /openapi.yaml
//	/v2/antraege                  the same applications in the shapes of Europace's Anträge API
//	/psd2/v1                      account information by the Berlin Group's NextGenPSD2; versions.go says what its versions differ in
//	/psd2/sca/…, /psd2/home       pages of that bank for the people whose accounts they are
//
// and at /bureau credit reports. PUT /_dials, /{bank}/_dials and /bureau/_dials set the faults, see Dials.
//
// The token of a bank is "demo-" and its path, as Authorization: Bearer. A POST that changes something needs an Idempotency-Key: the same key with
// the same request gives the same answer and changes nothing, with another request 422. What came again after it had been carried
// out is counted as "resent", by application and for all POSTs together: who asks /operations first never sends again.
//
// Steps: acknowledged; where the bank asks for documents, info_requested, and it waits for the answers; then rejected with a
// reason code, or a counter_offer where that is welcome, or income_approved, property_checks, approved and offer. One follows the other after Options.Step. A bank that
// takes only complete applications answers others with bounced alone.
//
// # Decisions
//
// The portal's contract is our own. Europace's Anträge API is the lender's side of a platform: it has no submission and no pre-check. What it has of a
// lender's view (status, documents, feasibility, the clerk's message) is served too, in its shapes.
//
// Every answer in tests is held to its contract by package contract, which fails for what it does not know. The Berlin Group's document is there in its last
// version; older ones are made from it by taking away what they did not have.
//
// Callbacks are signed as Standard Webhooks, with HMAC: one form for all APIs, which every language can check in ten lines. A JWS would need keys to publish, and nobody
// but the one client has to believe them. The Berlin Group leaves the form of its notifications' signature to the bank.
package mockbank
