package queue

import (
	"context"
	"time"

	"github.com/pratica-crm/pratica/core/ident"
)

// Priority is who waits for a job.
type Priority string

// The priorities, the most urgent first.
const (
	Screen     Priority = "screen"     // a person looks at a screen and waits
	Background Priority = "background" // nobody looks
	Nightly    Priority = "nightly"    // any time before the morning
)

// Lane is a line in which jobs wait: of one agency, priority, connector and connection, which is one bank. A bank whose jobs may not run
// now holds up no other's, because they stand in another line.
type Lane struct {
	Tenant     ident.AgencyID
	Priority   Priority
	Connector  string
	Connection ident.ConnectionID // zero where the connector needs none
}

// Rest is the error of a job that has put itself off because its bank has no room or is down: the others of its lane are
// left alone for a while, rather than each told the same.
type Rest struct{ For time.Duration }

func (r *Rest) Error() string { return "the lane rests" }

// Job is an operation to run. Weight is what it takes of the workers, at least 1; Version is that of its row.
type Job struct {
	Lane
	Operation ident.OperationID
	Version   int
	Weight    int
	Receipt   any // the driver's own, for Done and Back
}

// Driver carries jobs from whoever writes them to the workers. It may lose everything it holds (the sweep brings it again, from
// PostgreSQL) and may give a job twice (the claim of its row decides); it never gives one agency's job under another's lane.
type Driver interface {
	// Add puts jobs at the end of their lanes. A version of an operation that still waits there is not put there again.
	Add(ctx context.Context, jobs ...Job) error
	// Lanes lists where something may wait.
	Lanes(ctx context.Context) ([]Lane, error)
	// Take takes up to most jobs of a lane, without waiting: none when it is empty.
	Take(ctx context.Context, lane Lane, most int) ([]Job, error)
	// Done forgets jobs that ended.
	Done(ctx context.Context, jobs ...Job) error
	// Back gives jobs back that could not be run: they come again in a moment, by the driver or by the sweep.
	Back(ctx context.Context, jobs ...Job) error
}
