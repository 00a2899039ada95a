package subjects

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
)

// sealed are the columns that the subject's own key encrypts, each as JSON, bound to its row and name. Whoever lacks the permission
// a column needs is shown null and may not change it. An index lets an exact value be found without opening anything.
var sealed = []struct {
	name  string
	value func(*Data) any // a pointer into the data
	index func(string) string
	needs access.Action
}{
	{name: "tax_code", value: func(d *Data) any { return &d.TaxCode }, index: compact},
	{name: "email", value: func(d *Data) any { return &d.Email }, index: normalEmail},
	{name: "phone", value: func(d *Data) any { return &d.Phone }, index: normalPhone},
	{name: "iban", value: func(d *Data) any { return &d.IBAN }, index: compact},
	{name: "birth_date", value: func(d *Data) any { return &d.BirthDate }},
	{name: "birth_place", value: func(d *Data) any { return &d.BirthPlace }},
	{name: "addresses", value: func(d *Data) any { return &d.Addresses }},
	{name: "employments", value: func(d *Data) any { return &d.Employments }},
	{name: "incomes", value: func(d *Data) any { return &d.Incomes }, needs: ReadIncome},
	{name: "liabilities", value: func(d *Data) any { return &d.Liabilities }, needs: ReadIncome},
	{name: "identity_documents", value: func(d *Data) any { return &d.IdentityDocuments }, needs: "subjects.read_identity"},
	{name: "health", value: func(d *Data) any { return &d.Health }, needs: "subjects.read_health"},
	{name: "legal", value: func(d *Data) any { return &d.Legal }, needs: "subjects.read_legal"},
}

// Read is the permission to be shown people, with what identifies them.
const Read access.Action = "subjects.read"

// ReadIncome is the permission to be shown what people earn and owe.
const ReadIncome access.Action = "subjects.read_income"

// indexed are the names of the columns with a blind index, in order.
var indexed = func() (out []string) {
	for _, c := range sealed {
		if c.index != nil {
			out = append(out, c.name)
		}
	}
	return out
}()

func place(id ident.SubjectID, column string) crypto.Place {
	return crypto.Place{Table: "subjects", Row: id.String(), Column: column}
}

// seal gives the data key and the sealed columns as they are stored, then the blind indexes; a subject without a key gets one.
func (s *Subject) seal(k *crypto.TenantKey) (columns []any, err error) {
	key, err := s.key(k)
	if err != nil {
		return nil, err
	}
	columns = []any{s.dataKey}
	for _, c := range sealed {
		box, err := sealJSON(key, place(s.ID, c.name), c.value(&s.Data))
		if err != nil {
			return nil, err
		}
		columns = append(columns, box)
	}
	for _, c := range sealed {
		if c.index == nil {
			continue
		}
		index, err := k.Index("subjects."+c.name, c.index(text(c.value(&s.Data))))
		if err != nil {
			return nil, err
		}
		columns = append(columns, index)
	}
	return columns, nil
}

func (s *Subject) key(k *crypto.TenantKey) (key *crypto.DataKey, err error) {
	switch {
	case s.erased:
		return nil, crypto.ErrDestroyed
	case s.dataKey != nil:
		return k.DataKey(keys.SubjectPlace(s.ID), s.dataKey)
	}
	s.dataKey, key, err = k.NewDataKey(keys.SubjectPlace(s.ID))
	return key, err
}

// open fills the data from the sealed columns. Of an erased person, and of one entered before columns were sealed, there is nothing to open.
func (s *Subject) open(k *crypto.TenantKey, boxes [][]byte) error {
	if s.dataKey == nil {
		return nil
	}
	key, err := k.DataKey(keys.SubjectPlace(s.ID), s.dataKey)
	if err != nil {
		return err
	}
	for i, c := range sealed {
		if err := openJSON(key, place(s.ID, c.name), boxes[i], c.value(&s.Data)); err != nil {
			return err
		}
	}
	return nil
}

// sealJSON encrypts a value as JSON; what is empty is stored as null.
func sealJSON(key *crypto.DataKey, at crypto.Place, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", at.Column, err)
	}
	switch string(plain) {
	case "null", `""`, "[]":
		return nil, nil
	}
	return key.Seal(at, plain)
}

func openJSON(key *crypto.DataKey, at crypto.Place, box []byte, value any) error {
	if box == nil {
		return nil
	}
	plain, err := key.Open(at, box)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, value)
}

// mask takes away what the caller may not be shown, and names it.
func (s *Subject) mask(may func(access.Action) bool) {
	s.Masked = []string{}
	for _, c := range sealed {
		if c.needs != "" && !may(c.needs) {
			s.Masked = append(s.Masked, c.name)
			_ = json.Unmarshal([]byte("null"), c.value(&s.Data)) // null empties lists and pointers, and never fails
		}
	}
}

// Find gives the blind indexes that a searched text would have as a tax code, e-mail, phone and IBAN, for FoundBy.
func Find(k *crypto.TenantKey, words string) (args []any, err error) {
	for _, c := range sealed {
		if c.index == nil {
			continue
		}
		index, err := k.Index("subjects."+c.name, c.index(words))
		if err != nil {
			return nil, err
		}
		args = append(args, index)
	}
	return args, nil
}

// FoundBy is the condition on subjects s that one of the blind indexes is the one of Find; its parameters are $from and following.
func FoundBy(from int) string {
	var any []string
	for i, name := range indexed {
		any = append(any, fmt.Sprintf("s.%s_index = $%d", name, from+i))
	}
	return "(" + strings.Join(any, " or ") + ")"
}

func text(value any) string {
	switch v := value.(type) {
	case *string:
		return *v
	case **string:
		if *v != nil {
			return **v
		}
	}
	return ""
}

func compact(s string) string     { return strings.ToUpper(strings.ReplaceAll(s, " ", "")) }
func normalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// normalPhone is a number in international form; one without a prefix is Italian.
func normalPhone(s string) string {
	s = strings.NewReplacer(" ", "", "-", "", ".", "", "/", "", "(", "", ")", "").Replace(s)
	switch {
	case strings.Trim(s, "+0123456789") != "" || len(s) < 5:
		return ""
	case strings.HasPrefix(s, "+"):
		return s
	case strings.HasPrefix(s, "00"):
		return "+" + s[2:]
	}
	return "+39" + s
}
