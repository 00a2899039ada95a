package mockbank

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// consentAtMost is how long a consent lasts, whatever was asked for.
const consentAtMost = 180 // days

// account reference and access rights, as the framework has them.
type reference struct {
	IBAN     string `json:"iban,omitempty"`
	Currency string `json:"currency,omitempty"`
}

type access struct {
	Accounts             []reference `json:"accounts,omitzero"`
	Balances             []reference `json:"balances,omitzero"`
	Transactions         []reference `json:"transactions,omitzero"`
	AvailableAccounts    string      `json:"availableAccounts,omitempty"`
	AvailableWithBalance string      `json:"availableAccountsWithBalance,omitempty"`
	AllPSD2              string      `json:"allPsd2,omitempty"`
	RestrictedTo         []string    `json:"restrictedTo,omitempty"`
}

// consent is what a person lets a client read.
type consent struct {
	ID          string    `json:"id"`
	Client      string    `json:"client"`
	Person      string    `json:"person,omitempty"` // PSU-ID, once it is known
	Access      access    `json:"access"`
	Granted     rights    `json:"granted"`
	Recurring   bool      `json:"recurring"`
	Frequency   int       `json:"frequency"`
	ValidUntil  string    `json:"valid_until"`
	Status      string    `json:"status"`
	LastAction  string    `json:"last_action"`
	Authorised  time.Time `json:"authorised,omitzero"`
	Request     string    `json:"request"`     // X-Request-ID
	Fingerprint string    `json:"fingerprint"` // of the body
	Redirect    string    `json:"redirect,omitempty"`
	Nok         string    `json:"nok,omitempty"`
	Notify      string    `json:"notify,omitempty"`
	SCA         []*sca    `json:"sca"`
}

// rights are the accounts, by IBAN, whose details, balances and transactions may be read.
type rights struct {
	Accounts     []string `json:"accounts"`
	Balances     []string `json:"balances"`
	Transactions []string `json:"transactions"`
}

// consentRequest is the body of POST /v1/consents.
type consentRequest struct {
	Access     *access `json:"access"`
	Recurring  *bool   `json:"recurringIndicator"`
	ValidUntil string  `json:"validUntil"`
	Frequency  int     `json:"frequencyPerDay"`
	Combined   *bool   `json:"combinedServiceIndicator"`
}

// wrong says what is wrong with a request; empty: nothing.
func (in consentRequest) wrong(today string) string {
	until, err := time.Parse(time.DateOnly, in.ValidUntil)
	switch {
	case in.Access == nil || in.Recurring == nil || in.Combined == nil:
		return "access, recurringIndicator and combinedServiceIndicator are mandatory."
	case err != nil || day(until) < today:
		return "validUntil is a date that is not over."
	case in.Frequency < 1:
		return "frequencyPerDay is at least 1."
	case !*in.Recurring && in.Frequency != 1:
		return "frequencyPerDay of a consent for one access is 1."
	case in.Access.whole() && in.Access.named() != nil:
		return "A global consent, or one for the list, names no accounts."
	}
	return ""
}

// whole: of all accounts, or the list of them. The named and the offered kinds leave it to their arrays.
func (a access) whole() bool {
	return a.AvailableAccounts+a.AvailableWithBalance+a.AllPSD2 != ""
}

// named are the accounts that the arrays name, each once; nil when they leave the choice to the person.
func (a access) named() []string {
	var out []string
	for _, list := range [][]reference{a.Accounts, a.Balances, a.Transactions} {
		for _, r := range list {
			if !slices.Contains(out, r.IBAN) {
				out = append(out, r.IBAN)
			}
		}
	}
	return out
}

