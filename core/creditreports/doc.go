// Package creditreports buys what a credit bureau knows of a person: for a purpose, with the person's consent as the ledger of core/privacy
// proves it, at a price that is shown before and reserved from the agency's budget.
//
// Invariants
//   - Nothing is bought without a consent in force (purpose credit_check); which line of the ledger, and the digest of the Italian text
//     that was read, go with the order. A consent withdrawn before the order has left stops it.
//   - Nothing is bought twice: one order of a person at a bureau at a time, and a report of the last thirty days is offered instead, unless
//     somebody asks for another one. The operation's id is the idempotency key; after a failure the bureau is asked what became of it. One that failed and is tried again
//     stands in the way like any other, and does not leave once there is a newer one.
//   - The price is what the caller has seen: a dearer one is refused. The bureau is told the most it may cost.
//   - The report is sealed by the person's key, and shown to whoever may see it (credit_reports.open); the facts are of the borrowers together,
//     and there when each of them has a report.
//
// A file's template can ask for it (connector.call bureau.report); bureau.report.done or bureau.report.failed comes back to it.
//
// Table: credit_reports. Events: changed (credit_reports). Actions: credit_reports.read, credit_reports.buy, credit_reports.open.
// Errors: credit_report.no_consent, credit_report.recent, credit_report.under_way (409), credit_report.price, credit_report.tax_code,
// credit_report.connection (422), budget.unset, budget.spent (409).
package creditreports
