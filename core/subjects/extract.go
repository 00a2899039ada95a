package subjects

import (
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
)

// Extract is what the features above read of a subject's sealed columns. Select ExtractColumns of subjects s, scan into Dest, then Open.
type Extract struct {
	TaxCode     *string
	Employments []Employment
	Incomes     []Income
	Liabilities []Liability

	dataKey []byte
	boxes   [4][]byte
}

// ExtractColumns are read in this order by Dest.
const ExtractColumns = "s.data_key, s.tax_code, s.employments, s.incomes, s.liabilities"

// Dest is where a row's columns go.
func (e *Extract) Dest() []any {
	return []any{&e.dataKey, &e.boxes[0], &e.boxes[1], &e.boxes[2], &e.boxes[3]}
}

// Open opens the columns of the subject; of an erased one nothing is known.
func (e *Extract) Open(k *crypto.TenantKey, id ident.SubjectID) error {
	if e.dataKey == nil {
		return nil
	}
	key, err := k.DataKey(keys.SubjectPlace(id), e.dataKey)
	if err != nil {
		return err
	}
	for i, column := range []struct {
		name  string
		value any
	}{{"tax_code", &e.TaxCode}, {"employments", &e.Employments}, {"incomes", &e.Incomes}, {"liabilities", &e.Liabilities}} {
		if err := openJSON(key, place(id, column.name), e.boxes[i], column.value); err != nil {
			return err
		}
	}
	return nil
}

// Employment is what somebody lives of in the first place; "" when it is not known.
func (e *Extract) Employment() string {
	if len(e.Employments) == 0 {
		return ""
	}
	return e.Employments[0].Kind
}

// IncomeCents is the sum of the net monthly incomes; nil when none is known.
func (e *Extract) IncomeCents() *int64 {
	if len(e.Incomes) == 0 {
		return nil
	}
	var sum int64
	for _, i := range e.Incomes {
		sum += i.NetMonthlyCents
	}
	return &sum
}

// DebtsCents is the sum of the monthly instalments already paid.
func (e *Extract) DebtsCents() (sum int64) {
	for _, l := range e.Liabilities {
		sum += l.MonthlyCents
	}
	return sum
}
