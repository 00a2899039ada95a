package privacy

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// OwnErasure is what an erasure would do today, for the person to read before they ask for one.
type OwnErasure struct {
	Open []string   `json:"open" doc:"Numbers of the files under way: nothing is erased before they have ended"`
	Data []OwnDatum `json:"data" doc:"What there is of the person, and what would become of it"`
}

// OwnDatum is a group of the person's data.
type OwnDatum struct {
	Title Text       `json:"title"`
	Goes  bool       `json:"goes" doc:"Nothing keeps it: it is erased"`
	For   Text       `json:"for" doc:"The purpose that keeps it"`
	Basis Text       `json:"basis"`
	Kept  Text       `json:"kept" doc:"For how long, and from when"`
	Until *time.Time `json:"until" doc:"Null where no clock runs yet, or it goes at once"`
}

// OwnErasure tells the person in the portal what the law keeps of them, and until when. That a duty of compliance may hold an erasure
// up is not in it: whoever reads this must not learn of one.
func (s *Service) OwnErasure(ctx context.Context, scope tenancy.Scope) (out OwnErasure, err error) {
	id := scope.Actor().Subject()
	out = OwnErasure{Open: []string{}, Data: []OwnDatum{}}
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		r, err := ours(tx)
		if err != nil {
			return err
		}
		var rows []person
		if err := tx.Load(loadPeople(&rows, tx.Now(), "s.id = $2", id), tenancy.Scan(`select distinct a.number from application_parties p join applications a on a.id = p.application_id join instances i on i.id = a.id
			where p.subject_id = $1 and i.outcome is null order by a.number limit $2`, []any{id, filesShown}, func(rows pgx.Rows) error {
			var number string
			err := rows.Scan(&number)
			out.Open = append(out.Open, number)
			return err
		}).From(func() { out.Open = []string{} })); err != nil {
			return err
		}
		out.Data = []OwnDatum{}
		for _, p := range rows {
			p.Asked = true
			for _, line := range r.plan(p, tx.Now()) {
				out.Data = append(out.Data, r.own(line))
			}
		}
		return nil
	})
	return out, err
}

func (r Register) own(line PlannedDatum) OwnDatum {
	out := OwnDatum{Title: line.Title, Goes: line.Now, Until: line.Until}
	if p, stands := r.Purposes[line.Purpose]; stands && !line.Now {
		out.For, out.Basis, out.Kept = p.Title, p.Basis, Text{EN: p.keeps("en"), IT: p.keeps("it")}
	}
	return out
}
