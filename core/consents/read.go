package consents

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

const (
	monthsBack         = 12
	accountsAtMost     = 20
	transactionsAtMost = 20_000 // of a read: what an analysis takes in one message
	pagesAtMost        = 400    // of an account
	presentFor         = 15 * time.Minute
)

// held is an account as it was read.
type held struct {
	Account  Account   `json:"account"`
	Balances []Balance `json:"balances"`
}

// reading is a read with what is under the person's key.
type reading struct {
	id       ident.BankReadID
	attended bool
	started  time.Time
	from, to calendar.Date
	state    string
	total    int
	accounts []held
	ip       string
}

// Read reads the accounts of a consent anew, without the person. Refused: bank_consent.reads_spent, bank_consent.not_valid, bank_consent.reading.
func (s *Service) Read(ctx context.Context, scope tenancy.Scope, id ident.BankConsentID) (Consent, error) {
	var out Consent
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		r, err := s.fetch(tx, id, true)
		if err != nil {
			return err
		}
		if r.LastRead != nil && r.LastRead.State == "reading" {
			return fault.New(fault.Conflict, "bank_consent.reading", "The accounts are being read already. Wait until that has ended.")
		}
		if _, err := s.read(tx, r); err != nil {
			return err
		}
		if err := s.settle(tx, r); err != nil { // it has one read less today
			return err
		}
		out = r.Consent
		return tx.Answer(out)
	})
	if tenancy.Violates(err, "bank_reads_day_key") || tenancy.Violates(err, "bank_reads_number_check") {
		err = spent(time.Now())
	}
	return out, err
}

