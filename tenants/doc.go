// Package tenants keeps networks, their agencies, and an agency's members, keys and settings.
//
// Invariants
//   - A network onboards an agency with its first admin and the default templates, in one transaction.
//   - An agency always has an active admin: the last one can neither be demoted nor removed.
//   - Roles are names of the policy; a change of roles holds from the member's next request on.
//   - A change of the calendar holds for deadlines that start after it.
//   - A delegate gives only approvals in an absent member's place, and they are recorded as theirs.
//   - A key's secret is shown once; only its SHA-256 is stored.
//   - Nobody of the network sees anything of an agency but under a grant: asked for with a reason, approved by another person of the
//     agency, for 24 hours at most, by one session of the person who asked, read only. Each request under it stands in the agency's
//     trail with its noun, in the network's without; asking, deciding, entering and the end stand in both.
//
// Tables: networks, agencies, agency_holidays, members, api_keys, support_grants. Events: mail, changed (members, agency, support).
// Errors: support.reason, support.open, support.state, support.lapsed, support.own, support.person, agency.exists, member.exists, member.last_admin, member.role, member.delegate, member.delegate_until, key.roles, calendar.days, version.stale.
package tenants
