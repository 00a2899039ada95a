package subjects_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// full is a person with something in every sealed field.
func full(last, taxCode string) subjects.Data {
	return subjects.Data{Kind: "natural", FirstName: "Ada", LastName: last, TaxCode: &taxCode, Email: "Ada." + last + "@Example.test", Phone: "080 555-01-99", IBAN: "IT60X0542811101000000123456",
		BirthDate: calendar.On(1985, time.December, 10), BirthPlace: "Bari", Addresses: []subjects.Address{{Kind: "residence", Street: "Via Sparano 1", City: "Bari"}},
		Employments: []subjects.Employment{{Kind: "employee", Employer: "Officine Sud"}}, Incomes: []subjects.Income{{NetMonthlyCents: 2_345_67}}, Liabilities: []subjects.Liability{{MonthlyCents: 123_45}},
		IdentityDocuments: []subjects.IdentityDocument{{Kind: "passport", Number: "YA1234567"}}, Health: &subjects.Remark{Text: "asthma"}, Legal: &subjects.Remark{Text: "a protest of 2019"}}
}

// masked are the fields that need a permission.
var maskedFields = []string{"incomes", "liabilities", "identity_documents", "health", "legal"}

func TestSealedSubjects(t *testing.T) {
	o := office.New(t)
	ctx := context.Background()
	read, write := o.A.Do("broker", "subjects.read"), o.A.Do("broker", "subjects.write")
	made, err := o.Subjects.Create(ctx, write, full("Rossi", "RSSMRA85T10A562S"))
	office.Must(t, err)
	as := func(v any) string { raw, _ := json.Marshal(v); return string(raw) }

	t.Run("what was written is read", func(t *testing.T) {
		got, err := o.Subjects.Get(ctx, read, made.ID)
		if err != nil || as(got) != as(made) || got.Incomes[0].NetMonthlyCents != 2_345_67 || got.Health.Text != "asthma" || len(got.Masked) > 0 {
			t.Errorf("%v\n%s\n%s", err, as(got), as(made))
		}
		if _, err := o.Subjects.Get(ctx, o.B.Do("broker", "subjects.read"), made.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("B sees A's person: %v", err)
		}
	})

	t.Run("an exact value is found, a part of it is not, and not by B", func(t *testing.T) {
		count := func(s tenancy.Scope, q string) int {
			list, err := o.Subjects.List(ctx, s, subjects.Filter{Q: q})
			office.Must(t, err)
			return len(list.Items)
		}
		for q, want := range map[string]int{"rssmra85t10a562s": 1, " RSSMRA85T10 A562S": 1, "RSSMRA85T10A562": 0, "ada.rossi@example.TEST ": 1, "ada.rossi@": 0,
			"+39 0805550199": 1, "0805550199": 1, "080555": 0, "it60 x054 2811 1010 0000 0123 456": 1, "Ross": 1} {
			if got := count(read, q); got != want {
				t.Errorf("%q found %d", q, got)
			}
			if got := count(o.B.Do("broker", "subjects.read"), q); got != 0 {
				t.Errorf("B finds %q", q)
			}
		}
	})

	t.Run("a tax code is there once in an agency", func(t *testing.T) {
		_, err := o.Subjects.Create(ctx, write, full("Doppia", "RSSMRA85T10A562S"))
		if f := fault.As(err); f.Code != "subject.exists" || f.Fields[0].Pointer != "/tax_code" {
			t.Errorf("%v", err)
		}
		if _, err := o.Subjects.Create(ctx, o.B.Do("broker", "subjects.write"), full("Rossi", "RSSMRA85T10A562S")); err != nil {
			t.Errorf("in B it is another person: %v", err)
		}
	})

	t.Run("moved to another column, row or agency it does not open", func(t *testing.T) {
		other, err := o.Subjects.Create(ctx, write, full("Altra", "RSSMRA79B11C566R"))
		office.Must(t, err)
		theirs, err := o.Subjects.List(ctx, o.B.Do("broker", "subjects.read"), subjects.Filter{})
		office.Must(t, err)
		stays := func(name, sql string, scope tenancy.Scope, id ident.SubjectID) {
			t.Helper()
			o.Exec(t, "create table kept as select * from subjects")
			o.Exec(t, sql)
			if got, err := o.Subjects.Get(ctx, scope, id); !errors.Is(err, crypto.ErrSealed) || fault.As(err).Code != "keys.sealed" {
				t.Errorf("%s: %v %s", name, err, as(got))
			}
			for _, column := range []string{"data_key", "incomes", "health"} {
				o.Exec(t, fmt.Sprintf("update subjects s set %s = k.%[1]s from kept k where k.tenant_id = s.tenant_id and k.id = s.id", column))
			}
			o.Exec(t, "drop table kept")
			if _, err := o.Subjects.Get(ctx, scope, id); err != nil {
				t.Errorf("%s, put back: %v", name, err)
			}
		}
		row, from := func(id ident.SubjectID) string { return "'" + id.UUID.String() + "'" }, theirs.Items[0].ID
		stays("column", "update subjects set health = legal where id = "+row(made.ID), read, made.ID)
		stays("row", "update subjects set incomes = (select incomes from subjects where id = "+row(other.ID)+") where id = "+row(made.ID), read, made.ID)
		stays("row with its key", "update subjects s set incomes = o.incomes, data_key = o.data_key from subjects o where o.id = "+row(other.ID)+" and s.id = "+row(made.ID), read, made.ID)
		stays("agency with its key", "update subjects s set incomes = o.incomes, data_key = o.data_key from subjects o where o.id = "+row(from)+" and s.id = "+row(made.ID), read, made.ID)
	})

	t.Run("who lacks a permission is shown null and its name, and cannot change it", func(t *testing.T) {
		for role, want := range map[string][]string{"broker": {}, "back_office": {}, "compliance_officer": {}, "agency_admin": {"health", "legal"}, "read_only": {"health", "legal"}} {
			got, err := o.Subjects.Get(ctx, o.A.Do(role, "subjects.read"), made.ID)
			if err != nil || !slices.Equal(got.Masked, want) || (got.Health == nil) != slices.Contains(want, "health") {
				t.Errorf("%s: %v %v", role, err, got.Masked)
			}
		}
		o.Exec(t, `insert into policy_rules (tenant_id, id, role, action, effect) select $1, gen_random_uuid(), 'broker', 'subjects.read_' || x, 'deny' from unnest(array['income', 'health', 'identity', 'legal']) x`, o.A.ID)
		o.Exec(t, `update agencies set policy_version = policy_version + 1 where id = $1`, o.A.ID)
		got, err := o.Subjects.Get(ctx, read, made.ID)
		if err != nil || !slices.Equal(got.Masked, maskedFields) || got.Incomes != nil || got.Liabilities != nil || got.IdentityDocuments != nil || got.Health != nil || got.Legal != nil {
			t.Fatalf("%v %s", err, as(got))
		}
		for _, field := range maskedFields {
			for _, value := range []string{"null", "[]"} {
				_, err := o.Subjects.Change(ctx, write, made.ID, got.Version, map[string]json.RawMessage{field: json.RawMessage(value)})
				if f := fault.As(err); f.Code != "subject.masked" || f.Fields[0].Pointer != "/"+field {
					t.Errorf("%s: %v", field, err)
				}
			}
		}
		changed, err := o.Subjects.Change(ctx, write, made.ID, got.Version, map[string]json.RawMessage{"phone": json.RawMessage(`"080 1"`)})
		if err != nil || !slices.Equal(changed.Masked, maskedFields) || changed.Incomes != nil {
			t.Errorf("%v %s", err, as(changed))
		}
		whole, err := o.Subjects.Get(ctx, o.A.Do("compliance_officer", "subjects.read"), made.ID)
		if err != nil || whole.Phone != "080 1" || as(whole.Incomes) != as(made.Incomes) || as(whole.Legal) != as(made.Legal) || as(whole.IdentityDocuments) != as(made.IdentityDocuments) {
			t.Errorf("an edit lost what its author was not shown: %v %s", err, as(whole))
		}
	})

	t.Run("a destroyed key erases the person, here and in what it sealed elsewhere", func(t *testing.T) {
		place := crypto.Place{Table: "audit_entries", Row: "1", Column: "payload"}
		var payload []byte
		office.Must(t, o.DB.Write(ctx, write, func(tx *tenancy.Tx) error {
			key, err := keys.Subject(tx, made.ID)
			if err == nil {
				payload, err = key.Seal(place, []byte("about Ada"))
			}
			return err
		}))
		open := func() (plain []byte, err error) {
			err = o.DB.Read(ctx, read, func(tx *tenancy.Tx) error {
				key, err := keys.Subject(tx, made.ID)
				if err == nil {
					plain, err = key.Open(place, payload)
				}
				return err
			})
			return plain, err
		}
		if plain, err := open(); err != nil || string(plain) != "about Ada" {
			t.Fatalf("%q %v", plain, err)
		}
		office.Must(t, o.DB.Write(ctx, write, func(tx *tenancy.Tx) error {
			keys.DestroySubject(tx, made.ID)
			return nil
		}))
		if _, err := open(); fault.As(err).Code != "keys.destroyed" {
			t.Errorf("it opens: %v", err)
		}
		got, err := o.Subjects.Get(ctx, o.A.Do("compliance_officer", "subjects.read"), made.ID)
		if err != nil || got.TaxCode != nil || got.Email != "" || got.Incomes != nil || got.Health != nil {
			t.Errorf("%v %s", err, as(got))
		}
		if _, err := o.Subjects.Change(ctx, write, made.ID, got.Version, map[string]json.RawMessage{"phone": json.RawMessage(`"1"`)}); fault.As(err).Code != "keys.destroyed" {
			t.Errorf("an erased person is filled again: %v", err)
		}
	})
}
