package mockbank

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

const pageUnsaid = 50

// resource is an account's id in paths: it says nothing of the account.
func resource(iban string) string {
	sum := sha256.Sum256([]byte("account " + iban))
	return hex.EncodeToString(sum[:8])
}

// held finds the accounts of a consent's person that one of its lists allows.
func (a *ais) held(c *consent, list []string) []Account {
	var out []Account
	if person := a.person(c.Person); person != nil {
		for _, account := range person.Accounts {
			if slices.Contains(list, account.IBAN) {
				out = append(out, account)
			}
		}
	}
	return out
}

// one is the account of the path, when the list allows it. It has refused when there is none.
func (a *ais) one(w http.ResponseWriter, r *http.Request, c *consent, list []string) (Account, bool) {
	id := r.PathValue("account")
	for _, account := range a.held(c, c.Granted.Accounts) {
		if resource(account.IBAN) != id {
			continue
		}
		if !slices.Contains(list, account.IBAN) {
			tpp(w, http.StatusUnauthorized, "CONSENT_INVALID", "The consent does not reach this far.")
			return Account{}, false
		}
		return account, true
	}
	tpp(w, http.StatusNotFound, "RESOURCE_UNKNOWN", "The consent knows no such account.")
	return Account{}, false
}

func (a *ais) accounts(w http.ResponseWriter, r *http.Request, c *consent) {
	with := r.URL.Query().Get("withBalance") == "true"
	list := []map[string]any{}
	for _, account := range a.held(c, c.Granted.Accounts) {
		if with && !slices.Contains(c.Granted.Balances, account.IBAN) {
			tpp(w, http.StatusUnauthorized, "CONSENT_INVALID", "The consent does not reach as far as balances.")
			return
		}
		list = append(list, a.details(c, account, with))
	}
	if a.save(w) {
		answer(w, http.StatusOK, map[string]any{"accounts": list})
	}
}

func (a *ais) account(w http.ResponseWriter, r *http.Request, c *consent) {
	account, ok := a.one(w, r, c, c.Granted.Accounts)
	if ok && a.save(w) {
		answer(w, http.StatusOK, map[string]any{"account": a.details(c, account, false)})
	}
}

func (a *ais) details(c *consent, account Account, balances bool) map[string]any {
	id, links := resource(account.IBAN), map[string]link{}
	out := map[string]any{"resourceId": id, "iban": account.IBAN, "currency": account.Currency, "name": account.Name, "product": account.Product,
		"cashAccountType": account.Type, "status": "enabled", "usage": "PRIV"}
	if c.Access.AllPSD2+c.Access.AvailableAccounts+c.Access.AvailableWithBalance == "allAccountsWithOwnerName" {
		out["ownerName"] = a.person(c.Person).Name
	}
	if slices.Contains(c.Granted.Balances, account.IBAN) {
		links["balances"] = link{a.path("accounts", id, "balances")}
		if balances {
			out["balances"] = a.balancesOf(account)
		}
	}
	if slices.Contains(c.Granted.Transactions, account.IBAN) {
		links["transactions"] = link{a.path("accounts", id, "transactions")}
	}
	if len(links) > 0 {
		out["_links"] = links
	}
	return out
}

