package subjects

import (
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

const columns = `id, display_name, kind, first_name, last_name, company_name, tax_code, vat_number, birth_date, birth_place, sex, citizenship,
	marital_status, email, phone, iban, pep, addresses, employments, incomes, liabilities, risk_profile, version, created_at, updated_at`

func load(dst *[]Subject, where string, args ...any) tenancy.Load {
	return tenancy.Scan("select "+columns+" from subjects "+where, args, func(rows pgx.Rows) error {
		var s Subject
		err := rows.Scan(&s.ID, &s.DisplayName, &s.Kind, &s.FirstName, &s.LastName, &s.CompanyName, &s.TaxCode, &s.VATNumber, &s.BirthDate, &s.BirthPlace, &s.Sex, &s.Citizenship,
			&s.MaritalStatus, &s.Email, &s.Phone, &s.IBAN, &s.PEP, &s.Addresses, &s.Employments, &s.Incomes, &s.Liabilities, &s.RiskProfile, &s.Version, &s.CreatedAt, &s.UpdatedAt)
		s.warn()
		*dst = append(*dst, s)
		return err
	})
}

func (s *Subject) values(tx *tenancy.Tx) []any {
	return []any{tx.Scope().Tenant(), s.ID, s.DisplayName, s.Kind, s.FirstName, s.LastName, s.CompanyName, s.TaxCode, s.VATNumber, s.BirthDate, s.BirthPlace, s.Sex, s.Citizenship,
		s.MaritalStatus, s.Email, s.Phone, s.IBAN, s.PEP, list(s.Addresses), list(s.Employments), list(s.Incomes), list(s.Liabilities), s.Version, s.CreatedAt, s.UpdatedAt}
}

func insert(tx *tenancy.Tx, s *Subject) {
	tx.Exec(`insert into subjects (tenant_id, id, display_name, kind, first_name, last_name, company_name, tax_code, vat_number, birth_date, birth_place, sex, citizenship,
			marital_status, email, phone, iban, pep, addresses, employments, incomes, liabilities, version, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)`, s.values(tx)...)
}

func update(tx *tenancy.Tx, s *Subject) {
	tx.Exec(`update subjects set display_name = $3, kind = $4, first_name = $5, last_name = $6, company_name = $7, tax_code = $8, vat_number = $9, birth_date = $10,
			birth_place = $11, sex = $12, citizenship = $13, marital_status = $14, email = $15, phone = $16, iban = $17, pep = $18, addresses = $19,
			employments = $20, incomes = $21, liabilities = $22, version = $23, created_at = $24, updated_at = $25
		where tenant_id = $1 and id = $2`, s.values(tx)...)
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

// list stores no rows as an empty list.
func list[T any](rows []T) []T {
	if rows == nil {
		return []T{}
	}
	return rows
}
