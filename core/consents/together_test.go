package consents_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/glance"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// The account that the person has at a second bank.
const second = "IT40S0542811101000000999999"

func (k *kit) flow(t *testing.T) consents.CashFlow {
	t.Helper()
	flow, err := k.consents.CashFlow(ctx, k.A.Do("broker", "subjects.read_income"), k.person)
	ok(t, err)
	return flow
}

// again reads accounts once more, without the person.
func (k *kit) again(t *testing.T, id ident.BankConsentID) {
	t.Helper()
	_, err := k.consents.Read(ctx, k.A.Do("broker", "bank_consents.write"), id)
	ok(t, err)
}

// severalBanks: salary at one bank and a mortgage at the other are both facts, what moves between them is neither, each movement is shown
// under its bank, an account that two banks bring counts once; and when one consent ends nothing is a fact until the rest is read.
func severalBanks(t *testing.T, k *kit) {
	sees := func(when string, income, instalments any) {
		t.Helper()
		if f := k.facts(t); f["cashflow.monthly_income_cents"] != income || f["cashflow.instalments_cents"] != instalments {
			t.Errorf("%s: %v", when, f)
		}
	}
	k.change(t, "email", "ada@example.org")
	first := k.agreed(t, k.bank)
	sees("the first bank", int64(2_000_00), nil)
	c := k.ask(t, "", k.connect(t, map[string]string{"iban": second}))
	k.come(t, c, "code=good")
	k.run(t)
	sees("both", int64(2_000_00), int64(700_00))
	k.Clock.Advance(24 * time.Hour)
	k.again(t, first.ID) // this one alone
	k.run(t)
	sees("the first, read anew", int64(2_000_00), int64(700_00))

	flow := k.flow(t)
	if flow.ConsentID != first.ID || !flow.InForce || !flow.To.Time().Equal(c.CreatedAt.Truncate(24*time.Hour)) {
		t.Errorf("%+v", flow)
	}
	// A balance without a day is of the day its own bank was read, not of the one up to which all were.
	if rule := flow.Figures[len(flow.Figures)-1].Rule; rule != "balance.below until "+flow.To.String()+" from 2026-11-01 "+flow.To.AddDays(1).String()+" 2026-11-01" {
		t.Errorf("the analyser looked at %s", rule)
	}
	at, holders := map[ident.BankConsentID]int{}, ""
	for _, a := range flow.Accounts {
		at[a.ConsentID]++
		holders += a.Holder + " "
	}
	if at[first.ID] != 2 || at[c.ID] != 1 || holders != "person untold other " {
		t.Errorf("accounts: %+v", flow.Accounts)
	}
	under := map[string]string{}
	for _, m := range flow.Behind {
		under[m.Text] += m.Bank
	}
	if len(flow.Behind) != 7 || under["RATA MUTUO"] != "Banca Esempio" || under["STIPENDIO t1"] != "Banca Esempio" || under["GIROCONTO"] != "" {
		t.Errorf("behind: %+v", flow.Behind)
	}

	third := k.agreed(t, k.connect(t, map[string]string{"iban": "it40 s054 2811 1010 0000 0999 999"})) // another way to the same account, which writes it otherwise
	sees("one account twice", int64(2_000_00), int64(700_00))
	_, err := k.consents.Withdraw(ctx, k.enter(t), third.ID) // and nothing has followed from it yet
	ok(t, err)
	sees("one of three was withdrawn", nil, nil)
	k.again(t, first.ID)
	k.run(t)
	sees("the first, read anew without it", int64(2_000_00), int64(700_00))
	_, err = k.consents.Send(ctx, k.A.Do("broker", "bank_consents.transition"), c.ID, 0, applications.Send{Event: "revoke", Reason: "client"})
	ok(t, err)
	k.run(t)
	sees("one of two has ended", nil, nil)
	if f := k.facts(t); f["open_banking.consent_valid"] != true {
		t.Errorf("the first stands: %v", f)
	}
	if flow := k.flow(t); flow.InForce || len(flow.Figures) != 3 || len(flow.Accounts) != 2 || len(flow.Behind) != 6 {
		t.Errorf("shown after the end: %+v", flow)
	}
	k.again(t, first.ID)
	k.run(t)
	sees("the first, alone", int64(2_000_00), nil)
}

// until runs what a consent has under way, till its read is complete and nothing is analysed.
func (k *kit) until(t *testing.T, consent ident.BankConsentID) (asked connectors.Operation) {
	t.Helper()
	scope, err := k.Operator.Scope(k.A.ID, "test")
	ok(t, err)
	for asked.ID.IsZero() {
		list, err := k.links.List(ctx, k.A.Do("broker", "operations.read"), connectors.Which{})
		ok(t, err)
		for _, o := range list.Items {
			switch {
			case o.ConsentID != consent || o.State != "queued":
			case o.Method == connectors.Analyse:
				asked = o
			default:
				ok(t, k.links.Run(ctx, scope, o.ID))
			}
		}
	}
	return asked
}

