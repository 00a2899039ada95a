package consents

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// CashFlow is what was found in a person's accounts, at all of their banks. ConsentID is the one under which the newest of them was read. Names of figures tell their unit; amounts in cents.
type CashFlow struct {
	ID        ident.CashFlowID    `json:"id"`
	ConsentID ident.BankConsentID `json:"bank_consent_id"`
	From      calendar.Date       `json:"from"`
	To        calendar.Date       `json:"to"`
	At        time.Time           `json:"at"`
	Figures   []Figure            `json:"figures"`
	Recurring []Recurring         `json:"recurring"`
	InForce   bool                `json:"in_force" doc:"False: a consent that they rest on has ended, or another bank has been read that they leave out; files miss them until they are drawn anew"`
	Accounts  []Counted           `json:"accounts" doc:"At all of the person's banks; without those of a consent that has ended: they went with it"`
	Behind    []Movement          `json:"transactions" doc:"Those behind the figures; without those of a consent that has ended"`
}

// Counted is an account that figures rest on, under the name that it has in them.
type Counted struct {
	Account
	ConsentID ident.BankConsentID `json:"bank_consent_id"`
	Bank      string              `json:"institution_name"`
	Holder    string              `json:"holder" enum:"person,other,untold" doc:"Whom the bank names: the person, perhaps with others; somebody else; nobody"`
}

// Figure has the rule that drew it and the transactions behind it.
type Figure struct {
	Name         string   `json:"name"`
	Value        int64    `json:"value"`
	Rule         string   `json:"rule"`
	Transactions []string `json:"transactions"`
}

// Recurring is a payment that comes again. MonthlyCents below zero: paid.
type Recurring struct {
	Kind         string   `json:"kind"`
	Counterparty string   `json:"counterparty"`
	MonthlyCents int64    `json:"monthly_cents"`
	MonthsSeen   int      `json:"months_seen"`
	LastOn       string   `json:"last_on"`
	Rule         string   `json:"rule"`
	Transactions []string `json:"transactions"`
}

// Movement is a transaction as people read it.
type Movement struct {
	ID           string `json:"id"`
	Bank         string `json:"institution_name"`
	BookedOn     string `json:"booked_on"`
	AmountCents  int64  `json:"amount_cents"`
	Currency     string `json:"currency"`
	Counterparty string `json:"counterparty"`
	Text         string `json:"text"`
}

// kept is what a row keeps sealed.
type kept struct {
	Figures   []Figure    `json:"figures"`
	Recurring []Recurring `json:"recurring"`
}

// prepareAnalysis puts together what was read at the person's banks.
func (s *Service) prepareAnalysis(tx *tenancy.Tx, c *Consent, t task) (any, *connectors.Failure, error) {
	reads := t.reads()
	g, err := gather(tx, c.SubjectID, reads)
	if err != nil || g.reads < len(reads) { // a later read has figures of its own drawn
		return nil, refuse("read_over"), err
	}
	accounts, total := []analysed{}, 0
	for _, a := range g.accounts {
		// Whole: no bank tells the shares of a joint account (the framework has one name), and a guess would be a figure nobody has seen.
		// The screen says so beside the accounts.
		one := analysed{Account: a.Account, ShareBPS: 10_000, Balances: a.Balances, Transactions: append([]Transaction{}, a.moves...)}
		one.Account.ID = a.name
		for i := range one.Balances {
			one.Balances[i].Date = cmp.Or(one.Balances[i].Date, a.day.String()) // that of its own bank, not of the one that was read first
		}
		accounts, total = append(accounts, one), total+len(a.moves)
	}
	if total > transactionsAtMost {
		return nil, refuse("too_many_transactions"), nil
	}
	return map[string]any{"accounts": accounts, "from": g.from.String(), "to": g.to.String()}, nil, nil
}