func (a *ais) create(w http.ResponseWriter, r *http.Request) {
	var in consentRequest
	body, ok := decode(w, r, &in)
	if !ok {
		return
	}
	if r.Header.Get("PSU-IP-Address") == "" {
		tpp(w, http.StatusBadRequest, "FORMAT_ERROR", "PSU-IP-Address is mandatory here.")
		return
	}
	if text := in.wrong(day(a.now())); text != "" {
		tpp(w, http.StatusBadRequest, "FORMAT_ERROR", text)
		return
	}
	if a.consentSet() && len(in.Access.named()) != 1 && in.Access.AvailableAccounts == "" {
		tpp(w, http.StatusBadRequest, "SERVICE_INVALID", "The bank takes one consent for each account, and one for the list of them.")
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	sum := sha256.Sum256(body)
	request, fingerprint := r.Header.Get("X-Request-ID"), hex.EncodeToString(sum[:])
	for _, c := range a.consents { // the same request again
		if c.Client == clientOf(r) && c.Request == request {
			if c.Fingerprint != fingerprint {
				tpp(w, http.StatusBadRequest, "FORMAT_ERROR", "This X-Request-ID belongs to another request.")
				return
			}
			a.created(w, r, c)
			return
		}
	}
	until := min(in.ValidUntil, day(a.now().AddDate(0, 0, consentAtMost)))
	if a.version() < restrictedToFrom {
		in.Access.RestrictedTo = nil // it does not know the word
	}
	c := &consent{ID: unguessable(), Client: clientOf(r), Access: *in.Access, Recurring: *in.Recurring, Frequency: min(in.Frequency, unattendedAtMost), ValidUntil: until,
		Status: "received", LastAction: day(a.now()), Request: request, Fingerprint: fingerprint, Person: r.Header.Get("PSU-ID"),
		Redirect: webOnly(r.Header.Get("TPP-Redirect-URI")), Nok: webOnly(r.Header.Get("TPP-Nok-Redirect-URI")), Notify: webOnly(r.Header.Get("TPP-Notification-URI"))}
	if r.Header.Get("TPP-Explicit-Authorisation-Preferred") != "true" && !a.dials.get().Explicit {
		if code, text := a.start(c, r); code != "" {
			tpp(w, http.StatusBadRequest, code, text)
			return
		}
	}
	a.consents = append(a.consents, c)
	if a.save(w) {
		a.created(w, r, c)
	}
}

// created answers with what is to be done next: a page to go to, a confirmation to wait for, or an authorisation to start.
func (a *ais) created(w http.ResponseWriter, r *http.Request, c *consent) {
	self := a.path("consents", c.ID)
	links := map[string]link{"self": {self}, "status": {self + "/status"}}
	out := map[string]any{"consentStatus": c.Status, "consentId": c.ID, "_links": links}
	if len(c.SCA) == 0 {
		links["startAuthorisation"] = link{self + "/authorisations"}
	} else {
		a.steps(w, r, c, c.SCA[0], links, out)
	}
	w.Header().Set("Location", self)
	w.Header().Set("ASPSP-Notification-Support", strconv.FormatBool(c.Notify != ""))
	answer(w, http.StatusCreated, out)
}

func (a *ais) information(w http.ResponseWriter, _ *http.Request, c *consent) {
	answer(w, http.StatusOK, map[string]any{"access": c.shown(), "recurringIndicator": c.Recurring, "validUntil": c.ValidUntil, "frequencyPerDay": c.Frequency,
		"lastActionDate": c.LastAction, "consentStatus": c.Status, "_links": map[string]link{"account": {a.path("accounts")}}})
}

// shown is the access as it was given: where the person chose, the accounts they chose.
func (c *consent) shown() access {
	out := c.Access
	if c.Authorised.IsZero() || out.whole() {
		return out
	}
	references := func(ibans []string) []reference {
		var all []reference
		for _, iban := range ibans {
			all = append(all, reference{IBAN: iban})
		}
		return all
	}
	out.Accounts, out.Balances, out.Transactions = references(c.Granted.Accounts), references(c.Granted.Balances), references(c.Granted.Transactions)
	return out
}

func (a *ais) status(w http.ResponseWriter, _ *http.Request, c *consent) {
	a.poll(c)
	if a.save(w) {
		answer(w, http.StatusOK, map[string]string{"consentStatus": c.Status})
	}
}

func (a *ais) terminate(w http.ResponseWriter, _ *http.Request, c *consent) {
	a.end(c, "terminatedByTpp")
	if a.save(w) {
		w.WriteHeader(http.StatusNoContent)
	}
}

// end gives a consent its last status, unless it has one.
func (a *ais) end(c *consent, status string) {
	if c.Status != "received" && c.Status != "valid" {
		return
	}
	c.Status, c.LastAction = status, day(a.now())
	a.notify(c)
}

// age ends a consent that is over, and a confirmation nobody gave in time.
func (a *ais) age(c *consent) {
	if c.ValidUntil < day(a.now()) {
		a.end(c, "expired")
	}
	for _, s := range c.SCA {
		if s.Status == "received" && a.now().Sub(s.Started) > scaWindow {
			s.Status = "failed"
		}
	}
}

// grant is the person's yes. A consent for regular access replaces the one that was: that one expires.
func (a *ais) grant(c *consent, person Person, chosen []string) {
	given := rights{}
	switch {
	case c.Access.AllPSD2 != "":
		given = rights{chosen, chosen, chosen}
	case c.Access.AvailableWithBalance != "":
		given = rights{Accounts: chosen, Balances: chosen}
	case c.Access.AvailableAccounts != "":
		given.Accounts = chosen
	default:
		given.Balances, given.Transactions = within(c.Access.Balances, chosen), within(c.Access.Transactions, chosen)
		for _, iban := range chosen { // whoever may read balances or transactions may read the account
			if slices.Contains(within(c.Access.Accounts, chosen), iban) || slices.Contains(given.Balances, iban) || slices.Contains(given.Transactions, iban) {
				given.Accounts = append(given.Accounts, iban)
			}
		}
	}
	if c.Recurring && !a.consentSet() {
		for _, old := range a.consents {
			if old != c && old.Client == c.Client && old.Person == person.ID && old.Recurring && old.Status == "valid" {
				a.end(old, "expired")
			}
		}
	}
	c.Person, c.Granted, c.Status, c.LastAction, c.Authorised = person.ID, given, "valid", day(a.now()), a.now().UTC()
	a.notify(c)
}

// within are the chosen accounts a list asks for: no list asks for none, an empty one for all of them.
func within(list []reference, chosen []string) []string {
	switch {
	case list == nil:
		return nil
	case len(list) == 0:
		return chosen
	}
	var out []string
	for _, r := range list {
		if slices.Contains(chosen, r.IBAN) {
			out = append(out, r.IBAN)
		}
	}
	return out
}

func (a *ais) notify(c *consent) {
	a.courier.post(c.Notify, map[string]string{"consentId": c.ID, "consentStatus": c.Status})
}

// consentSet: the bank wants a consent for each account.
func (a *ais) consentSet() bool {
	if set := a.dials.get().ConsentSet; set != nil {
		return *set
	}
	return a.rules.ConsentSet
}

func unguessable() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // does not fail
	return hex.EncodeToString(id)
}

func webOnly(address string) string {
	if webAddress(address) {
		return address
	}
	return ""
}

func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

type clientKey struct{}

func withClient(r *http.Request, who string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), clientKey{}, who))
}

func clientOf(r *http.Request) string {
	who, _ := r.Context().Value(clientKey{}).(string)
	return who
}
