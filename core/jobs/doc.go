// Package jobs does long work in batches: a job, its items, how far it is, cancel, and going on after a crash.
//
// A kind of work is a function (Work) that cmd registers under a name. Whoever wants the work creates the job and fills in its items,
// in one transaction with what it decided; the Runner then hands batches of at most BatchSize items to the kind's function, which
// settles each item in the transaction that did the work for it.
//
// Invariants
//   - An item is settled once. Take locks it and says whether it is still to be done: a batch that is taken up a second time,
//     by whatever worker, does nothing twice.
//   - An item that cannot be done has failed and holds up no other; its result says why. Only what is nobody's fault, a database that
//     is away, puts the whole job off.
//   - A job belongs to the worker that took its last turn: one whose lease has run out ends nothing.
//   - Jobs take turns, a batch each, over all agencies: a long one holds up no other.
//   - A cancelled job leaves what is done as it is; the rest stays waiting.
//
// Tables: jobs, job_items. Events: changed "jobs".
// Errors: job.not_found (404), job.ended (409).
package jobs