// tookFigures keeps what an analysis has found; the person's files look at it at once.
func (s *Service) tookFigures(tx *tenancy.Tx, r *running, t task, a connectors.Answer) error {
	var out found
	if json.Unmarshal(a.Payload, &out) != nil {
		return connectors.ErrGarbage
	}
	var k kept
	for _, f := range out.Figures {
		k.Figures = append(k.Figures, Figure{strings.TrimPrefix(f.Name, "cashflow."), f.Value, f.Rule, plain(f.Transactions)})
	}
	for _, x := range out.Recurring {
		k.Recurring = append(k.Recurring, Recurring{x.Kind, x.Counterparty, x.MonthlyCents, x.MonthsSeen, x.LastOn, x.Rule, plain(x.Transactions)})
	}
	id, reads := t.Flow, t.reads()
	if id.IsZero() { // asked for by an earlier version
		id = ident.NewCashFlow()
	}
	box, err := keys.SealAbout(tx, r.SubjectID, keys.At("cash_flows", id.UUID, "figures"), k)
	if err != nil {
		return err
	}
	tx.Exec(`insert into cash_flows (tenant_id, id, subject_id, consent_id, read_id, beside, figures, from_on, to_on, at, over_at) select $1, $2, $3, $4, $5, $6, $7, max(r.from_on), min(r.to_on), $8,
			case when count(*) filter (where r.over_at is null) < cardinality($9::uuid[]) or exists (`+leftOut+`) then $8::timestamptz end from bank_reads r
		where r.id = any($9) on conflict (tenant_id, read_id) do nothing`, tx.Scope().Tenant(), id, r.SubjectID, r.ID, reads[0], reads[1:], box, tx.Now(), reads)
	if err := outbox.Tell(tx, "bank_consents", r.ID, r.Version); err != nil {
		return err
	}
	return s.files.SubjectChanged(tx, r.SubjectID)
}

// plain are names of movements; an analyser may put an account's before them ("1.2/1.2.7").
func plain(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n[strings.LastIndex(n, "/")+1:]
	}
	return out
}

// CashFlow shows a person's newest figures with the transactions behind them; without an id where nothing was found yet. Who is shown some is in
// the trail.
func (s *Service) CashFlow(ctx context.Context, scope tenancy.Scope, subject ident.SubjectID) (out CashFlow, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		var reads []ident.BankReadID
		var found kept
		there := false
		if err := tx.Load(tenancy.Value(&there, `select true from subjects where id = $1`, subject), tenancy.Unseal(`select f.id, f.consent_id, f.read_id || f.beside, f.from_on, f.to_on, f.at, f.over_at is null, f.figures, s.data_key from cash_flows f join subjects s on s.id = f.subject_id
			where f.subject_id = $1 order by f.id desc limit 1`, []any{subject}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
			var box, dataKey []byte
			if err := rows.Scan(&out.ID, &out.ConsentID, &reads, &out.From, &out.To, &out.At, &out.InForce, &box, &dataKey); err != nil {
				return err
			}
			return keys.OpenAbout(k, subject, dataKey, keys.At("cash_flows", out.ID.UUID, "figures"), box, &found)
		})); err != nil {
			return err
		}
		if !there {
			return fault.Missing("subject")
		}
		out.Figures, out.Recurring, out.Accounts, out.Behind = append([]Figure{}, found.Figures...), append([]Recurring{}, found.Recurring...), []Counted{}, []Movement{}
		if out.ID.IsZero() {
			return nil
		}
		return behind(tx, &out, reads, subject)
	})
	if err == nil {
		err = s.db.Load(ctx, scope.Noting(audit.SeenWithin("subject.accounts_seen", subject.String(), `select from cash_flows f where f.subject_id = $1`,
			audit.Group{Name: "income", Action: subjects.ReadIncome})))
	}
	return out, err
}

// behind finds the accounts that figures rest on, and the transactions they name, while they are there.
func behind(tx *tenancy.Tx, out *CashFlow, reads []ident.BankReadID, subject ident.SubjectID) error {
	named := map[string]bool{}
	for _, f := range out.Figures {
		for _, id := range f.Transactions {
			named[id] = true
		}
	}
	for _, x := range out.Recurring {
		for _, id := range x.Transactions {
			named[id] = true
		}
	}
	person, err := subjects.Whole(tx, subject)
	if err != nil {
		return err
	}
	g, err := gather(tx, subject, reads)
	for _, a := range g.accounts {
		account := Counted{a.Account, a.consent, a.bank, holder(person.Data, a.Account.OwnerName)}
		account.ID = a.name
		out.Accounts = append(out.Accounts, account)
		for _, t := range a.moves {
			if named[t.ID] {
				out.Behind = append(out.Behind, Movement{t.ID, a.bank, t.BookedOn, t.AmountCents, t.Currency, t.Counterparty, t.Text})
			}
		}
	}
	slices.SortStableFunc(out.Behind, func(a, b Movement) int { return strings.Compare(b.BookedOn, a.BookedOn) })
	return err
}