// read begins a read: the first one after the person has come back is attended, while they count as being there.
func (s *Service) read(tx *tenancy.Tx, r *running) (ident.BankReadID, error) {
	if r.State != "valid" && r.State != "expiring" || r.WithdrawnAt != nil || !tx.Now().Before(ends(r.ValidUntil)) {
		code := "bank_consent.not_valid"
		return ident.BankReadID{}, &fault.Error{Kind: fault.Refused, Code: code, Message: "This consent is not in force, so nothing can be read under it. Ask the person for a new one.",
			Blockers: []workflow.Blocker{{Code: code, Facts: []workflow.BlockerFact{}, Text: workflow.Text{EN: "The consent is not in force: ask the person for a new one.", IT: "Il consenso non è in vigore: chiedetene uno nuovo alla persona."}}}}
	}
	came, err := present(tx, r.ID)
	if err != nil {
		return ident.BankReadID{}, err
	}
	id, day := ident.NewBankRead(), today(tx.Now())
	var number *int
	var ip []byte
	switch {
	case came.IP != "" && r.LastRead == nil:
		if ip, err = keys.SealAbout(tx, r.SubjectID, keys.At("bank_reads", id.UUID, "user_ip"), came.IP); err != nil {
			return id, err
		}
	case r.ReadsToday >= ReadsPerDay:
		return id, spent(tx.Now())
	default:
		r.ReadsToday++
		number = &r.ReadsToday
	}
	from := day.AddMonths(-monthsBack)
	tx.Exec(`insert into bank_reads (tenant_id, id, consent_id, subject_id, day, number, from_on, to_on, user_ip, started_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.Scope().Tenant(), id, r.ID, r.SubjectID, day, number, from, day, ip, tx.Now())
	audit.Record(tx, "bank_consent.read", r.ID, map[string]string{"attended": map[bool]string{true: "yes", false: "no"}[number == nil]})
	r.LastRead = &Read{ID: id, State: "reading", Attended: number == nil, From: from, To: day, StartedAt: tx.Now()}
	_, err = s.enqueue(tx, &r.Consent, connectors.FetchAccounts, "", task{Read: id.String()})
	return id, err
}

// present is what the person came back with from the bank, while they count as being there.
func present(tx *tenancy.Tx, id ident.BankConsentID) (came callbacks.Came, err error) {
	var state ident.CallbackID
	if err := tx.Load(tenancy.Value(&state, `select id from callback_states where about_id = $1 and about = 'bank_consent' and used_at > $2 order by used_at desc limit 1`, id, tx.Now().Add(-presentFor))); err != nil || state.IsZero() {
		return came, err
	}
	return callbacks.Received(tx, state)
}

// loadRead reads a read of consent c.
func loadRead(dst *reading, c *Consent, id string) (tenancy.Load, error) {
	if err := dst.id.UnmarshalText([]byte(id)); err != nil {
		return tenancy.Load{}, err
	}
	return tenancy.Unseal(`select r.number is null, r.started_at, r.from_on, r.to_on, r.state, r.transactions, r.accounts, r.user_ip, s.data_key from bank_reads r join subjects s on s.id = r.subject_id
		where r.id = $1 and r.consent_id = $2`, []any{dst.id, c.ID}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var accounts, ip, dataKey []byte
		if err := rows.Scan(&dst.attended, &dst.started, &dst.from, &dst.to, &dst.state, &dst.total, &accounts, &ip, &dataKey); err != nil {
			return err
		}
		if err := keys.OpenAbout(k, c.SubjectID, dataKey, keys.At("bank_reads", dst.id.UUID, "accounts"), accounts, &dst.accounts); err != nil {
			return err
		}
		return keys.OpenAbout(k, c.SubjectID, dataKey, keys.At("bank_reads", dst.id.UUID, "user_ip"), ip, &dst.ip)
	}), nil
}

// prepareRead is what a read's operations are sent.
func (s *Service) prepareRead(tx *tenancy.Tx, c *Consent, method string, t task, call *connectors.Call) (any, *connectors.Failure, error) {
	var r reading
	l, err := loadRead(&r, c, t.Read)
	if err != nil {
		return nil, nil, err
	}
	if err := tx.Load(l); err != nil {
		return nil, nil, err
	}
	over := !tx.Now().Before(ends(c.ValidUntil))
	if r.state == "" || method != connectors.Analyse && (r.state != "reading" || over) || t.Account >= len(r.accounts) && method != connectors.FetchAccounts && method != connectors.Analyse {
		return nil, refuse("read_over"), nil
	}
	if r.attended && tx.Now().Sub(r.started) < presentFor {
		call.UserIP = r.ip
	}
	at := started{c.refs, c.details.Context}
	switch method {
	case connectors.FetchAccounts:
		return at, nil, nil
	case connectors.FetchBalances:
		return map[string]any{"started": at, "account_id": r.accounts[t.Account].Account.ID}, nil, nil
	case connectors.FetchTransactions:
		next := ""
		if t.Page > 0 {
			var before page
			if err := loadPages(tx, c.SubjectID, r.id, t.Account, t.Page-1, func(_ int, p page) { before = p }); err != nil {
				return nil, nil, err
			}
			next = before.NextPage
		}
		return map[string]any{"started": at, "question": map[string]string{"account_id": r.accounts[t.Account].Account.ID, "from": r.from.String(), "to": r.to.String(), "page": next}}, nil, nil
	}
	return s.prepareAnalysis(tx, c, t)
}

// loadPages opens pages of a read in their order: those of one account from a page on, or all (account below zero).
func loadPages(tx *tenancy.Tx, subject ident.SubjectID, read ident.BankReadID, account, from int, take func(account int, p page)) error {
	return tx.Load(tenancy.Unseal(`select p.id, p.account, p.page, s.data_key from bank_pages p join subjects s on s.id = p.subject_id
		where p.read_id = $1 and ($2 < 0 or p.account = $2 and p.number = $3) order by p.account, p.number`, []any{read, account, from}, func(_ *tenancy.Tx, k *crypto.TenantKey, rows pgx.Rows) error {
		var id ident.CallbackID
		var of int
		var box, dataKey []byte
		if err := rows.Scan(&id, &of, &box, &dataKey); err != nil {
			return err
		}
		var p page
		if err := keys.OpenAbout(k, subject, dataKey, keys.At("bank_pages", id.UUID, "page"), box, &p); err != nil {
			return err
		}
		take(of, p)
		return nil
	}))
}

// tookRead takes a part of a read, and asks for what is next.
func (s *Service) tookRead(tx *tenancy.Tx, r *running, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	var t task
	if err := json.Unmarshal(o.Payload(), &t); err != nil {
		return connectors.AsSettled, err
	}
	if a.Verdict != connectors.Done {
		up, err := connectors.Given(tx, o)
		if err != nil || !up || o.Method == connectors.Analyse {
			return connectors.AsSettled, err
		}
		return connectors.AsSettled, s.readFailed(tx, r, t)
	}
	if o.Method == connectors.Analyse {
		return connectors.AsSettled, s.tookFigures(tx, r, t, a)
	}
	var read reading
	l, err := loadRead(&read, &r.Consent, t.Read)
	if err != nil {
		return connectors.AsSettled, err
	}
	if err := tx.Load(tenancy.Statement(`select from bank_reads where id = $1 for update`, read.id), l); err != nil {
		return connectors.AsSettled, err
	}
	if read.state != "reading" {
		return connectors.AsSettled, nil
	}
	more := 0
	switch o.Method {
	case connectors.FetchAccounts:
		more, err = s.tookAccounts(tx, r, &read, a)
	case connectors.FetchBalances:
		err = tookBalances(tx, r, &read, t, a)
	case connectors.FetchTransactions:
		more, err = s.tookPage(tx, r, &read, t, a)
	}
	if err != nil {
		return connectors.AsSettled, err
	}
	left := 0
	if err := tx.Load(tenancy.Value(&left, `update bank_reads set waits_for = waits_for - 1 + $2 where id = $1 returning waits_for`, read.id, more)); err != nil || left > 0 {
		return connectors.AsSettled, err
	}
	return connectors.AsSettled, s.complete(tx, r, &read)
}

func (s *Service) tookAccounts(tx *tenancy.Tx, r *running, read *reading, a connectors.Answer) (more int, err error) {
	var list struct {
		Accounts []Account `json:"accounts"`
	}
	if json.Unmarshal(a.Payload, &list) != nil {
		return 0, connectors.ErrGarbage
	}
	for i, account := range list.Accounts[:min(len(list.Accounts), accountsAtMost)] {
		read.accounts = append(read.accounts, held{Account: account})
		for _, method := range []string{connectors.FetchBalances, connectors.FetchTransactions} {
			if _, err := s.enqueue(tx, &r.Consent, method, connectors.Background, task{Read: read.id.String(), Account: i}); err != nil {
				return more, err
			}
			more++
		}
	}
	if len(list.Accounts) > accountsAtMost {
		tx.Exec(`update bank_reads set cut = true where id = $1`, read.id)
	}
	return more, keepAccounts(tx, r, read)
}

func keepAccounts(tx *tenancy.Tx, r *running, read *reading) error {
	box, err := keys.SealAbout(tx, r.SubjectID, keys.At("bank_reads", read.id.UUID, "accounts"), read.accounts)
	tx.Exec(`update bank_reads set accounts = $2 where id = $1`, read.id, box)
	return err
}

func tookBalances(tx *tenancy.Tx, r *running, read *reading, t task, a connectors.Answer) error {
	var list struct {
		Balances []Balance `json:"balances"`
	}
	if json.Unmarshal(a.Payload, &list) != nil || t.Account >= len(read.accounts) {
		return connectors.ErrGarbage
	}
	read.accounts[t.Account].Balances = list.Balances
	return keepAccounts(tx, r, read)
}

// tookPage keeps a page and asks for the next, up to what is taken at all.
func (s *Service) tookPage(tx *tenancy.Tx, r *running, read *reading, t task, a connectors.Answer) (more int, err error) {
	var p page
	if json.Unmarshal(a.Payload, &p) != nil {
		return 0, connectors.ErrGarbage
	}
	room := transactionsAtMost - read.total
	cut := len(p.Transactions) > room || p.NextPage != "" && (len(p.Transactions) == room || t.Page+1 >= pagesAtMost)
	if len(p.Transactions) > room {
		p.Transactions = p.Transactions[:room]
	}
	id := ident.NewCallback()
	box, err := keys.SealAbout(tx, r.SubjectID, keys.At("bank_pages", id.UUID, "page"), p)
	if err != nil {
		return 0, err
	}
	tx.Exec(`insert into bank_pages (tenant_id, id, read_id, subject_id, account, number, page) values ($1, $2, $3, $4, $5, $6, $7)`, tx.Scope().Tenant(), id, read.id, r.SubjectID, t.Account, t.Page, box)
	tx.Exec(`update bank_reads set transactions = transactions + $2, cut = cut or $3 where id = $1`, read.id, len(p.Transactions), cut)
	if p.NextPage == "" || cut {
		return 0, nil
	}
	_, err = s.enqueue(tx, &r.Consent, connectors.FetchTransactions, connectors.Background, task{Read: t.Read, Account: t.Account, Page: t.Page + 1})
	return 1, err
}

// complete ends a read: what older ones have brought goes, and the figures are asked for.
func (s *Service) complete(tx *tenancy.Tx, r *running, read *reading) error {
	tx.Exec(`delete from bank_pages where read_id in (select x.id from bank_reads x where x.consent_id = $1 and x.id <> $2)`, r.ID, read.id)
	tx.Exec(`update bank_reads set accounts = null where consent_id = $1 and id <> $2`, r.ID, read.id)
	tx.Exec(`update bank_reads set state = 'done', user_ip = null, finished_at = $2 where id = $1`, read.id, tx.Now())
	if err := s.analyse(tx, r, read.id); err != nil {
		return err
	}
	return outbox.Tell(tx, "bank_consents", r.ID, r.Version)
}

// readFailed ends a read of which a part will not come: what was complete before stays.
func (s *Service) readFailed(tx *tenancy.Tx, r *running, t task) error {
	var id ident.BankReadID
	if err := id.UnmarshalText([]byte(t.Read)); err != nil {
		return err
	}
	tx.Exec(`delete from bank_pages where read_id = $1`, id)
	tx.Exec(`update bank_reads set state = 'failed', accounts = null, user_ip = null, finished_at = $2 where id = $1 and state = 'reading'`, id, tx.Now())
	return outbox.Tell(tx, "bank_consents", r.ID, r.Version)
}
