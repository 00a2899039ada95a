// Package queue carries out what transactions left behind. PostgreSQL is the truth; a Driver (core/redis, core/natsjs) is dispatch.
//
//	Relay    outbox rows by topic → their carrier (news to browsers, dispatch, mail, the other machine's event)
//	Sweep    operations and timers that are due, also after the driver lost everything or a worker died → dispatch, firing
//	Dispatch lanes of an agency, priority and connector, served by deficit round robin within caps → run
//
// Everything is at least once; what must happen once is made so by a compare-and-set where it lands.
// With the driver away, mail and events between machines go on; dispatch and live updates wait. README.md says why it is as it is.
package queue
