package privacy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// person is somebody's story with what there is of them.
type person struct {
	Story
	id     ident.SubjectID
	has    []string // keys of the groups of data
	erased bool
	held   bool // for a reason that nobody but compliance may know
}

// file is an ended file's story.
type file struct {
	Story
	id ident.ApplicationID
}

// related is whether a file made its people clients: a mandate or a due diligence is there, a lender was asked, or it was won.
const related = `(i.outcome = 'won' or exists (select from submissions x where x.application_id = a.id)
	or exists (select from documents d where d.kind in ('mandate', 'due_diligence') and d.state in ('uploaded', 'accepted') and (d.application_id = a.id or d.subject_id = p.subject_id)))`

// holding is how long a suspicious-transaction report keeps its person, in years (D.Lgs. 231/2007 Art. 31).
const holding = 10

// present lists the keys of a register's groups of columns in which a subject s has something. The names are the register's own.
func (r Register) present() string {
	var cases []string
	for _, d := range r.Data {
		var any []string
		for _, c := range d.Columns {
			any = append(any, fmt.Sprintf("coalesce(s.%s::text, '') not in ('', 'false', 'IT')", c))
		}
		for _, table := range slices.Sorted(maps.Keys(d.Rows)) {
			any = append(any, fmt.Sprintf("exists (select from %s x where x.subject_id = s.id and coalesce(x.%s) is not null)", table, strings.Join(d.Rows[table], ", x.")))
		}
		cases = append(cases, fmt.Sprintf("case when %s then '%s' end", strings.Join(any, " or "), d.Key))
	}
	return "array_remove(array[" + strings.Join(cases, ", ") + "], null)"
}

// loadPeople reads stories of subjects s that match where, whose first parameter is $2.
func loadPeople(dst *[]person, now time.Time, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select s.id, s.updated_at, s.erased_at is not null,
			coalesce(bool_or(i.outcome is null) filter (where i.id is not null), false), max(i.entered_at), max(i.entered_at) filter (where `+related+`), `+platform.present()+`,
			coalesce((select array_agg(distinct d.kind) from documents d where d.subject_id = s.id and d.erased_at is null), '{}'),
			coalesce((select jsonb_object_agg(c.purpose, c.state) from (select distinct on (purpose) purpose, state from consents_given c where c.subject_id = s.id order by purpose, id desc) c), '{}'),
			exists (select from erasures e where e.subject_id = s.id and e.state <> 'lifted'),
			exists (select from suspicion_reports r where r.subject_id = s.id and r.updated_at > $1)
		from subjects s left join application_parties p on p.subject_id = s.id left join applications a on a.id = p.application_id left join instances i on i.id = a.id
		where `+where+` group by s.tenant_id, s.id order by s.id`, append([]any{now.AddDate(-holding, 0, 0)}, args...), func(rows pgx.Rows) error {
		var p person
		var ended, related *time.Time
		var kinds []string
		var consents []byte
		if err := rows.Scan(&p.id, &p.LastContact, &p.erased, &p.Open, &ended, &related, &p.has, &kinds, &consents, &p.Asked, &p.held); err != nil {
			return err
		}
		p.FileEnd, p.RelationshipEnd = orZero(ended), orZero(related)
		for _, kind := range kinds {
			if key := platform.paper(kind).Key; !slices.Contains(p.has, key) {
				p.has = append(p.has, key)
			}
		}
		err := json.Unmarshal(consents, &p.Consents)
		*dst = append(*dst, p)
		return err
	}).From(func() { *dst = nil })
}

// loadFiles reads the stories of ended files a that are not erased and match where.
func loadFiles(dst *[]file, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select a.id, i.entered_at, bool_or(`+related+`), count(p.id) > 0 and not coalesce(bool_or(p.visible), false)
		from applications a join instances i on i.id = a.id left join application_parties p on p.application_id = a.id
		where i.outcome is not null and a.erased_at is null and `+where+` group by a.tenant_id, a.id, i.tenant_id, i.id order by a.id`, args, func(rows pgx.Rows) error {
		var f file
		var related bool
		err := rows.Scan(&f.id, &f.FileEnd, &related, &f.Asked)
		if related {
			f.RelationshipEnd = f.FileEnd
		}
		*dst = append(*dst, f)
		return err
	}).From(func() { *dst = nil })
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// ours is the register with the agency's own terms.
func ours(tx *tenancy.Tx) (Register, error) {
	var months []byte
	if err := tx.Load(tenancy.Value(&months, `select retention_months from agencies`)); err != nil {
		return platform, err
	}
	own := map[string]int{}
	err := json.Unmarshal(months, &own)
	return platform.with(own), err
}
