package consents

import (
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

// CashFlow is what was found in a person's accounts. Names of figures tell their unit; amounts in cents.
type CashFlow struct {
	ID        ident.CashFlowID    `json:"id"`
	ConsentID ident.BankConsentID `json:"bank_consent_id"`
	From      calendar.Date       `json:"from"`
	To        calendar.Date       `json:"to"`
	At        time.Time           `json:"at"`
	Figures   []Figure            `json:"figures"`
	Recurring []Recurring         `json:"recurring"`
	Accounts  []Account           `json:"accounts" doc:"None where the consent has ended: they went with it"`
	Behind    []Movement          `json:"transactions" doc:"Those behind the figures; none where the consent has ended"`
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

// prepareAnalysis puts together what was read. A transaction that two pages bring is there once.
func (s *Service) prepareAnalysis(tx *tenancy.Tx, c *Consent, r *reading) (any, *connectors.Failure, error) {
	if r.state != "done" || r.accounts == nil {
		return nil, refuse("read_over"), nil
	}
	accounts := make([]analysed, len(r.accounts))
	for i, a := range r.accounts {
		// Whole: no bank tells the shares of a joint account (the framework has one name), and a guess would be a figure nobody has seen.
		// The screen says so beside the accounts.
		accounts[i] = analysed{Account: a.Account, ShareBPS: 10_000, Balances: a.Balances, Transactions: []Transaction{}}
	}
	seen := map[string]bool{}
	err := loadPages(tx, c, r.id, -1, 0, func(account int, p page) {
		for _, t := range p.Transactions {
			if key := accounts[account].Account.ID + "\x00" + t.ID; !seen[key] || t.ID == "" {
				seen[key] = true
				accounts[account].Transactions = append(accounts[account].Transactions, t)
			}
		}
	})
	return map[string]any{"accounts": accounts, "from": r.from.String(), "to": r.to.String()}, nil, err
}

// tookFigures keeps what an analysis has found; the person's files look at it at once.
func (s *Service) tookFigures(tx *tenancy.Tx, r *running, t task, a connectors.Answer) error {
	var out found
	if json.Unmarshal(a.Payload, &out) != nil {
		return connectors.ErrGarbage
	}
	var k kept
	for _, f := range out.Figures {
		k.Figures = append(k.Figures, Figure{strings.TrimPrefix(f.Name, "cashflow."), f.Value, f.Rule, append([]string{}, f.Transactions...)})
	}
	for _, x := range out.Recurring {
		k.Recurring = append(k.Recurring, Recurring{x.Kind, x.Counterparty, x.MonthlyCents, x.MonthsSeen, x.LastOn, x.Rule, append([]string{}, x.Transactions...)})
	}
	id := ident.NewCashFlow()
	box, err := keys.SealAbout(tx, r.SubjectID, keys.At("cash_flows", id.UUID, "figures"), k)
	if err != nil {
		return err
	}
	tx.Exec(`insert into cash_flows (tenant_id, id, subject_id, consent_id, read_id, figures, from_on, to_on, at) select $1, $2, $3, $4, r.id, $5, r.from_on, r.to_on, $6 from bank_reads r where r.id = $7
		on conflict (tenant_id, read_id) do nothing`, tx.Scope().Tenant(), id, r.SubjectID, r.ID, box, tx.Now(), readID(t))
	if err := outbox.Tell(tx, "bank_consents", r.ID, r.Version); err != nil {
		return err
	}
	return s.files.SubjectChanged(tx, r.SubjectID)
}

func readID(t task) (id ident.BankReadID) {
	_ = id.UnmarshalText([]byte(t.Read)) // it has been read before, to prepare the call
	return id
}

// CashFlow shows a person's newest figures with the transactions behind them; without an id where nothing was found yet. Who is shown some is in
// the trail.
func (s *Service) CashFlow(ctx context.Context, scope tenancy.Scope, subject ident.SubjectID) (out CashFlow, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		var read ident.BankReadID
		var found kept
		there := false
		if err := tx.Load(tenancy.Value(&there, `select true from subjects where id = $1`, subject), tenancy.Unseal(`select f.id, f.consent_id, f.read_id, f.from_on, f.to_on, f.at, f.figures, s.data_key from cash_flows f join subjects s on s.id = f.subject_id
			where f.subject_id = $1 order by f.id desc limit 1`, []any{subject}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
			var box, dataKey []byte
			if err := rows.Scan(&out.ID, &out.ConsentID, &read, &out.From, &out.To, &out.At, &box, &dataKey); err != nil {
				return err
			}
			return keys.OpenAbout(k, subject, dataKey, keys.At("cash_flows", out.ID.UUID, "figures"), box, &found)
		})); err != nil {
			return err
		}
		if !there {
			return fault.Missing("subject")
		}
		out.Figures, out.Recurring, out.Accounts, out.Behind = append([]Figure{}, found.Figures...), append([]Recurring{}, found.Recurring...), []Account{}, []Movement{}
		if out.ID.IsZero() {
			return nil
		}
		return s.behind(tx, &out, read, subject)
	})
	if err == nil {
		err = s.db.Load(ctx, scope.Noting(audit.SeenWithin("subject.accounts_seen", subject.String(), `select from cash_flows f where f.subject_id = $1`,
			audit.Group{Name: "income", Action: subjects.ReadIncome})))
	}
	return out, err
}

// behind finds the transactions that figures name, while they are there.
func (s *Service) behind(tx *tenancy.Tx, out *CashFlow, read ident.BankReadID, subject ident.SubjectID) error {
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
	c := &Consent{ID: out.ConsentID, SubjectID: subject}
	var r reading
	l, err := loadRead(&r, c, read.String())
	if err != nil {
		return err
	}
	if err := tx.Load(l); err != nil {
		return err
	}
	for _, a := range r.accounts {
		out.Accounts = append(out.Accounts, a.Account)
	}
	if err := loadPages(tx, c, read, -1, 0, func(_ int, p page) {
		for _, t := range p.Transactions {
			if named[t.ID] {
				named[t.ID] = false
				out.Behind = append(out.Behind, Movement{t.ID, t.BookedOn, t.AmountCents, t.Currency, t.Counterparty, t.Text})
			}
		}
	}); err != nil {
		return err
	}
	slices.SortStableFunc(out.Behind, func(a, b Movement) int { return strings.Compare(b.BookedOn, a.BookedOn) })
	return nil
}
