// Package webhooks tells an agency's own systems what happens in it.
//
//	Emit ─ in the transaction of the fact ─► webhook_deliveries, one row for each endpoint that wants the type
//	Courier ─ finds endpoints with something due ─► Deliver: claim (lease) → post, outside of any transaction → settle
//
// The body is a CloudEvents 1.0 event in its JSON form, signed as Standard Webhooks say. It names things by their ids and says their
// states and versions: whoever wants more asks the interface, where roles and sight count. No personal data leaves here.
//
// Invariants
//   - An event is written if and only if what it tells was committed. Without endpoints nothing is written.
//   - At least once: an event's id is the same over endpoints, attempts and replays, and the receiver drops what it has seen.
//   - Of one subject, a later event waits until the one before it was delivered or has failed twice; after that `sequence` tells the order.
//   - One attempt at a time for a delivery, four for an endpoint, over all workers: a lease, under the endpoint's row lock.
//   - Nothing is lost while an endpoint fails: it rests between attempts, and what waits is not tried, nor counted as tried.
//   - What nobody can deliver is kept for thirty days and can be replayed; what was delivered for seven.
//
// Tables: webhook_endpoints, webhook_deliveries. Events: changed (webhooks), mail. README.md has the decisions.
// Errors: webhook.not_found, webhook.delivery_not_found (404), webhook.url, webhook.port, webhook.inside, webhook.type (422), webhook.too_many,
// webhook.stopped, webhook.not_disabled (409), version.stale (412).
package webhooks
