package consents

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Source contributes what banks said of a file's borrowers to its facts.
type Source struct{}

// figures are those that guards see, and how those of several borrowers become one.
var figures = map[string]func(a, b int64) int64{
	"monthly_income_cents": sum, "fixed_costs_cents": sum, "instalments_cents": sum, "gambling_monthly_cents": sum, "returned_debits": sum,
	"days_below_zero": most, "buffer_days": least,
}

func sum(a, b int64) int64   { return a + b }
func most(a, b int64) int64  { return max(a, b) }
func least(a, b int64) int64 { return min(a, b) }

// borrower is what is known of one of them.
type borrower struct {
	until   time.Time // of the consent in force; zero: none is
	figures map[string]int64
}

// Gather reads the borrowers' consents and newest figures in the file's batch.
func (Source) Gather(id ident.ApplicationID) (loads []tenancy.Load, apply func(*applications.File)) {
	var all []borrower
	return []tenancy.Load{tenancy.Unseal(`select b.subject_id, s.data_key,
			(select max(c.valid_until) from bank_consents c join instances i on i.id = c.id where c.subject_id = b.subject_id and i.state in ('valid', 'expiring') and c.withdrawn_at is null), f.id, f.figures
		from (select distinct p.subject_id from application_parties p where p.application_id = $1 and p.role_type in ('applicant', 'co_applicant')) b join subjects s on s.id = b.subject_id
			left join lateral (select * from cash_flows x where x.subject_id = b.subject_id order by x.id desc limit 1) f on f.over_at is null order by b.subject_id`, []any{id},
		func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
			var subject ident.SubjectID
			var dataKey, box []byte
			var until calendar.Date
			var flow ident.CashFlowID
			if err := rows.Scan(&subject, &dataKey, &until, &flow, &box); err != nil {
				return err
			}
			var found kept
			if err := keys.OpenAbout(k, subject, dataKey, keys.At("cash_flows", flow.UUID, "figures"), box, &found); err != nil {
				return err
			}
			b := borrower{figures: map[string]int64{}}
			if !until.IsZero() {
				b.until = ends(until)
			}
			for _, f := range found.Figures {
				b.figures[f.Name] = f.Value
			}
			all = append(all, b)
			return nil
		}).From(func() { all = nil })}, func(f *applications.File) { contribute(f.Extra, all) }
}

// contribute adds the facts: a figure where every borrower has it, a consent's end where every borrower has given one.
func contribute(facts map[string]any, all []borrower) {
	if len(all) == 0 {
		return
	}
	valid, first := true, time.Time{}
	for _, b := range all {
		valid = valid && !b.until.IsZero()
		if first.IsZero() || b.until.Before(first) {
			first = b.until
		}
	}
	facts["open_banking.consent_valid"] = valid
	if valid {
		facts["open_banking.valid_until"] = first
	}
	for name, join := range figures {
		total, everybody := int64(0), true
		for i, b := range all {
			v, has := b.figures[name]
			everybody = everybody && has
			if i == 0 {
				total = v
			} else {
				total = join(total, v)
			}
		}
		if everybody {
			facts["cashflow."+name] = bounded(name, total)
		}
	}
}

// bounded keeps a figure within what a fact may be.
func bounded(name string, v int64) int64 {
	most := int64(1_000_000_000_000)
	if !strings.HasSuffix(name, "_cents") {
		most = 1_000_000
	}
	return min(max(v, 0), most)
}
