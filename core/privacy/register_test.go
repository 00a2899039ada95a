package privacy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
)

// refers are columns by which a table refers to people, directly or by what is theirs.
const refers = `('subject_id', 'application_id', 'submission_id', 'document_id', 'instance_id', 'property_id')`

// TestRegisterKnowsEveryColumn: whatever refers to people is in the register with every column, and in a copy or out of it for a reason.
func TestRegisterKnowsEveryColumn(t *testing.T) {
	w := coretest.New(t)
	if found := unregistered(t, w); len(found) > 0 {
		t.Errorf("not in register.yaml, or in it and not there:\n%s", strings.Join(found, "\n"))
	}
	w.Exec(t, `alter table subjects add column hobby text; create table hobbies (tenant_id uuid, subject_id uuid)`)
	want := []string{"hobbies is in no copy, and not left out of it", "hobbies refers to people", "subjects.hobby"}
	if found := unregistered(t, w); !slices.Equal(found, want) {
		t.Errorf("of a new table and a new column: %v", found)
	}
}

func unregistered(t *testing.T, w *coretest.World) (out []string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), w.AdminURL())
	fine(t, err)
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), `select c.table_name::text, c.column_name::text from information_schema.columns c join information_schema.tables b using (table_schema, table_name)
		where c.table_schema = 'public' and b.table_type = 'BASE TABLE' and exists (select from information_schema.columns x where x.table_name = c.table_name and x.column_name = 'tenant_id') order by 1, 2`)
	fine(t, err)
	there := map[string][]string{}
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var table, column string
		err := row.Scan(&table, &column)
		there[table] = append(there[table], column)
		return struct{}{}, err
	})
	fine(t, err)
	known := map[string][]string{}
	for name, table := range platform.Tables {
		known[name] = slices.Concat(table.Personal, table.Technical)
		if _, purpose := platform.Purposes[table.Belongs]; !purpose && !slices.Contains([]string{"data", "papers", "file"}, table.Belongs) {
			out = append(out, name+" belongs to nothing")
		}
	}
	for _, d := range platform.Data {
		known["subjects"] = append(known["subjects"], d.Columns...)
	}
	for table, columns := range there {
		if _, listed := known[table]; !listed && slices.ContainsFunc(columns, func(c string) bool { return strings.Contains(refers, "'"+c+"'") }) {
			out = append(out, table+" refers to people", table+" is in no copy, and not left out of it")
		}
	}
	for table, columns := range known {
		if covered[table] == "" {
			out = append(out, table+" is in no copy, and not left out of it")
		}
		for _, c := range columns {
			if !slices.Contains(there[table], c) {
				out = append(out, table+"."+c+" is not there")
			}
		}
		for _, c := range there[table] {
			if n := len(slices.DeleteFunc(slices.Clone(columns), func(x string) bool { return x != c })); n != 1 {
				out = append(out, table+"."+c)
			}
		}
	}
	slices.Sort(out)
	return out
}

// TestEnd: of several purposes with different clocks the last one decides; what yields to a request goes with it.
func TestEnd(t *testing.T) {
	on := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }
	midnight := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	contact := on(2026, 1, 31)
	prospect, client := Story{LastContact: contact}, Story{LastContact: contact, FileEnd: on(2026, 11, 2), RelationshipEnd: on(2025, 3, 1)}
	asked := func(s Story) Story { s.Asked = true; return s }
	say := func(s Story, purpose, state string) Story { s.Consents = map[string]string{purpose: state}; return s }
	open := Story{Open: true, LastContact: contact}
	for _, c := range []struct {
		datum string
		story Story
		want  End
	}{
		{"identity", prospect, End{At: midnight(2028, 2, 1), Purpose: "contact"}},
		{"identity", client, End{At: midnight(2035, 3, 2), Purpose: "aml"}},
		{"identity", asked(client), End{At: midnight(2035, 3, 2), Purpose: "aml"}},
		{"identity", asked(prospect), End{}},
		{"identity", open, End{Open: true, Purpose: "aml"}},
		{"contact", client, End{At: midnight(2028, 11, 3), Purpose: "assessment"}},
		{"contact", say(Story{LastContact: on(2027, 11, 2), FileEnd: on(2026, 11, 2)}, "marketing", "given"), End{At: midnight(2029, 11, 3), Purpose: "contact"}},
		{"contact", asked(say(client, "marketing", "given")), End{}},
		{"health", client, End{At: midnight(2027, 11, 3), Purpose: "insurance"}},
		{"health", say(client, "insurance", "withdrawn"), End{}},
		{"health", say(open, "insurance", "withdrawn"), End{}},
		{"health", open, End{Open: true, Purpose: "insurance"}},
		{"household", asked(client), End{}},
		{"work", prospect, End{At: midnight(2028, 2, 1), Purpose: "assessment"}},
		{"identity_documents", prospect, End{At: midnight(2028, 2, 1), Purpose: "assessment"}},
		{"bank_account", asked(client), End{At: midnight(2035, 3, 2), Purpose: "contract"}},
	} {
		if got := platform.End(platform.datum(c.datum), c.story); got != c.want {
			t.Errorf("%s of %+v: %+v, want %+v", c.datum, c.story, got, c.want)
		}
	}
	if e := (End{At: midnight(2035, 3, 2)}); e.Due(midnight(2035, 3, 1).Add(24*time.Hour-1)) || !e.Due(midnight(2035, 3, 2)) {
		t.Error("an end is due on its day, not before")
	}
	longer := platform.with(map[string]int{"aml": 132, "contact": 1})
	if longer.Purposes["aml"].Months != 132 || longer.Purposes["contact"].Months != 24 || platform.Purposes["aml"].Months != 120 {
		t.Error("an agency's terms are longer ones only, and its own")
	}
}

// TestNothingIsDueOfANewcomer: whatever is entered of a person before there is a file stays for it, but for what begins with a consent.
func TestNothingIsDueOfANewcomer(t *testing.T) {
	entered := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for _, d := range slices.Concat(platform.Data, platform.Papers) {
		if e := platform.End(d, Story{LastContact: entered}); e.Due(entered.AddDate(0, 11, 0)) {
			t.Errorf("%s of a person without a file goes at %v", d.Key, e.At)
		}
	}
}

// TestPapers: what people read is in both languages, and says the same.
func TestPapers(t *testing.T) {
	at := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	it, en := platform.Paper("Agenzia", "it", at), platform.Paper("Agenzia", "en", at)
	if len(it.Sections) != len(platform.Purposes) || len(en.Sections) != len(it.Sections) || it.Title == en.Title {
		t.Errorf("%d and %d sections", len(it.Sections), len(en.Sections))
	}
	if text := it.Text(); !strings.Contains(text, "120 mesi dalla fine del rapporto") || strings.Contains(text, "months") {
		t.Error(text)
	}
	var out strings.Builder
	fine(t, it.Write(&out))
	if !strings.HasPrefix(out.String(), "%PDF-") || out.Len() < 2000 {
		t.Errorf("no PDF: %d bytes", out.Len())
	}
	for key, p := range platform.Purposes {
		if p.Title.IT == "" || p.Title.EN == "" || p.Basis.IT == "" || p.Basis.EN == "" || p.Consent && (p.Text.IT == "" || p.Text.EN == "") || p.Clock != Never && p.Months == 0 {
			t.Errorf("%s lacks words or a term", key)
		}
	}
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
