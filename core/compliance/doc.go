// Package compliance keeps what an agency's compliance officer knows alone: the suspicious-transaction reports (SOS).
//
// Invariants
//   - That a report exists is secret. Its entries are in the confidential trail, its table has no foreign key that could refuse
//     somebody something, nothing of it goes to the outbox, a job, a search, a list or another noun's version.
//   - Only a person with the action compliance.report reaches it, never a key. No agency can hand that action out: the default policy
//     gives it to the role compliance_officer, the policies skip a rule that grants it, and the database refuses to keep one. So only
//     making somebody a compliance officer, which is in the trail, opens the reports.
//   - To everybody else a report's address is 404, whether there is one or not. The list's is 403: that the permission exists is no secret.
//   - The reason is encrypted, also in the answer kept for a repeated request.
//
// Tables: suspicion_reports. Events: none.
// Errors: suspicion_report.not_found (404), suspicion_report.state (409), suspicion_report.final (409), suspicion_report.protocol (422).
package compliance
