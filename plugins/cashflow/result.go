package cashflow

// RulesVersion changes whenever the same movements could give another answer.
const RulesVersion = 2

// Result is the answer. Evidence is always a list of movements as "account/transaction", sorted.
type Result struct {
	RulesVersion  int      `json:"rules_version"`
	From          string   `json:"from,omitempty"` // first and last day looked at; empty without movements
	To            string   `json:"to,omitempty"`
	Transactions  int      `json:"transactions"` // that were looked at
	Figures       []Figure `json:"figures"`      // the facts; sorted by name
	Income        []Stream `json:"income"`
	FixedCosts    []Stream `json:"fixed_costs"`
	Instalments   []Stream `json:"instalments"`
	Returned      []Event  `json:"returned"`      // debits that came back for want of money
	OwnTransfers  Evidence `json:"own_transfers"` // between the person's own accounts: counted nowhere
	Gambling      Evidence `json:"gambling"`      // stakes
	GamblingWon   Evidence `json:"gambling_won"`  // winnings: no income
	Disbursements Evidence `json:"disbursements"` // loans paid out: no income
	CardSettled   Evidence `json:"cards_settled"` // credit cards paid in full: spending, no instalment
	Notes         []Note   `json:"notes"`
}

// Figure is one fact. Its name is stable: see Names.
type Figure struct {
	Name     string   `json:"name"`
	Value    int64    `json:"value"`
	Unit     string   `json:"unit"` // cents, bps, days or count
	Rule     string   `json:"rule"`
	Evidence []string `json:"evidence"`
}

// Stream is money that comes or goes again and again, to or from one counterparty.
type Stream struct {
	Kind         string   `json:"kind"`
	Counterparty string   `json:"counterparty,omitempty"`
	MonthlyCents int64    `json:"monthly_cents"` // never negative; median of the last six months, see README
	AmountKnown  bool     `json:"amount_known"`  // false: it is there, and nothing says how much
	PeriodMonths int      `json:"period_months"` // 1, 2, 3, 6 or 12
	MonthsSeen   int      `json:"months_seen"`
	Regularity   int      `json:"regularity_bps"` // months seen of those expected
	First        string   `json:"first"`
	Last         string   `json:"last"`
	Current      bool     `json:"current"` // still running at the end; what is not is in no figure
	Extras       []Extra  `json:"extras,omitempty"`
	Remaining    *Rest    `json:"remaining,omitempty"`
	Rule         string   `json:"rule"`
	Evidence     []string `json:"evidence"`
}

// Extra is pay beyond the month: thirteenth, fourteenth or bonus.
type Extra struct {
	Kind     string   `json:"kind"`
	Cents    int64    `json:"cents"`
	Day      string   `json:"day"`
	Evidence []string `json:"evidence"`
}

// Rest is what is left of a loan, as far as its texts tell.
type Rest struct {
	Instalments int   `json:"instalments"`
	Cents       int64 `json:"cents"`
}

// Event is one debit that came back: the debit, its return and the fee, as far as each was booked.
type Event struct {
	Day      string   `json:"day"`
	Cents    int64    `json:"cents"` // 0: only the fee was booked
	Rule     string   `json:"rule"`
	Evidence []string `json:"evidence"`
}

// Evidence is a sum (never negative) and the movements behind it.
type Evidence struct {
	Cents    int64    `json:"cents"`
	Evidence []string `json:"evidence"`
}

// Note says what was left out and why: a code of README.md, and how many movements or accounts it touches.
type Note struct {
	Code  string `json:"code"`
	Count int    `json:"count"`
}

// The kinds of streams.
const (
	Salary       = "salary"
	Pension      = "pension"
	SelfEmployed = "self_employed"
	RentReceived = "rent_received"
	Benefits     = "benefit"

	Rent          = "rent"
	Utilities     = "utilities"
	Subscriptions = "subscription"
	Insurance     = "insurance"
	Condominium   = "condominium"
	OtherCost     = "other"

	Mortgage     = "mortgage"
	PersonalLoan = "personal_loan"
	SalaryLoan   = "salary_loan"
	Revolving    = "credit_card" // paid off in instalments; what is settled in full is no debt
	BNPL         = "bnpl"
	Leasing      = "leasing"
)

// Names are the figures, with their units; a result has those that can be known. The names do not change.
var Names = map[string]string{
	"months":                      "count", // calendar months the movements cover
	"monthly_income_cents":        "cents", // salary, pension, benefits and rent received that are current
	"turnover_monthly_cents":      "cents", // self-employed: what customers pay, before tax and costs
	"extra_income_yearly_cents":   "cents", // thirteenth and fourteenth of the last twelve months
	"income_regularity_bps":       "bps",   // of the largest current income
	"fixed_costs_cents":           "cents", // a month
	"instalments_cents":           "cents", // a month
	"instalments_remaining_cents": "cents", // of the debts whose texts tell how many instalments are left
	"instalments_amount_unknown":  "count", // debts that are there, and nothing says how much they take a month
	"gambling_monthly_cents":      "cents", // stakes of the last twelve months, a month
	"gambling_won_monthly_cents":  "cents",
	"days_below_zero":             "days", // days that ended with an account below zero
	"lowest_balance_cents":        "cents",
	"returned_debits":             "count",
	"buffer_days":                 "days", // of usual spending that the balances cover; at most 9999
	"savings_rate_bps":            "bps",  // of the last twelve months; negative when more went than came
}

// Facts are the figures under the names that guards know them by: "cashflow.monthly_income_cents".
func (r Result) Facts() map[string]int64 {
	out := make(map[string]int64, len(r.Figures))
	for _, f := range r.Figures {
		out["cashflow."+f.Name] = f.Value
	}
	return out
}
