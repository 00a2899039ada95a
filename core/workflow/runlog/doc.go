// Package runlog replays logs of events through a template: many cases, interleaved or not, a million lines in bounded memory.
//
// A log is JSON lines (the contract is that of `pratica workflow run`): facts are merged, due timers fire first and in due order,
// then the event is sent. The output is one line per event and timer, then a summary with the digest of all output before it.
//
// Between its lines a case is a short packed text (pack.go), a finished one a few bytes. Order of reading: run.go, line.go (how a
// line is decoded), case.go and pack.go (what is kept), due.go (timers after the end), cases.go (what is still in flight).
package runlog
