// Package conformance is the kit that says whether a connector is fit to be trusted: `pratica plugin test`.
//
// It starts the connector in the platform's own host and puts a bank before it that misbehaves on command: the mock bank, with a
// front that can refuse, hang, break off and lie. Two agencies have a bank each, so that what is one's can be found at the other.
// What each check proves, and how to mend what it finds, is in CHECKS.md and in the report.
//
// A connector that says nothing of how it is to be connected (conformance.yaml) is only held to what needs no bank, and the report
// says so: a check that does not apply has not passed.
package conformance
