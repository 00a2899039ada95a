// Package reports tells a network what its agencies' files come to: volumes, states, ageing, commissions, and never a file.
//
// The way of a figure: roll_up counts an agency's files into agency_rollups, which no network may read; Keeper adds up a network's
// agencies period by period, leaves out what must stay hidden, and writes the rest to network_rollups; Service reads that, and holds
// nothing smaller itself. Months are those in which files were opened (UTC), amounts are cents, ages whole days.
//
// What is hidden
//   - A figure of fewer than five files, none included: it would tell whose they are (the same words as a base's use by agencies).
//   - Beside it the next smallest figures of the same sum, until two at least are hidden and five files with them: otherwise the
//     sum minus the others would give it away.
//   - Whatever a hidden figure is the sum of.
//   - Months are told in periods of at least fifty files (the last one with what is left), each cut on its own, and only whole ones:
//     a range that touches a period holds all of it, and says so. So no two ranges differ by a hidden figure; where periods are added
//     up, one that is hidden in some of them is "partial". A network of fifty files a month has its months, a small one its years.
//
// A limit: two reports at different times differ by what happened between them. The figures are those of as_of, not of each change.
//
// Alternatives: rounding (the ranges of sliding windows give small figures away one step at a time); hiding when the report is read
// (whoever holds the network's database role would hold the small figures).
//
// Tables: agency_rollups, network_rollups. Errors: report.range (422).
package reports
