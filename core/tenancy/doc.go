// Package tenancy is the door: the only package that opens a transaction, and
// opening one requires a Scope.
//
// A Scope says who acts, in which agency, to do what. It is made by DB.Enter from
// an Actor that only the Directory (session, key) or the Operator (relay, timers)
// can make; it is never built from a string. On the first statement of every
// transaction the door sends, in one round trip: the tenant setting (local to the
// transaction), the actor's membership with the policy version, and the statement
// itself. The rows of the statement are dropped undecoded when the membership is
// missing or the policy refuses the scope's action.
//
// Shapes:
//
//	DB.Load(ctx, scope, loads...)  one round trip, no BEGIN: the pipeline is the transaction
//	DB.Read(ctx, scope, fn)        several dependent reads, one snapshot
//	DB.Write(ctx, scope, fn)       reads now, queued writes: Exec travels with COMMIT
//	DB.List(ctx, scope, query)     a query put together by bun's builder (filters, sorts)
//
// Row security answers "does this row exist for you"; the policy answers "may your
// role do this". Neither replaces the other, and no service filters by tenant.
//
// Errors: SQLSTATE becomes a fault.Kind here and nowhere else.
package tenancy
