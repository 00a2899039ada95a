// Package tenants keeps networks, their agencies, and an agency's members, keys and settings.
//
// Invariants
//
//   - A network onboards an agency with its first admin and the default templates, in one transaction.
//
//   - An agency always has an active member who holds roles.write and members.write: no change of people, roles or rules takes the last one.
//
//   - Roles are the platform's or the agency's own; a change of roles, rules or bounds holds from the next request on, on every server.
//
//   - Nobody grants more than they hold (roles_guard.go); a network's bounds are beyond an agency's rules.
//
//   - A change of the calendar holds for deadlines that start after it.
//
//   - A delegate gives only approvals in an absent member's place, and they are recorded as theirs.
//
//   - A key's secret is shown once; only its SHA-256 is stored.
//
//   - Nobody of the network sees anything of an agency but under a grant: asked for with a reason, approved by another person of the
//     agency, for 24 hours at most, by one session of the person who asked, read only. Each request under it stands in the agency's
//     trail with its noun, in the network's without; asking, deciding, entering and the end stand in both.
//
//   - Who is in by an agency's identity provider is in that agency and nowhere else; a network's directory changes who has which of
//     the platform's roles in its agencies, and sees nothing else of them (README.md).
//
// Tables: networks, agencies, agency_holidays, members, api_keys, support_grants, roles, policy_rules,
// network_policy_bounds, identity_providers, oidc_sign_ins, federated_people, access_tokens, network_scim_tokens, network_people. Events: mail, changed (members, agency, roles, support).
// Errors: support.reason, support.open, support.state, support.lapsed, support.own, support.person, agency.exists, member.exists, member.last_admin, member.role,
// identity_provider.issuer, .domain, .secret, .role_map, .untried, .not_found, oidc.*, oauth.*, scim.*, key.action,
// member.delegate, member.delegate_until, role.exists, role.invalid, role.in_use, role.beyond, bounds.invalid, explain.on, key.expires, calendar.days, version.stale.
package tenants
