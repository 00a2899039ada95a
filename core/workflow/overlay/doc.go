// Package overlay lets an agency inherit its network's template: a base plus a
// short list of typed operations gives a resolved template, which is checked
// and proven like any other.
//
// An element of the base says how far it may be changed, with seal:. Where it
// says nothing, the nearest element around it decides (the state around a state,
// the transition around a guard); where none does, the seal is tighten.
//
//		operation       asks the seal of     sealed  tighten  extend  free
//		set_text        what carries it        –       yes     yes    yes
//		add_guard       the transition         –       yes     yes    yes
//		shorten_sla     the state              –       yes     yes    yes
//		set_param       the parameter          –      stricter within  yes
//		add_action      the transition         –        –      yes    yes
//		add_state       the slot's state       –        –      yes    yes
//		add_transition  the slot's state       –        –      yes    yes
//		disable         the transition         –        –       –     yes
//
//	  - stricter: within, and no guard or invariant that reads the parameter may become
//	    true where it was false. That is known of plain comparisons: a parameter read as
//	    fact <= params.x may only go down, one read as fact >= params.x only up. Read
//	    both ways, under a negation or in any other form it stays; unread it is free.
//	  - within: only as far as the base declares minimum and maximum; a side without
//	    a bound may be passed by a free parameter alone. What is declared binds always.
//	  - slot: NAME stands on a state or region. New states stand inside a compound
//	    state or region, and beside any other state. A new transition starts inside
//	    the slot, and neither leaves nor enters a sealed state.
//	  - mandatory: true keeps a transition from being disabled, whatever its seal.
//	  - set_text paths: /states/S/title, /events/E/title, /facts/F/title,
//	    /params/P/title, /transitions/T/title, /transitions/T/guards/G/text,
//	    /invariants/I/text. One language may be set alone. Actions have no id and
//	    so no path.
//
// Operations are applied in order, so that a later one may name what an earlier
// one added. The resolved template keeps seal, slot and mandatory: they bind the
// next overlay, and mandatory is proven later. It takes key and title from the
// overlay, and its tests too: the tests of the base tell the base's story and were
// proven with it.
//
// A finding is always a place in the overlay ("operation:3", counted from one); an
// error is about the base or the chain. Order of reading: overlay.go, operations.go,
// ways.go, seal.go, refusal.go, rebase.go.
package overlay
