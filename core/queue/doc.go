// Package queue carries out what transactions left behind. PostgreSQL is the truth, Redis is dispatch.
//
//	Relay    outbox rows by topic → their carrier (news to browsers, dispatch, mail, the other machine's event)
//	Sweep    operations and timers that are due, also after a Redis wipe or a dead worker → dispatch, firing
//	Dispatch one stream an agency, served in turn, with a cap for each agency → run
//
// Everything is at least once; what must happen once is made so by a compare-and-set where it lands.
// With Redis away, mail and events between machines go on; dispatch and live updates wait.
package queue
