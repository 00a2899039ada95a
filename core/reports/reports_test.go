package reports_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/reports"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const short = `apiVersion: pratica/v1
kind: Workflow
metadata: {key: short}
subject: application
facts: {type: object, properties: {mediation_fee_cents: {type: integer, minimum: 0, maximum: 10000000, x-owner: broker}}}
states: {open: {kind: atomic, initial: true}, paid: {kind: final, outcome: won}, gone: {kind: final, outcome: lost}}
events: {pay: {}, leave: {}}
transitions: [{id: t_pay, from: open, on: pay, to: paid}, {id: t_leave, from: open, on: leave, to: gone}]
`

// files opens n files of an agency, each with a fee of a thousand euros, and sends them an event.
func files(t *testing.T, o *office.Office, a *coretest.Agency, n int, event string) {
	t.Helper()
	for range n {
		f, err := o.Applications.Create(t.Context(), a.Do("broker", "applications.write"), applications.Input{Purpose: "first_home", ProductKind: "mortgage",
			RateKind: "fixed", AmountCents: 100_000_00, TermMonths: 240, NominalRateBPS: 350, PlannedSubmission: office.Planned})
		office.Must(t, err)
		if event == "" {
			continue
		}
		_, err = o.Applications.SetFacts(t.Context(), a.Do("broker", "applications.write"), f.ID, f.Version, map[string]json.RawMessage{"mediation_fee_cents": json.RawMessage("100000")})
		office.Must(t, err)
		_, err = o.Applications.Send(t.Context(), a.Do("broker", "applications.transition"), f.ID, 0, applications.Send{Event: event})
		office.Must(t, err)
	}
}

func shown(c reports.Cell) string {
	if c.Files == nil {
		return fmt.Sprintf("- hidden=%v", c.Hidden)
	}
	return fmt.Sprintf("%d %d hidden=%v", *c.Files, *c.AmountCents/100_000_00, c.Hidden)
}

// TestReport: what the files of two agencies come to, what of it their network sees, and that another network sees nothing.
func TestReport(t *testing.T) {
	o := office.New(t)
	elsewhere, _ := o.Elsewhere(t)
	for _, a := range []*coretest.Agency{o.A, o.B} {
		a.Publish(t, short)
	}
	files(t, o, o.A, 6, "")
	o.Clock.Advance(9 * 24 * time.Hour)
	files(t, o, o.A, 7, "")
	files(t, o, o.A, 8, "pay")
	files(t, o, o.B, 5, "pay")
	files(t, o, o.B, 6, "leave")
	keeper, service := reports.Keeper{Operator: o.Operator}, reports.New(o.Networks, o.Clock.Now)
	look := func(w *coretest.World, from, to string) reports.Report {
		t.Helper()
		_, err := keeper.Once(t.Context(), o.Clock.Now())
		office.Must(t, err)
		r, err := service.Read(t.Context(), w.DoNetwork(t, "networks.read"), from, to)
		office.Must(t, err)
		return r
	}
	r := look(o.World, "2026-11", "2026-11")
	for what, c := range map[string]struct {
		got  reports.Cell
		want string
	}{
		"total":    {r.Total, "32 32 hidden=false"},
		"open":     {r.ByOutcome[0].Cell, "13 13 hidden=false"},
		"won":      {r.ByOutcome[1].Cell, "13 13 hidden=false"},
		"lost":     {r.ByOutcome[2].Cell, "6 6 hidden=false"},
		"state":    {r.ByState[0].Cell, "13 13 hidden=false"},
		"A":        {r.ByAgency[0].Cell, "21 21 hidden=false"},
		"B":        {r.ByAgency[1].Cell, "11 11 hidden=false"},
		"mortgage": {r.ByProduct[0].Cell, "32 32 hidden=false"},
		"0-7":      {r.Ageing[0].Cell, "7 7 hidden=false"},
		"8-30":     {r.Ageing[1].Cell, "- hidden=true"}, // six: with them the two empty buckets would be told
		"31-90":    {r.Ageing[2].Cell, "- hidden=true"},
	} {
		if got := shown(c.got); got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
	fees := r.Commissions
	if *fees.Total.Files != 13 || *fees.Total.FeeCents != 13*1000_00 || *fees.ByAgency[0].FeeCents != 8*1000_00 || *fees.ByAgency[1].FeeCents != 5*1000_00 {
		t.Errorf("commissions %+v", fees)
	}
	if r.AsOf == nil || r.ByAgency[0].Name != "Agenzia a" {
		t.Errorf("as of %v, named %q", r.AsOf, r.ByAgency[0].Name)
	}

	o.Clock.Advance(30 * 24 * time.Hour) // another month: four files of B, and A's grow older without a change
	files(t, o, o.B, 4, "")
	r = look(o.World, "2026-12", "2026-12")
	if b := shown(r.ByAgency[1].Cell); b != "15 15 hidden=false" || r.From != "2026-11" {
		t.Errorf("four files are told apart from November: %s from %s", b, r.From)
	}
	if a, b := asJSON(t, r), asJSON(t, look(o.World, "2026-11", "2026-11")); figures(a) != figures(b) {
		t.Errorf("December differs from November:\n%s\n%s", a, b)
	}
	if a, b := shown(r.Ageing[1].Cell), shown(r.Ageing[2].Cell); a != "7 7 hidden=false" || b != "- hidden=true" { // the six: with them the four would be told
		t.Errorf("a month later 8-30: %s, 31-90: %s", a, b)
	}
	if r := look(o.World, "2026-01", "2026-03"); r.Total.Files != nil || r.AsOf != nil {
		t.Errorf("months without files: %+v", r)
	}
	if other := look(elsewhere, "2026-11", "2026-12"); other.Total.Files != nil || len(other.ByAgency) != 1 || other.AsOf != nil {
		t.Errorf("another network is told %+v", other)
	}
	if _, err := service.Read(t.Context(), o.DoNetwork(t, "networks.read"), "2026-13", ""); fault.As(err).Code != "report.range" {
		t.Errorf("a month that does not exist: %v", err)
	}

	months, err := reports.ParseRange("2026-11", "2026-12", o.Clock.Now())
	office.Must(t, err)
	r = look(o.World, "2026-11", "2026-12")
	same, err := reports.ReadAs(t.Context(), o.Operator, o.Network, months)
	office.Must(t, err)
	if a, b := asJSON(t, r), asJSON(t, same); a != b {
		t.Errorf("the command line is told\n%s\nthe network\n%s", b, a)
	}
	var table bytes.Buffer
	office.Must(t, r.CSV(&table))
	lines, err := csv.NewReader(&table).ReadAll()
	office.Must(t, err)
	if want := []string{"agency", o.B.ID.String(), "Agenzia b", "15", "150000000", "", "false", "false"}; !slices.ContainsFunc(lines, func(l []string) bool { return slices.Equal(l, want) }) {
		t.Errorf("no line %v in %v", want, lines)
	}
}

// figures is a report without when it was counted.
func figures(report string) string { return report[strings.Index(report, `"total"`):] }

func asJSON(t *testing.T, v any) string {
	t.Helper()
	body, err := json.Marshal(v)
	office.Must(t, err)
	return string(body)
}

// TestNetworkReadsNoRow: the network's database role reads no table of an agency, and calls no function that is not listed here
// with what it tells; the agency's own count is there, and B sees nothing of A's.
func TestNetworkReadsNoRow(t *testing.T) {
	o := office.New(t)
	o.File(t)
	_, err := (&reports.Keeper{Operator: o.Operator}).Once(t.Context(), o.Clock.Now())
	office.Must(t, err)
	ask := func(role, sql string, args ...any) string {
		t.Helper()
		out, err := o.Raw(t, role, sql, args...)
		office.Must(t, err)
		return out
	}
	for who, want := range map[*coretest.Agency]int{o.A: 1, o.B: 0} {
		n := -1
		office.Must(t, o.DB.Load(t.Context(), who.Do("broker", "applications.read"), tenancy.Value(&n, `select count(*) from agency_rollups where tenant_id = $1`, o.A.ID)))
		if n != want {
			t.Errorf("%d counts of A are seen, want %d", n, want)
		}
	}
	for since, want := range map[string]string{"ffffffff-ffff-ffff-ffff-ffffffffffff": "", "00000000-0000-0000-0000-000000000000": o.A.ID.UUID.String()} {
		o.Exec(t, `update agencies set rolled_up_to = $1`, since)
		if due := ask("pratica_operator", `select coalesce(string_agg(agency_id::text, ' '), '') from agencies_to_roll_up($1, 10)`, o.Clock.Now().Truncate(24*time.Hour)); due != want {
			t.Errorf("changed since %s: %q, want %q", since, due, want)
		}
	}
	own := map[string]string{
		"support_grants": "what the network itself has asked for; row security on network_id",
		"agency_quotas":  "the limits that the network itself sets; row security on network_id",
	}
	readable := strings.Fields(ask("", `select coalesce(string_agg(c.relname, ' '), '') from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
		where c.relkind in ('r', 'p', 'v') and c.relnamespace = 'public'::regnamespace and has_any_column_privilege('pratica_network', c.oid, 'select')`))
	for _, table := range readable {
		if own[table] == "" {
			t.Errorf("a network may read %s", table)
		}
	}
	if _, err := o.Raw(t, "pratica_network", `select count(*)::text from agency_rollups`); err == nil {
		t.Error("a network reads what its figures are counted from")
	}
	told := map[string]string{
		"network_base_use": "how many agencies work under a base, from five on",
		"issue_invitation": "writes an invitation, tells nothing",

		"gather_network_people": "the network's own directory: who its people are, nothing of what they work on",
		"network_memberships":   "the network's own directory: roles and status of a person in its agencies",
		"network_set_member":    "the network's own directory: gives and takes roles within its bounds",
		"network_end_sessions":  "ends a person's sessions, tells nothing",
		"network_offer":         "has roles wait for the agency's acceptance, tells nothing",
	}
	for _, f := range strings.Fields(ask("", `select string_agg(p.proname, ' ') from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prosecdef and p.prorettype <> 'trigger'::regtype
		and has_function_privilege('pratica_network', p.oid, 'execute')`)) {
		if told[f] == "" {
			t.Errorf("a network may call %s, and nobody has said what it tells", f)
		}
	}
}
