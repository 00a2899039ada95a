package privacy

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Retention is how long an agency keeps what, and what goes when.
type Retention struct {
	Terms   []Term     `json:"terms"`
	Due     []DueMonth `json:"due" doc:"What goes in which month, the next first; month now: has to go, and the next sweep takes it"`
	Version int        `json:"version"`
}

// Tag is the version answered as ETag.
func (r Retention) Tag() int { return r.Version }

// Term is how long a purpose keeps data.
type Term struct {
	Purpose string `json:"purpose"`
	Title   Text   `json:"title"`
	Clock   Clock  `json:"clock" enum:"relationship_end,file_end,last_contact"`
	Months  int    `json:"months"`
	Least   int    `json:"least" doc:"What the law, or the register, says"`
}

// DueMonth counts people, or files, of whom a group of data goes in a month.
type DueMonth struct {
	Month string `json:"month" doc:"2036-11, or now"`
	Datum string `json:"datum"`
	Title Text   `json:"title"`
	Count int    `json:"count"`
}

// Retention shows an agency's terms and what is due when.
func (s *Service) Retention(ctx context.Context, scope tenancy.Scope) (out Retention, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = retention(tx)
		return err
	})
	return out, err
}

func retention(tx *tenancy.Tx) (out Retention, err error) {
	tx.Restricted() // they have clocks like everybody; only counts are shown
	out = Retention{Terms: []Term{}, Due: []DueMonth{}}
	r, err := ours(tx)
	if err != nil {
		return out, err
	}
	for _, key := range slices.Sorted(maps.Keys(r.Purposes)) {
		if p := r.Purposes[key]; p.Clock != Never {
			out.Terms = append(out.Terms, Term{key, p.Title, p.Clock, p.Months, platform.Purposes[key].Months})
		}
	}
	var people []person
	var files []file
	if err := tx.Load(tenancy.Value(&out.Version, `select privacy_version from agencies`), loadPeople(&people, tx.Now(), living), loadFiles(&files, "true")); err != nil {
		return out, err
	}
	counts := map[DueMonth]int{}
	count := func(d Datum, e End) {
		if e.Open {
			return
		}
		month := "now"
		if !e.Due(tx.Now()) {
			month = e.At.Format("2006-01")
		}
		counts[DueMonth{Month: month, Datum: d.Key, Title: d.Title}]++
	}
	for _, p := range people {
		for _, key := range p.has {
			d := r.datum(key)
			count(d, r.End(d, p.Story))
		}
	}
	for _, f := range files {
		count(r.File, r.End(r.File, f.Story))
	}
	for line, n := range counts {
		line.Count = n
		out.Due = append(out.Due, line)
	}
	slices.SortFunc(out.Due, func(a, b DueMonth) int {
		return firstNonZero(sooner(a.Month, b.Month), compare(a.Datum, b.Datum))
	})
	return out, nil
}

func sooner(a, b string) int {
	if a == "now" || b == "now" {
		return compare(b, a) // "now" sorts after every month
	}
	return compare(a, b)
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func firstNonZero(all ...int) int {
	for _, n := range all {
		if n != 0 {
			return n
		}
	}
	return 0
}

// SetTerms keeps data of some purposes for longer than the register says; a purpose that is not named goes by the register.
func (s *Service) SetTerms(ctx context.Context, scope tenancy.Scope, version int, months map[string]int) (out Retention, err error) {
	e := fault.New(fault.Invalid, "retention.shorter", "An agency keeps data for longer than the register says, never for a shorter time; see errors.")
	for _, key := range slices.Sorted(maps.Keys(months)) {
		p, known := platform.Purposes[key]
		switch {
		case !known || p.Clock == Never:
			e.Fields = append(e.Fields, fault.Field{Pointer: "/months/" + key, Message: "there is no such purpose with a clock"})
		case months[key] < p.Months || months[key] > 600:
			e.Fields = append(e.Fields, fault.Field{Pointer: "/months/" + key, Message: "between what the register says (GET /api/v1/privacy/register) and 600"})
		}
	}
	if len(e.Fields) > 0 {
		return out, e
	}
	text, err := json.Marshal(months)
	if err != nil {
		return out, err
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.ExecOne(fault.New(fault.Stale, "version.stale", "The terms were changed since you read them. Load them again."),
			`update agencies set retention_months = $1, privacy_version = privacy_version + 1 where id = $2 and privacy_version = $3`, text, scope.Tenant(), version)
		audit.Record(tx, "retention.changed", scope.Tenant(), nil)
		out, err = retention(tx)
		return err
	})
	return out, err
}

