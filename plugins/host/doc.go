// Package host runs connectors: it verifies, starts, watches and calls them, and implements connectors.Caller.
//
// A connector is a program built on plugins/sdk. One process per connector serves all agencies; whose call it is travels in
// the call. Here, and nowhere else, JSON becomes a message of connector.v1 and back, and what a process, gRPC or a connector
// says becomes a connectors.Failure.
//
// What holds:
//
//   - Only what the catalogue (SHA256SUMS) names runs, and what runs is a private copy of the bytes that were hashed.
//   - A connector inherits nothing of the platform's environment and no open files.
//   - It dies with the platform, also when the platform is killed.
//   - Whatever it does, a call answers by its deadline, and says whether the other side may have acted.
//   - At most AtOnce calls to one bank are under way, whosever they are; further ones are told to come again.
//   - A call that its process did not survive twice is not sent a third time.
//   - Neither settings nor payloads are logged, and nothing that a connector says in words.
//
// A connector is starting, healthy, in backoff, or quarantined, for crashWindow, after crashesAtMost crashes within crashWindow;
// one whose file is not the catalogue's, or which asks for more than was approved, is refused.
//
// What should run is a Plan for each connector. A plan's version in force runs in a lane (lane.go), where it is exchanged for the next
// without losing a call, and for the last good one when it cannot stay up. A canary and agencies with a process of their own have
// lanes besides (unit.go).
package host
