package reports

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// CSV writes the report as one table: what is split by what, one line a cell, in the order of the report. A hidden figure is empty.
func (r Report) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	line := func(table, key, name string, files *int, amount, fee *int64, hidden, partial bool) {
		_ = out.Write([]string{table, plain(key), plain(name), number(files), number(amount), number(fee), strconv.FormatBool(hidden), strconv.FormatBool(partial)}) // Flush tells
	}
	cell := func(table, key, name string, c Cell) {
		line(table, key, name, c.Files, c.AmountCents, nil, c.Hidden, c.Partial)
	}
	_ = out.Write([]string{"table", "key", "name", "files", "amount_cents", "fee_cents", "hidden", "partial"})
	cell("total", "", r.From+" "+r.To, r.Total)
	for _, c := range r.ByOutcome {
		cell("outcome", c.Key, "", c.Cell)
	}
	for _, c := range r.ByState {
		cell("state", c.State, c.Outcome, c.Cell)
	}
	for _, c := range r.ByAgency {
		cell("agency", c.AgencyID.String(), c.Name, c.Cell)
	}
	for _, c := range r.ByProduct {
		cell("product", c.Key, "", c.Cell)
	}
	for _, c := range r.ByPurpose {
		cell("purpose", c.Key, "", c.Cell)
	}
	for _, c := range r.Ageing {
		cell("ageing", c.Key, "", c.Cell)
	}
	t := r.Commissions.Total
	line("commissions", "", "", t.Files, nil, t.FeeCents, t.Hidden, t.Partial)
	for _, c := range r.Commissions.ByAgency {
		line("commissions", c.AgencyID.String(), c.Name, c.Files, nil, c.FeeCents, c.Hidden, c.Partial)
	}
	out.Flush()
	return out.Error()
}

// plain keeps a spreadsheet from taking a name for a formula.
func plain(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

func number[N int | int64](n *N) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}
