package privacy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// RowCopy is a row about the person outside of their record.
type RowCopy struct {
	Datum string                     `json:"datum"`
	Table string                     `json:"table"`
	ID    uuid.UUID                  `json:"id"`
	Data  map[string]json.RawMessage `json:"data"`
}

// rowsOf opens whatever rows of the register's groups there are of a person. All of them are sealed as JSON, bound to table, id and column.
func rowsOf(tx *tenancy.Tx, r Register, id ident.SubjectID) ([]RowCopy, error) {
	out := []RowCopy{}
	key, err := keys.Subject(tx, id)
	if err != nil {
		return nil, err
	}
	for _, d := range r.Data {
		for _, table := range slices.Sorted(maps.Keys(d.Rows)) {
			columns := d.Rows[table]
			if err := tx.Load(tenancy.Scan(fmt.Sprintf(`select id, array[%[2]s] from %[1]s where subject_id = $1 and coalesce(%[2]s) is not null order by id limit 10000`, table, strings.Join(columns, ", ")), []any{id}, func(rows pgx.Rows) error {
				c := RowCopy{Datum: d.Key, Table: table, Data: map[string]json.RawMessage{}}
				var boxes [][]byte
				if err := rows.Scan(&c.ID, &boxes); err != nil {
					return err
				}
				for i, box := range boxes {
					if box == nil {
						continue
					}
					plain, err := key.Open(crypto.Place{Table: table, Row: c.ID.String(), Column: columns[i]}, box)
					if err != nil {
						return err
					}
					c.Data[columns[i]] = plain
				}
				out = append(out, c)
				return nil
			})); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
