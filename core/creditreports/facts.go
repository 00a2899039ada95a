package creditreports

import (
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Source contributes what bureaus know of a file's borrowers to its facts.
type Source struct{}

// Gather reads the borrowers' newest reports in the file's batch.
func (Source) Gather(id ident.ApplicationID) (loads []tenancy.Load, apply func(*applications.File)) {
	var all []*Content
	return []tenancy.Load{tenancy.Unseal(`select b.subject_id, s.data_key, r.id, r.report
		from (select distinct p.subject_id from application_parties p where p.application_id = $1 and p.role_type in ('applicant', 'co_applicant')) b join subjects s on s.id = b.subject_id
			left join lateral (select x.id, x.report from credit_reports x where x.subject_id = b.subject_id and x.state = 'ready' order by x.id desc limit 1) r on true order by b.subject_id`, []any{id},
		func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
			var subject ident.SubjectID
			var report ident.CreditReportID
			var dataKey, box []byte
			if err := rows.Scan(&subject, &dataKey, &report, &box); err != nil {
				return err
			}
			var c *Content
			err := keys.OpenAbout(k, subject, dataKey, keys.At("credit_reports", report.UUID, "report"), box, &c)
			all = append(all, c)
			return err
		}).From(func() { all = nil })}, func(f *applications.File) { contribute(f.Extra, all) }
}

// contribute adds the facts when every borrower has a report: the lowest score, the sum of everything else.
func contribute(facts map[string]any, all []*Content) {
	total := map[string]int64{}
	for i, c := range all {
		if c == nil {
			return
		}
		for name, v := range c.facts() {
			switch {
			case i == 0:
				total[name] = v
			case name == "score":
				total[name] = min(total[name], v)
			default:
				total[name] += v
			}
		}
	}
	for name, v := range total {
		facts["credit."+name] = max(0, v)
	}
}