// leftOut: a second bank that was read and could not be analysed leaves no figures of the first alone as facts; what somebody withdrew
// meanwhile is neither analysed nor shown.
func leftOut(t *testing.T, k *kit) {
	k.change(t, "email", "ada@example.org")
	scope, err := k.Operator.Scope(k.A.ID, "test")
	ok(t, err)
	income := func() any { return k.facts(t)["cashflow.monthly_income_cents"] }
	first := k.agreed(t, k.bank)
	c := k.ask(t, "", k.connect(t, map[string]string{"iban": second}))
	page := k.begin(t, c)
	k.again(t, first.ID)
	early := k.until(t, first.ID)
	k.back(t, c, page, "code=good")
	if income() == nil {
		t.Error("no figures before the second bank is read")
	}
	k.Exec(t, `update operations set state = 'failed', dead_at = now(), dead_reason = 'internal' where id = $1`, k.until(t, c.ID).ID)
	for _, when := range []string{"drawn before", "drawn after"} {
		if f := k.flow(t); income() != nil || f.InForce {
			t.Errorf("the second bank was read and left out of what was %s: income %v, in force %v", when, income(), f.InForce)
		}
		ok(t, k.links.Run(ctx, scope, early.ID))
	}
	k.run(t)
	k.again(t, first.ID)
	asked := k.until(t, first.ID)
	me := k.enter(t)
	_, err = k.consents.Withdraw(ctx, me, c.ID)
	ok(t, err)
	ok(t, k.links.Run(ctx, scope, asked.ID))
	if done := k.newest(t, connectors.Analyse); done.ID != asked.ID || done.Error == nil || done.Error.Code != "read_over" || len(k.flow(t).Accounts) != 0 {
		t.Errorf("after the withdrawal: %+v, shown %+v", done.Error, k.flow(t).Accounts)
	}
	g, err := glance.New(k.DB, k.Engine).Of(ctx, k.A.Do("broker", "applications.read"), k.app)
	ok(t, err)
	if len(g) == 0 || g[0].Consent == nil || g[0].Consent.Withdrawn || g[0].CashFlowAt != nil { // the first stands; the second was left out of its figures
		t.Errorf("%+v", g)
	}
	_, err = k.consents.Withdraw(ctx, me, first.ID)
	ok(t, err)
	if g, err = glance.New(k.DB, k.Engine).Of(ctx, k.A.Do("broker", "applications.read"), k.app); err != nil || !g[0].Consent.Withdrawn || g[0].CashFlowAt != nil {
		t.Errorf("withdrawn, and the file's page does not say so: %+v %v", g[0].Consent, err)
	}
}

// twoAtOnce: of two analyses the one that was asked for later counts, whichever is answered later.
func twoAtOnce(t *testing.T, k *kit) {
	first := k.agreed(t, k.bank)
	scope, err := k.Operator.Scope(k.A.ID, "test")
	ok(t, err)
	c := k.ask(t, "", k.connect(t, map[string]string{"iban": second}))
	page := k.begin(t, c)
	k.again(t, first.ID)
	early := k.until(t, first.ID)
	k.back(t, c, page, "code=good")
	late := k.until(t, c.ID)
	for _, o := range []connectors.Operation{late, early} {
		ok(t, k.links.Run(ctx, scope, o.ID))
	}
	drawn, err := k.Raw(t, "", `select count(*)::text from cash_flows where subject_id = $1`, k.person)
	ok(t, err)
	if f := k.facts(t); drawn != "3" || f["cashflow.instalments_cents"] != int64(700_00) {
		t.Errorf("of %s: %v", drawn, f)
	}
}

// offersNone: a connection that leads to no accounts is refused where it was entered.
func offersNone(t *testing.T, k *kit) {
	portal := ident.NewConnection()
	k.Exec(t, `insert into connections (tenant_id, id, connector, name, created_at) values ($1, $2, 'portal', 'Portal', now())`, k.A.ID, portal)
	_, err := k.consents.Create(ctx, k.A.Do("broker", "bank_consents.write"), k.person, consents.Input{ApplicationID: k.app, ConnectionID: portal, Name: "Banca", ValidUntil: day(k, 90)})
	if code(err) != "bank_consent.connection" {
		t.Errorf("%v", err)
	}
}

// foundByName: what a callback names is found by an index, as the program's own role under row security, and nobody else's is.
func foundByName(t *testing.T, k *kit) {
	c := k.agreed(t, k.bank)
	ref, err := k.Raw(t, "", `select external_refs[1] from bank_consents where id = $1`, c.ID)
	ok(t, err)
	k.Exec(t, `insert into bank_consent_refs (tenant_id, consent_id, reference) select tenant_id, id, 'other ' || n from bank_consents, generate_series(1, 5000) n where id = $1`, c.ID)
	k.Exec(t, `analyze bank_consent_refs`)
	var plan []string
	ok(t, k.DB.Read(ctx, k.A.Do("broker", "bank_consents.read"), func(tx *tenancy.Tx) error {
		return tx.Load(tenancy.Scan(`explain select c.id from bank_consents c join instances i on i.id = c.id `+strings.NewReplacer("$2", "$1", "$3", "$2").Replace(consents.Referred), []any{k.bank, []string{ref}}, func(rows pgx.Rows) error {
			var line string
			err := rows.Scan(&line)
			plan = append(plan, line)
			return err
		}))
	}))
	if text := strings.Join(plan, "\n"); !strings.Contains(text, "bank_consent_refs_reference_idx") || !strings.Contains(text, "(reference = ANY (") {
		t.Error(text)
	}
	system, err := k.Operator.Scope(k.A.ID, "event")
	ok(t, err)
	for _, told := range []struct {
		bank ident.ConnectionID
		ref  string
		want string
	}{{ident.NewConnection(), ref, "0"}, {k.bank, "nobody", "0"}, {k.bank, ref, "1"}} {
		ok(t, k.DB.Write(ctx, system.For("bank_consents.transition"), func(tx *tenancy.Tx) error { return k.consents.Told(tx, told.bank, []string{told.ref}) }))
		if n, err := k.Raw(t, "", `select count(*)::text from operations where method = 'GetConsent' and consent_id = $1`, c.ID); err != nil || n != told.want {
			t.Errorf("%+v: %s asked (%v)", told, n, err)
		}
	}
}
