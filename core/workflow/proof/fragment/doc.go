// Package fragment reads guards as logic, and turns what the logic finds back into facts, an actor and a payload.
//
// Understood are boolean combinations of comparisons between facts, members of the payload, parameters, literals, now and sums of
// these with a constant; membership in a list of texts; "role" in actor.roles; actor.id; known(fact); state_in; and the domain
// functions as atoms. Any other expression is one opaque variable, named by its text: two clauses that say the same say it alike,
// so that E and !(E) exclude each other although nobody knows what E is.
package fragment
