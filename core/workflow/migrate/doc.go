// Package migrate moves instances of one template to another by a plan, which is data:
//
//	from: 3                      # version or digest of the old template
//	to: 4
//	states:                      # every state an instance stands in; total over what is occupied, nothing is guessed
//	  underwriting: review
//	  waiting: [income_pending, property_pending]   # into a parallel state: one state for each region
//	facts:                       # own facts of the new template, in CEL over the old one's facts, params and now
//	  - {fact: score_band, value: "score / 100"}
//	timers: keep                 # keep (default) | restart | cancel
//	approvals: void              # void (default) | keep
//
// What a move does, in the order in which it does it:
//
//   - States. Each active state is mapped for itself; together they must be a legal configuration of the new template. No state may
//     be mapped to one that ends the instance: a plan moves files, it does not decide them.
//   - Facts. A recorded fact that the new template does not declare goes missing, and one whose value it would not accept must be
//     back-filled. A back-fill whose own facts are missing leaves its fact missing: it is never a zero.
//   - Timers. keep: a deadline goes on with the state its own is mapped to, at the same instant, if there is a deadline there; a
//     state that has one and brings none gets a fresh one. restart: all begin anew, now. cancel: none is left. Whether a deadline
//     stands still is for the new template's pause_in: one that stood still and no longer does runs on, later by that much.
//   - Approvals. keep: those of transitions that still exist and can still fire. Waivers stay where their invariant does.
//   - Nothing runs: eventless transitions of the new template are looked at in the next macrostep.
//
// Compile checks a plan against both templates and gives a Move; Move.Apply is pure. A Moved also says what is newly blocked:
// an event that somebody could send before and nobody can now, and why.
package migrate
