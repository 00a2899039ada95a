// Package accounts signs people in: passwords, passkeys, codes of an app, recovery codes, one-time links, sessions, invitations, resets.
//
// Invariants
//   - Tokens are 32 random bytes; only their SHA-256 is stored. A one-time link, a challenge, a code, a recovery code works once,
//     also when many try at once: the database decides.
//   - An unknown e-mail costs and answers the same as a wrong password; what a refusal leaves behind is written later, by Serve.
//   - Asking for a new password costs and answers the same for an unknown e-mail: Serve looks it up and mails the link later.
//   - At most two passwords are hashed at a time: argon2id is made to be expensive.
//   - A right password of somebody with a second factor is no session: it waits ten minutes and five tries for the factor.
//   - What is tried with an account is in its person's trail, before it takes effect; refusals, confirmations and changed factors are
//     in the trails of the person's agencies, too.
//   - Nobody is locked out for good: waits end, a passkey and a mailed link go past them.
//
// Tables: users, sessions, tokens, passkeys, totp_secrets, recovery_codes, challenges, pending_sign_ins, sign_ins, through core/tenancy's
// Directory. Decisions: README.md. Errors: auth.wrong, auth.link, auth.too_often, auth.password, auth.password_common, auth.reset_busy,
// auth.pending, auth.factor, auth.proof, auth.one_proof, auth.code, auth.totp_on, auth.totp_off, auth.no_factor, auth.passkey,
// auth.passkey_invalid, auth.passkey_exists, auth.passkey_host; api adds auth.step_up, auth.second_factor_required, auth.person.
package accounts
