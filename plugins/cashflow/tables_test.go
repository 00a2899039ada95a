package cashflow

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// told are the kinds that tables may give.
var told = []string{Salary, Pension, SelfEmployed, RentReceived, Benefits, Rent, Utilities, Subscriptions, Insurance, Condominium, Mortgage, PersonalLoan, SalaryLoan, Revolving, BNPL, Leasing,
	own, returned, returnedFee, disbursement, gambling, won, refund, card, thirteenth, fourteenth, "shop", "holiday"}

// TestTables: every row can be read, names a kind there is, is written as texts are after reading, and can be reached: none before it takes
// what it is there for.
func TestTables(t *testing.T) {
	for i, r := range rows("patterns.csv") {
		if !slices.Contains(told, r[0]) || r[1] != "+" && r[1] != "-" || r[2] == "" {
			t.Errorf("row %d: %v", i, r)
		}
		plain := strings.NewReplacer(" & ", " ", "|", "").Replace(r[3])
		if words := Read(plain).Words; strings.Join(words, " ") != plain {
			t.Errorf("%q is never met: a text has %v", r[3], words)
		}
		if stem, _, open := strings.Cut(strings.Fields(r[3])[0], "|"); open && len(stem) < 3 {
			t.Errorf("%q: a stem has three letters or more", r[3])
		}
		if kind, rule := lex.tell(strings.Fields(plain), r[1] == "+"); kind != r[0] {
			t.Errorf("%s %q is never told: %s (%s) comes first", r[0], r[3], kind, rule)
		}
	}
	for _, r := range rows("codes.csv") {
		if !slices.Contains([]string{"abi", "iso", "purpose"}, r[0]) || !slices.Contains(told, r[2]) || r[3] != "+" && r[3] != "-" || r[4] != "" && r[4] != "firm" {
			t.Errorf("%v", r)
		}
	}
	for _, r := range rows("mcc.csv") {
		if len(r[0]) != 4 || !slices.Contains(told, r[1]) || r[2] != "+" && r[2] != "-" {
			t.Errorf("%v", r)
		}
	}
}

// TestMCC: the categories of our table are ones there are, and the gambling ones are called so.
func TestMCC(t *testing.T) {
	path := contract(t, "mcc_codes.csv")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, r := range all[1:] {
		names[r[0]] = strings.ToLower(r[1])
	}
	about := map[string][]string{gambling: {"betting", "lotter", "casino", "racing"}, won: {"betting", "lotter", "casino", "racing"}, Utilities: {"electric", "telecommunication"}, Insurance: {"insurance"},
		Rent: {"rental"}, Subscriptions: {"digital goods", "cable", "subscription", "membership"}}
	for _, r := range rows("mcc.csv") {
		if !slices.ContainsFunc(about[r[1]], func(part string) bool { return strings.Contains(names[r[0]], part) }) {
			t.Errorf("%s is %s, and is called %q", r[0], r[1], names[r[0]])
		}
	}
	for code, name := range names { // none of gambling's is forgotten
		if strings.Contains(name, "gambling") || strings.Contains(name, "lotter") || strings.Contains(name, "betting") || strings.Contains(name, "horse/dog racing") {
			if lex.mcc[code+"-"] != gambling {
				t.Errorf("%s (%s) is not in the table", code, name)
			}
		}
	}
}

// contract finds an official file; without the folder the test says so.
func contract(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if path := filepath.Join(dir, "shared", "contracts", name); exists(path) {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Skip("the folder of official contracts is not there (../shared/contracts)")
		}
		dir = up
	}
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
