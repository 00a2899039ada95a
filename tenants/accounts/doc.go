// Package accounts signs people in: passwords, one-time links, sessions, invitations, resets.
//
// Invariants
//   - Tokens are 32 random bytes; only their SHA-256 is stored. A one-time link works once.
//   - An unknown e-mail costs and answers the same as a wrong password.
//   - Asking for a new password costs and answers the same for an unknown e-mail: Serve looks it up and mails the link later.
//   - At most two passwords are hashed at a time: argon2id is made to be expensive.
//
// Tables: users, sessions, tokens, through core/tenancy's Directory. Errors: auth.wrong, auth.link, auth.too_often, auth.password, auth.reset_busy.
package accounts
