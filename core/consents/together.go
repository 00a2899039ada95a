package consents

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// A person's banks are looked at together: salary comes in at one, the mortgage leaves at the other. Decisions:
//
//   - A read that is complete has the figures drawn anew, from itself and the newest complete read under each other consent in force. The
//     operation names them (task.Beside), so the answer belongs to what was sent, however late it comes; of two that were asked for the one
//     asked for later counts.
//   - The period is what all of them cover: from the latest first day to the earliest last day. One bank's salary of today beside another's
//     mortgage of two months ago would be a month that never was. Who wants a later period reads the other bank anew.
//   - Accounts and movements are called "<read>.<account>.<movement>" in an analysis, by their places: what two banks call theirs may be the
//     same. An account that two banks bring (one shows another's) counts once, by its IBAN, as the newest read has it that brought movements.
//   - A figure is a fact while every consent behind it is in force, and no other bank has been read that it leaves out: an analysis that failed must
//     not leave the salary of one bank without the mortgage at the other. When a consent ends the figures are kept and shown, but guards miss them until
//     somebody reads what is left: drawn anew by themselves they would get better by themselves, for a bank with debts that was taken back.
//     A renewal, too, leaves them missing until the read that it brings is done.

// newest are the reads to be looked at together: of each bank that of the newest consent which has one, the newest first.
const newest = `select id from (select distinct on (c.connection_id, c.institution) r.id from bank_consents c join instances i on i.id = c.id
		join lateral (select x.id from bank_reads x where x.consent_id = c.id and x.state = 'done' and x.accounts is not null order by x.id desc limit 1) r on true
	where c.subject_id = $1 and i.state in ('valid', 'expiring') and c.withdrawn_at is null order by c.connection_id, c.institution, c.id desc) n order by id desc`

// leftOut are the newest reads of banks that figures drawn from the reads $9 say nothing of; $3 is the person.
var leftOut = `select from (` + strings.Replace(newest, "$1", "$3", 1) + `) n join bank_reads o on o.id = n.id where o.consent_id not in (select x.consent_id from bank_reads x where x.id = any($9))`

// analyse asks for the figures of a person, one of whose reads is complete.
func (s *Service) analyse(tx *tenancy.Tx, r *running, read ident.BankReadID) error {
	var reads []ident.BankReadID
	// The person is held, so that of two reads that are complete at the same time the later one sees the other.
	if err := tx.Load(tenancy.Statement(`select from subjects where id = $1 for no key update`, r.SubjectID), tenancy.Scan(newest, []any{r.SubjectID}, func(rows pgx.Rows) error {
		var id ident.BankReadID
		err := rows.Scan(&id)
		reads = append(reads, id)
		return err
	}).From(func() { reads = nil })); err != nil {
		return err
	}
	at := slices.Index(reads, read)
	if at < 0 { // a newer consent at the same bank has been read already
		return nil
	}
	tx.Exec(`update cash_flows f set over_at = $3 where f.subject_id = $1 and f.over_at is null and not exists (select from bank_reads x where x.consent_id = $2 and x.id = any(f.read_id || f.beside))`,
		r.SubjectID, r.ID, tx.Now()) // they leave out a bank that is read now
	_, err := connectors.Enqueue(tx, connectors.Order{Method: connectors.Analyse, Connector: s.analyser, Application: r.ApplicationID, Subject: r.SubjectID, Consent: r.ID,
		Priority: connectors.Background, Purpose: "creditworthiness", Payload: task{Read: read.String(), Beside: slices.Delete(reads, at, at+1), Flow: ident.NewCashFlow()}})
	return err
}

// source is an account that figures are drawn from.
type source struct {
	held
	consent ident.BankConsentID
	bank    string
	name    string // in the analysis; its movements are named after it
	moves   []Transaction
	day     calendar.Date
}

// gathered is what reads of a person have brought.
type gathered struct {
	reads    int // that are still there
	accounts []source
	from, to calendar.Date // what all of them cover
}

// part is one of them.
type part struct {
	id       ident.BankReadID
	place    int
	consent  ident.BankConsentID
	bank     string
	accounts []held
	day      calendar.Date // until which it was read: of balances that tell none
}

// gather puts together what reads of a person have brought, in their order.
func gather(tx *tenancy.Tx, subject ident.SubjectID, reads []ident.BankReadID) (out gathered, err error) {
	var parts []part
	if err := tx.Load(tenancy.Unseal(`select r.id, array_position($2::uuid[], r.id), r.consent_id, coalesce(c.institution_name, ''), max(r.from_on) over (), min(r.to_on) over (), r.to_on, r.accounts, s.data_key
		from bank_reads r join subjects s on s.id = r.subject_id left join bank_consents c on c.id = r.consent_id
		where r.subject_id = $1 and r.id = any($2) and r.state = 'done' and r.accounts is not null and r.over_at is null order by 2`, []any{subject, reads}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var p part
		var box, dataKey []byte
		if err := rows.Scan(&p.id, &p.place, &p.consent, &p.bank, &out.from, &out.to, &p.day, &box, &dataKey); err != nil {
			return err
		}
		err := keys.OpenAbout(k, subject, dataKey, keys.At("bank_reads", p.id.UUID, "accounts"), box, &p.accounts)
		parts = append(parts, p)
		return err
	}).From(func() { parts = nil })); err != nil {
		return out, err
	}
	out.reads = len(parts)
	moves := make([][][]Transaction, len(parts))
	brings := map[string]int{} // which part an IBAN is taken from: the newest that has movements of it, else the newest
	moved := map[string]bool{}
	for n, p := range parts {
		if moves[n], err = movements(tx, subject, p); err != nil {
			return out, err
		}
		for i, a := range p.accounts {
			iban, has := plainIBAN(a), len(moves[n][i]) > 0
			if _, seen := brings[iban]; !seen || has && !moved[iban] {
				brings[iban] = n
			}
			moved[iban] = moved[iban] || has
		}
	}
	for n, p := range parts {
		for i, a := range p.accounts { // one bank may have several accounts of one IBAN, in several currencies
			if iban := plainIBAN(a); iban != "" && brings[iban] != n {
				continue
			}
			one := source{held: a, consent: p.consent, bank: p.bank, name: fmt.Sprintf("%d.%d", p.place, i+1), moves: moves[n][i], day: p.day}
			for n := range one.moves {
				one.moves[n].ID = fmt.Sprintf("%s.%d", one.name, n+1)
			}
			out.accounts = append(out.accounts, one)
		}
	}
	return out, nil
}

func plainIBAN(a held) string { return strings.ToUpper(strings.ReplaceAll(a.Account.IBAN, " ", "")) }

// movements are those of a read, by the places of its accounts. One that two pages bring is there once.
func movements(tx *tenancy.Tx, subject ident.SubjectID, of part) ([][]Transaction, error) {
	out, seen := make([][]Transaction, len(of.accounts)), map[[2]string]bool{}
	err := loadPages(tx, subject, of.id, -1, 0, func(account int, p page) {
		for _, t := range p.Transactions {
			if key := [2]string{of.accounts[account].Account.ID, t.ID}; !seen[key] || t.ID == "" {
				seen[key] = true
				out[account] = append(out[account], t)
			}
		}
	})
	return out, err
}
