// Package proof stands between a template and its use: Check is the whole examination, and what it certifies is proved.
//
//   - fragment reads guards as conditions, logic decides which conditions can hold together, paths walks all that can happen;
//   - guards.go asks each guard alone and beside its siblings: dead_guard, subsumed_guard;
//   - ends.go, unattended.go and bypass.go look at where paths lead: unreachable, dead_end, unattended, bypass;
//   - sights.go says what was seen on the way: overlap, gap, region_conflict, eventless_cycle, undecided;
//   - clock.go says which steps a waiting instance can count on: a deadline comes once, time only grows;
//   - consistent.go looks for witnesses in which facts stay as they are and time does not go back;
//   - costs.go bounds what a guard may cost: unbounded_cost, guard_too_costly.
//
// What is denied (no path, no facts) holds for every value of every fact. What is shown has a witness: concrete facts and events,
// run through the machine that also runs the files; a witness that could not be made concrete makes the finding undecided.
// A template of priority: document has neither overlaps nor gaps: there the first transition in order wins. Nor has what happens
// without an event, done included, a gap: it waits. A transition that did not compile is one of which nothing is known.
//
// Order of reading: check.go, witness.go, then the files above.
package proof
