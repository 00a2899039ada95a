// Package tenants keeps networks, their agencies, and an agency's members, keys and settings.
//
// Invariants
//   - A network onboards an agency with its first admin and the default templates, in one transaction.
//   - An agency always has an active admin: the last one can neither be demoted nor removed.
//   - Roles are names of the policy; a change of roles holds from the member's next request on.
//   - A change of the calendar holds for deadlines that start after it.
//   - A delegate gives only approvals in an absent member's place, and they are recorded as theirs.
//   - A key's secret is shown once; only its SHA-256 is stored.
//
// Tables: networks, agencies, agency_holidays, members, api_keys. Events: mail, changed (members, agency).
// Errors: agency.exists, member.exists, member.last_admin, member.role, member.delegate, member.delegate_until, key.roles, calendar.days, version.stale.
package tenants
