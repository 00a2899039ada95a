package privacy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// eraseData blanks groups of a person's data and takes their papers away. The columns' names are the register's own.
func eraseData(tx *tenancy.Tx, id ident.SubjectID, data []Datum) {
	if len(data) == 0 {
		return
	}
	var sets, names []string
	for _, d := range data {
		names = append(names, d.Key)
		for _, c := range d.Columns {
			sets = append(sets, c+" = default")
		}
	}
	if len(sets) > 0 {
		tx.Exec(fmt.Sprintf(`update subjects set %s, version = version + 1 where id = $1`, strings.Join(sets, ", ")), id)
	}
	for _, d := range data {
		for table, columns := range d.Rows {
			tx.Exec(fmt.Sprintf(`update %s set %s = null where subject_id = $1`, table, strings.Join(columns, " = null, ")), id)
		}
		if !strings.HasPrefix(d.Key, "papers_") {
			continue
		}
		if len(d.Kinds) > 0 {
			documents.Erase(tx, "d.subject_id = $1 and d.kind = any($2)", id, d.Kinds)
			continue
		}
		documents.Erase(tx, "d.subject_id = $1 and d.kind <> all($2)", id, namedKinds())
	}
	audit.Record(tx, "subject.data_erased", id, map[string]string{"data": strings.Join(names, " ")})
}

// namedKinds are the kinds of papers that some group names.
func namedKinds() (out []string) {
	for _, d := range platform.Papers {
		out = append(out, d.Kinds...)
	}
	return out
}

// erasePerson takes away all that there is of a person, in the end their key: nothing it sealed is ever read again.
func erasePerson(tx *tenancy.Tx, id ident.SubjectID) {
	restrict(tx, id)
	eraseData(tx, id, slices.Concat(platform.Data, platform.Papers))
	tx.Exec(`update operations set payload = null, result = null, error = null, external_ref = null where subject_id = $1 and application_id is null and submission_id is null`, id)
	tx.Exec(`update instances set data_key = null, facts = null, blocked = null, breaches = '[]' where id in (select c.id from bank_consents c where c.subject_id = $1)`, id)
	keys.DestroySubject(tx, id)
	tx.Exec(`update subjects set erased_at = $2 where id = $1`, id, tx.Now())
	tx.Exec(`delete from suspicion_reports where subject_id = $1 and updated_at <= $2`, id, tx.Now().AddDate(-holding, 0, 0))
}

// restrict locks a person away: no list, page or search shows them, no new file has them, no door of theirs stays open.
func restrict(tx *tenancy.Tx, id ident.SubjectID) {
	tx.Exec(`update applications a set title = '' from application_parties p, subjects s where p.subject_id = $1 and s.id = $1 and a.id = p.application_id and a.title = s.display_name`, id)
	tx.Exec(`update application_parties set visible = false where subject_id = $1`, id)
	tx.Exec(`update documents set visible = false where subject_id = $1`, id)
	tx.Exec(`update subjects set visible = false where id = $1`, id)
	tx.Exec(`update applications a set visible = false from application_parties p where p.subject_id = $1 and a.id = p.application_id
		and not exists (select from application_parties o where o.application_id = a.id and o.visible)`, id)
	follow(tx, id)
	// Nothing more is read at their banks, and nothing waits for the day on which a consent there ends.
	tx.Exec(`update timers set settled_at = now(), verdict = 'cancelled' where settled_at is null and instance_id in (select c.id from bank_consents c where c.subject_id = $1)`, id)
	tx.Exec(`delete from bank_pages where subject_id = $1`, id)
	tx.Exec(`update bank_reads set accounts = null, user_ip = null where subject_id = $1`, id)
	tx.Exec(`update portal_accesses set ended_at = now() where subject_id = $1 and ended_at is null`, id)
	tx.Exec(`update subject_exports set state = 'expired', data_key = null, link_hash = null where subject_id = $1 and state <> 'expired'`, id)
}

// follow shows, or hides, with a person's files what follows them.
func follow(tx *tenancy.Tx, id ident.SubjectID) {
	const files = `a.id in (select p.application_id from application_parties p where p.subject_id = $1) and t.visible <> a.visible and `
	tx.Exec(`update instances t set visible = a.visible from applications a, lateral (select a.id union all select x.id from submissions x where x.application_id = a.id) m (id)
		where `+files+`t.id = m.id`, id)
	tx.Exec(`update operations t set visible = a.visible from applications a
		where `+files+`(t.application_id = a.id or t.submission_id = any (array(select x.id from submissions x where x.application_id = a.id)))`, id)
	tx.Exec(`update operations t set visible = s.visible from subjects s where s.id = $1 and t.subject_id = $1 and t.application_id is null and t.submission_id is null`, id) // of no file: follows its person
	for _, table := range []string{"submissions", "notes", "tasks"} {
		tx.Exec(`update `+table+` t set visible = a.visible from applications a where `+files+`t.application_id = a.id`, id)
	}
	tx.Exec(`update documents t set visible = a.visible from applications a where `+files+`t.application_id = a.id and t.subject_id is null and t.erased_at is null`, id) // the others follow their person
}

// eraseFile takes away what a file holds of people, whoever they are: its key with facts, payloads and reasons, notes, tasks, papers, and
// what lenders were sent and answered. That it was, and who moved it when, stays.
func eraseFile(tx *tenancy.Tx, id ident.ApplicationID) {
	const machines = `(id = $1 or id in (select x.id from submissions x where x.application_id = $1))`
	tx.Exec(`update instances set data_key = null, facts = null, blocked = null, breaches = '[]' where `+machines, id)
	tx.Exec(`update operations set payload = null, result = null, error = null, external_ref = null where application_id = $1 or submission_id in (select x.id from submissions x where x.application_id = $1)`, id)
	tx.Exec(`update submission_requests set text = '' where submission_id in (select x.id from submissions x where x.application_id = $1)`, id)
	tx.Exec(`update submissions set lender_reference = null where application_id = $1`, id)
	tx.Exec(`delete from notes where application_id = $1`, id)
	tx.Exec(`delete from tasks where application_id = $1`, id)
	documents.Erase(tx, "d.application_id = $1", id)
	const alone = `p.id in (select l.property_id from application_properties l where l.application_id = $1)
		and not exists (select from application_properties l join applications a on a.id = l.application_id where l.property_id = p.id and a.id <> $1 and a.erased_at is null)`
	tx.Exec(`update properties p set address_line = '', street = '', city = '', province = '', postal_code = '', cadastral = '{}', appraisals = '[]', version = version + 1 where `+alone, id)
	documents.Erase(tx, "d.property_id in (select p.id from properties p where "+alone+")", id)
	tx.Exec(`update applications set title = '', erased_at = $2 where id = $1`, id, tx.Now())
	audit.Record(tx, "application.erased", id, nil)
}
