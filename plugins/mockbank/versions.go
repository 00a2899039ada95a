package mockbank

import (
	"strconv"
	"strings"
)

// What the versions of the Berlin Group's contract differ in, where account information is concerned, by its OpenAPI files
// 1.3.6 (14 August 2020), 1.3.8 (6 November 2020), 1.3.9 (4 May 2021) and 1.3.11 (24 September 2021). Of 1.3.7 and 1.3.10 we have seen no file: here they
// are as the one before.
const (
	restrictedToFrom = 8 // consents may be restricted to kinds of accounts; bookingStatus=information, standing orders

	decoupledFrom  = 9 // TPP-Decoupled-Preferred is read
	pageIndexFrom  = 9 // pages are pageIndex and itemsPerPage; before, only the bank's own links know
	bookingAllFrom = 9 // bookingStatus=all
	batchesFrom    = 9 // batchIndicator, batchNumberOfTransactions and entryDetails of bookings that are many payments

	structuredFrom = 11 // remittanceInformationStructured is an object; before, a text
)

// version is the third number of the contract's version the bank speaks.
func (a *ais) version() int {
	if v := minorOf(a.dials.get().Version); v > 0 {
		return v
	}
	return minorOf(a.rules.Version)
}

// minorOf is 6 to 11 of "1.3.6" to "1.3.11", 0 of anything else.
func minorOf(version string) int {
	text, ok := strings.CutPrefix(version, "1.3.")
	n, err := strconv.Atoi(text)
	if !ok || err != nil || n < 6 || n > 11 {
		return 0
	}
	return n
}
