// Package consents keeps what people agree to at their banks (PSD2 account information), reads their accounts under it, and keeps what is
// found there. Consents of the GDPR are core/privacy's, and another noun.
//
// A consent is a machine (template bank-consent) of one person, asked for in one of their files:
//
//	requested → valid → expiring → expired | revoked | replaced
//
// the person's link (core/callbacks), mailed, two weeks → they begin: StartConsent → the bank → the way back, once → CompleteConsent → valid → a read: accounts,
// balances, transactions page by page, each an operation that brings the next → AnalyseTransactions → figures → facts of the person's files.
//
// Invariants
//   - At most 180 days; at most four unattended reads a day of Rome, counted by rows that the database lets be four. A read is attended
//     while its person, who has just come back from the bank, is there: their address goes with the calls. What lasts longer counts.
//   - A page is taken in the transaction that asks for the next: after a crash nothing is read twice that was taken.
//   - The bank hears of a consent when the person begins. A page that expires is asked for anew; what is left of the one before ends at the
//     bank (details.Left) and its way back is closed, so that never two are agreed to for one that was asked for.
//     A way to the bank goes on by one operation (Way.Asks): what an operator has tried again of an earlier one does not leave.
//   - A bank may want a set of consents, page after page, each back through the same address; what it says of them at a step is the whole set.
//   - A person takes their consent back in the portal whatever a template lets revoke (withdrawn): nothing is read from then on, and no guard
//     sees it as valid.
//   - Who is shown figures is in the trail (subject.accounts_seen).
//   - Operations name reads and accounts; what banks said lies sealed by the person's key here, and in no operation's row (Prepare).
//   - With the end of a consent, however it ends, accounts and transactions go. Figures stay as long as the register says, and are facts no more.
//   - A person's banks are looked at together (together.go).
//   - A fact of a file is there when every borrower (applicant, co-applicant) has brought theirs: what one of two earns is not what both earn.
//
// Tables: bank_consents, bank_consent_refs, bank_reads, bank_pages, cash_flows; instances of subject consent. Events: changed (bank_consents).
// Actions: bank_consents.read, bank_consents.write, bank_consents.transition; subjects.read_income for figures.
// Errors: bank_consent.not_found, bank_consent.no_party (404), bank_consent.too_long, bank_consent.too_short, bank_consent.connection (422), bank_consent.reading,
// bank_consent.not_valid, bank_consent.reads_spent (409 with the blocker that says until when).
package consents
