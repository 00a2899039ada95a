// Package cashflow reads a person's account movements and says what they come to: what comes in regularly and from whom, what is
// owed each month, what is gambled, when the money ran out.
//
// Analyse is a pure function: the same movements give the same answer, in whatever order they come. Its rules are tables
// (tables/*.csv) and small functions; nothing is learnt or guessed by weights, and every figure names the rule and the movements
// behind it, so that a broker can argue with it. What cannot be known (a balance that no bank gave) is left out, never zero.
//
// Money is in cents, ratios in basis points, days are "2006-01-02". README.md has each rule in a line.
package cashflow