type amount struct {
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

func money(cents int64, currency string) amount {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return amount{currency, fmt.Sprintf("%s%d.%02d", sign, cents/100, cents%100)}
}

type balance struct {
	Amount amount `json:"balanceAmount"`
	Type   string `json:"balanceType"`
	Date   string `json:"referenceDate,omitempty"`
}

func (a *ais) balancesOf(account Account) []balance {
	booked, pending := account.OpeningCents, int64(0)
	for _, t := range account.Transactions {
		switch t.Status {
		case "booked":
			booked += t.AmountCents
		case "pending":
			pending += t.AmountCents
		}
	}
	today := day(a.now())
	return []balance{{money(booked, account.Currency), "closingBooked", today}, {money(booked+pending, account.Currency), "interimAvailable", today}}
}

func (a *ais) balances(w http.ResponseWriter, r *http.Request, c *consent) {
	account, ok := a.one(w, r, c, c.Granted.Balances)
	if ok && a.save(w) {
		answer(w, http.StatusOK, map[string]any{"account": reference{IBAN: account.IBAN}, "balances": a.balancesOf(account)})
	}
}

// question is what a client wants to see of the transactions.
type question struct {
	from, to string
	statuses []string
	page     int
	size     int
}

// ask reads the query. A refusal comes as code and text.
func (a *ais) ask(q url.Values, c *consent, person bool) (out question, code, text string) {
	version := a.version()
	statuses := map[string][]string{"booked": {"booked"}, "pending": {"pending"}, "both": {"booked", "pending"}}
	if version >= restrictedToFrom {
		statuses["information"] = []string{"information"}
	}
	if version >= bookingAllFrom {
		statuses["all"] = []string{"booked", "pending", "information"}
	}
	out.statuses = statuses[q.Get("bookingStatus")]
	out.from, out.to = q.Get("dateFrom"), q.Get("dateTo")
	if out.to == "" {
		out.to = day(a.now())
	}
	_, wrongFrom := time.Parse(time.DateOnly, out.from)
	_, wrongTo := time.Parse(time.DateOnly, out.to)
	size := a.dials.get().PageSize
	if size <= 0 {
		size = pageUnsaid
	}
	out.size = size
	bound := a.dials.get().HistoryDays
	switch {
	case q.Get("deltaList") != "" || q.Get("entryReferenceFrom") != "":
		return out, "PARAMETER_NOT_SUPPORTED", "The bank gives no deltas."
	case out.statuses == nil && q.Get("bookingStatus") != "":
		return out, "PARAMETER_NOT_SUPPORTED", "The bank does not know this bookingStatus."
	case out.statuses == nil:
		return out, "FORMAT_ERROR", "bookingStatus is mandatory."
	case out.from == "" || wrongFrom != nil || wrongTo != nil:
		return out, "FORMAT_ERROR", "dateFrom is mandatory; dates are YYYY-MM-DD."
	case out.from > out.to:
		return out, "PERIOD_INVALID", "dateFrom is after dateTo."
	case bound > 0 && !person && out.from < day(a.now().AddDate(0, 0, -bound)) && a.now().Sub(c.Authorised) > time.Hour:
		return out, "PERIOD_INVALID", "While the person is away the bank looks back " + strconv.Itoa(bound) + " days."
	}
	if version < pageIndexFrom {
		out.page, _ = strconv.Atoi(q.Get("page"))
		out.page = max(0, out.page)
		return out, "", ""
	}
	if n, err := strconv.Atoi(q.Get("itemsPerPage")); err == nil && n > 0 {
		out.size = min(n, size)
	}
	out.page, _ = strconv.Atoi(q.Get("pageIndex"))
	out.page = max(0, out.page)
	return out, "", ""
}

// transactions are a page of them, the newest first; the link to the next one stands in the answer.
func (a *ais) transactions(w http.ResponseWriter, r *http.Request, c *consent) {
	account, ok := a.one(w, r, c, c.Granted.Transactions)
	if !ok {
		return
	}
	q := r.URL.Query()
	want, code, text := a.ask(q, c, attended(r))
	if code != "" {
		tpp(w, http.StatusBadRequest, code, text)
		return
	}
	var all []Transaction
	for _, t := range slices.Backward(account.Transactions) {
		if slices.Contains(want.statuses, t.Status) && (t.Status == "information" || t.Booked >= want.from && t.Booked <= want.to) {
			all = append(all, t)
		}
	}
	first, last := min(want.page*want.size, len(all)), min((want.page+1)*want.size, len(all))
	report := map[string]any{}
	for _, status := range want.statuses {
		list := []map[string]any{}
		for _, t := range all[first:last] {
			if t.Status == status {
				list = append(list, a.entry(account, t))
			}
		}
		report[status] = list
	}
	id := resource(account.IBAN)
	links := map[string]link{"account": {a.path("accounts", id)}}
	if last < len(all) {
		links["next"] = link{a.path("accounts", id, "transactions") + "?" + a.turn(q, want).Encode()}
	}
	report["_links"] = links
	if a.save(w) {
		answer(w, http.StatusOK, map[string]any{"account": reference{IBAN: account.IBAN}, "transactions": report})
	}
}

// turn is the query of the next page.
func (a *ais) turn(q url.Values, want question) url.Values {
	if a.version() < pageIndexFrom {
		q.Set("page", strconv.Itoa(want.page+1))
		return q
	}
	q.Set("pageIndex", strconv.Itoa(want.page+1))
	q.Set("itemsPerPage", strconv.Itoa(want.size))
	return q
}