// Sweep carries out what is due in the scope's agency: files first, then people, each in a transaction of its own; then contents and copies
// go out of storage. What fails for one holds up no other.
func (s *Service) Sweep(ctx context.Context, scope tenancy.Scope) error {
	files, people, err := s.due(ctx, scope)
	failed := []error{err}
	for _, f := range files {
		failed = append(failed, s.db.Write(ctx, scope, func(tx *tenancy.Tx) error { return sweepFile(tx, f.id) }))
	}
	if len(files) > 0 { // their ends may be what people waited for
		_, people, err = s.due(ctx, scope)
		failed = append(failed, err)
	}
	for _, p := range people {
		failed = append(failed, s.db.Write(ctx, scope, func(tx *tenancy.Tx) error { return sweepPerson(tx, p.id) }))
	}
	return errors.Join(append(failed, s.expire(ctx, scope), s.forget(ctx, scope), s.papers.Discard(ctx, scope), s.discardExports(ctx, scope))...)
}

// due reads whose clocks have run out.
func (s *Service) due(ctx context.Context, scope tenancy.Scope) (files []file, people []person, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		r, err := ours(tx)
		if err != nil {
			return err
		}
		err = tx.Load(loadFiles(&files, "true"), loadPeople(&people, tx.Now(), living))
		files = slices.DeleteFunc(files, func(f file) bool { return !r.End(r.File, f.Story).Due(tx.Now()) })
		people = slices.DeleteFunc(people, func(p person) bool { return p.held || len(r.dueOf(p, tx.Now())) == 0 })
		return err
	})
	return files, people, err
}

// dueOf are the groups of a person's data that have to go.
func (r Register) dueOf(p person, now time.Time) (out []Datum) {
	for _, key := range p.has {
		if d := r.datum(key); r.End(d, p.Story).Due(now) {
			out = append(out, d)
		}
	}
	return out
}

func sweepFile(tx *tenancy.Tx, id ident.ApplicationID) error {
	tx.Restricted()
	r, err := ours(tx)
	if err != nil {
		return err
	}
	var rows []file
	locked := false
	if err := tx.Load(tenancy.Value(&locked, `select true from instances where id = $1 for update`, id), loadFiles(&rows, "a.id = $1", id)); err != nil {
		return err
	}
	if locked && len(rows) == 1 && r.End(r.File, rows[0].Story).Due(tx.Now()) {
		eraseFile(tx, id)
	}
	return nil
}

// sweepPerson erases what is due of a person: in the end, the person.
func sweepPerson(tx *tenancy.Tx, id ident.SubjectID) error {
	tx.Restricted()
	r, err := ours(tx)
	if err != nil {
		return err
	}
	p, err := one(tx, id)
	if err != nil || p.erased || p.held {
		return err
	}
	gone := r.dueOf(p, tx.Now())
	switch {
	case len(gone) == 0:
		return nil
	case p.Asked:
		return proceed(tx, r, id)
	case len(gone) < len(p.has):
		eraseData(tx, id, gone)
		return nil
	}
	tx.Exec(begin, tx.Scope().Tenant(), ident.NewErasure(), id, "retention_ended", tx.Scope().Actor().ID(), tx.Now())
	return proceed(tx, r, id)
}

// living are the people who have clocks: neither erased nor deleted.
const living = "s.erased_at is null and s.deleted_at is null"

// forget deletes at last who was deleted long ago, once no suspicious-transaction report keeps them, and the reports with them.
func (s *Service) forget(ctx context.Context, scope tenancy.Scope) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		kept := tx.Now().AddDate(-holding, 0, 0)
		tx.Exec(`delete from subjects s where s.deleted_at is not null and not exists (select from suspicion_reports r where r.subject_id = s.id and r.updated_at > $1)`, kept)
		tx.Exec(`delete from suspicion_reports r where r.updated_at <= $1 and not exists (select from subjects s where s.id = r.subject_id)`, kept)
		return nil
	})
}

// expire ends copies whose days are over.
func (s *Service) expire(ctx context.Context, scope tenancy.Scope) error {
	return s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		tx.Exec(`update subject_exports set state = 'expired', data_key = null, link_hash = null where state <> 'expired' and expires_at <= $1`, tx.Now())
		return nil
	})
}

// discardExports deletes the contents of copies that have expired.
func (s *Service) discardExports(ctx context.Context, scope tenancy.Scope) error {
	left := map[ident.ExportID]string{}
	if err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		return tx.Load(tenancy.Scan(`select id, blob_key from subject_exports where state = 'expired' and blob_key is not null limit 1000`, nil, func(rows pgx.Rows) error {
			var id ident.ExportID
			var key string
			err := rows.Scan(&id, &key)
			left[id] = key
			return err
		}).From(func() { clear(left) }))
	}); err != nil {
		return err
	}
	for id, key := range left {
		for _, format := range formats {
			if err := s.store.Delete(ctx, key+"-"+format); err != nil {
				return err
			}
		}
		if err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
			tx.Restricted()
			tx.Exec(`update subject_exports set blob_key = null where id = $1 and state = 'expired'`, id)
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// formats are what a copy is written as.
var formats = []string{"json", "pdf", "zip"}
