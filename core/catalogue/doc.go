// Package catalogue keeps which connectors may run: the publishers an operator trusts, the versions they offer, what of them is
// approved, which one is in force and who gets another first.
//
//	added → approved → in force (or canary) → replaced by the next
//	            └──────── revoked: nowhere does it run any more
//
// It is the platform's and above agencies: its tables have no tenant_id, and the operator's role alone reaches them. Workers read it every
// second; a command changes it, and what it did is in connector_trail. The programs are in the blob store by their SHA-256.
//
// Decisions. Approval is of a *difference* of permissions: the digest of what the operator has looked at comes with it, so that nothing
// else is approved meanwhile. To approve is not to upgrade, but for a connector's first version. Workers poll: a missed
// notification would leave a revoked version running, a poll is late by a second; it costs a statement a second for each worker.
// What workers do is one row each, written anew every two seconds, because a socket would reach the workers of one machine alone.
// The built-in connectors (SHA256SUMS) are not in it: a package of one of their names is refused.
package catalogue
