// Package logic decides whether conditions can hold together: boolean terms with four answers (true, false, missing, error) over
// variables that hold whole numbers, texts and booleans.
//
// A number is cut at the constants it is compared with. Between two cuts every comparison answers alike, so the cuts and their
// neighbours stand for all values: trying them tries everything. Variables compared with each other share their cuts, shifted
// by the distances they are compared at, with room between the cuts for one value of each.
//
// A search assigns one variable at a time and evaluates each term to the set of answers that are still open; a term that can no
// longer be true ends the branch. The search counts its steps, never the time, so its answer is the same on every machine.
package logic
