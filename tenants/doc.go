// Package tenants keeps networks, their agencies, and an agency's members, keys and settings.
//
// Invariants
//   - A network onboards an agency with its first admin and the default templates, in one transaction.
//   - An agency always has an active member who holds roles.write and members.write: no change of people, roles or rules takes the last one.
//   - Roles are the platform's or the agency's own; a change of roles, rules or bounds holds from the next request on, on every server.
//   - Nobody grants more than they hold (roles_guard.go); a network's bounds are beyond an agency's rules.
//   - A change of the calendar holds for deadlines that start after it.
//   - A delegate gives only approvals in an absent member's place, and they are recorded as theirs.
//   - A key's secret is shown once; only its SHA-256 is stored.
//
// Tables: networks, agencies, agency_holidays, members, api_keys, roles, policy_rules,
// network_policy_bounds. Events: mail, changed (members, agency, roles).
// Errors: agency.exists, member.exists, member.last_admin, member.role, member.delegate, member.delegate_until, role.exists, role.invalid, role.in_use,
// role.beyond, bounds.invalid, explain.on, key.expires, calendar.days, version.stale.
package tenants
