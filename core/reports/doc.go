// Package reports tells a network what its agencies' files come to: volumes, states, ageing, commissions, and never a file.
//
// The way of a figure: roll_up counts an agency's files into agency_rollups, which no network may read; Keeper adds up a network's
// agencies month by month, leaves out what must stay hidden, and writes the rest to network_rollups; Service reads that, and holds
// nothing smaller itself. Months are those in which files were opened (UTC), amounts are cents, ages whole days.
//
// What is hidden
//   - A figure of fewer than five files, none included: it would tell whose they are (the same words as a base's use by agencies).
//   - Beside it the next smallest figures of the same sum, until two at least are hidden and five files with them: otherwise the
//     sum minus the others would give it away.
//   - Whatever a hidden figure is the sum of.
//   - A range of months is the sum of its months as each is shown alone. So no two ranges differ by a hidden month; the price is
//     that a small agency's months stay out of its year ("partial").
//
// A limit: two reports at different times differ by what happened between them. The figures are those of as_of, not of each change.
//
// Alternatives: rounding (the ranges of sliding windows give small figures away one step at a time); hiding when the report is read
// (whoever holds the network's database role would hold the small figures).
//
// Tables: agency_rollups, network_rollups. Errors: report.range (422).
package reports
