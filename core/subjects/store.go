package subjects

import (
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// plain are the columns in clear, in the order of scanning and of values.
const plain = `id, display_name, kind, first_name, last_name, company_name, vat_number, sex, citizenship, marital_status, pep, version, created_at, updated_at`

// boxed are the columns behind them: the data key, what it sealed, the blind indexes.
var boxed = func() []string {
	out := []string{"data_key"}
	for _, c := range sealed {
		out = append(out, c.name)
	}
	for _, name := range indexed {
		out = append(out, name+"_index")
	}
	return out
}()

var (
	selectSubject = fmt.Sprintf("select s.%s, s.risk_profile, s.data_key_destroyed_at is not null, s.%s from subjects s ",
		strings.ReplaceAll(plain, ", ", ", s."), strings.Join(boxed[:1+len(sealed)], ", s."))
	columns       = append(append([]string{"tenant_id"}, strings.Split(plain, ", ")...), boxed...)
	insertSubject = "insert into subjects (" + strings.Join(columns, ", ") + ") values (" + numbered(columns, func(_ string, n int) string { return fmt.Sprintf("$%d", n) }) + ")"
	updateSubject = "update subjects set " + numbered(columns[2:], func(c string, n int) string { return fmt.Sprintf("%s = $%d", c, n+2) }) + " where tenant_id = $1 and id = $2"
)

func numbered(names []string, one func(name string, n int) string) string {
	var out []string
	for i, name := range names {
		out = append(out, one(name, i+1))
	}
	return strings.Join(out, ", ")
}

// load reads whole subjects, of s, for the feature's own use; show is for callers.
func load(dst *[]Subject, where string, args ...any) tenancy.Load {
	return tenancy.Unseal(selectSubject+where, args, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var s Subject
		boxes := make([][]byte, len(sealed))
		dest := []any{&s.ID, &s.DisplayName, &s.Kind, &s.FirstName, &s.LastName, &s.CompanyName, &s.VATNumber, &s.Sex, &s.Citizenship, &s.MaritalStatus, &s.PEP,
			&s.Version, &s.CreatedAt, &s.UpdatedAt, &s.RiskProfile, &s.erased, &s.dataKey}
		for i := range boxes {
			dest = append(dest, &boxes[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if err := s.open(k, boxes); err != nil {
			return err
		}
		s.warn()
		*dst = append(*dst, s)
		return nil
	})
}

// show reads subjects as the caller may see them.
func show(dst *[]Subject, where string, args ...any) tenancy.Load {
	whole := []Subject{}
	return load(&whole, where, args...).From(func() { whole = []Subject{} }).Then(func(tx *tenancy.Tx) error {
		for i := range whole {
			whole[i].mask(tx.May)
		}
		*dst = whole
		return nil
	})
}

func (s *Subject) values(tx *tenancy.Tx) ([]any, error) {
	k, err := tx.Keys()
	if err != nil {
		return nil, err
	}
	boxes, err := s.seal(k)
	return append([]any{tx.Scope().Tenant(), s.ID, s.DisplayName, s.Kind, s.FirstName, s.LastName, s.CompanyName, s.VATNumber, s.Sex, s.Citizenship, s.MaritalStatus, s.PEP,
		s.Version, s.CreatedAt, s.UpdatedAt}, boxes...), err
}

func insert(tx *tenancy.Tx, s *Subject) error {
	values, err := s.values(tx)
	tx.Exec(insertSubject, values...)
	return err
}

func update(tx *tenancy.Tx, s *Subject) error {
	values, err := s.values(tx)
	tx.Exec(updateSubject, values...)
	return err
}

func loadHolders(dst *[]HeldFile, id ident.SubjectID) tenancy.Load {
	return tenancy.Scan(`select distinct a.id, a.number, i.state from application_parties p join applications a on a.id = p.application_id join instances i on i.id = a.id
		where p.subject_id = $1 order by a.number limit 100`, []any{id}, func(rows pgx.Rows) error {
		var f HeldFile
		err := rows.Scan(&f.ID, &f.Number, &f.State)
		*dst = append(*dst, f)
		return err
	})
}
