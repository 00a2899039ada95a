package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const (
	readsAtMost    = 4
	lookAgain      = 3 * time.Second
	accountsAtMost = 20 // consents of a set: each is a confirmation by the person
)

// kept is what goes on with a set: the platform keeps it between calls.
type kept struct {
	Order sdk.ConsentOrder `json:"order"`
	List  string           `json:"list,omitempty"` // the consent for the list of accounts, while it is one step of the set
	Next  []string         `json:"next,omitempty"` // accounts that are still to be asked for
	Step  step             `json:"step"`           // what the person is at
	Done  []string         `json:"done,omitempty"` // consents before that
}

// step is one consent that the person is to confirm.
type step struct {
	Consent string  `json:"consent"`
	Way     sdk.Way `json:"way"`
	URL     string  `json:"url,omitempty"` // the bank's page
	Status  string  `json:"status"`        // link to how the confirmation stands
}

// statuses are the framework's, in the platform's words.
var statuses = map[string]string{"received": "requested", "partiallyAuthorised": "requested", "valid": "valid", "rejected": "rejected",
	"expired": "expired", "revokedByPsu": "revoked", "terminatedByTpp": "revoked"}

type reference struct {
	IBAN string `json:"iban"`
}

// access asks for accounts, balances and transactions: of all accounts, or of those named.
func access(ibans []string, ownerName bool) map[string]any {
	if len(ibans) == 0 {
		return map[string]any{"allPsd2": whole(ownerName)}
	}
	list := []reference{}
	for _, iban := range ibans {
		list = append(list, reference{iban})
	}
	out := map[string]any{"accounts": list, "balances": list, "transactions": list}
	if ownerName {
		out["additionalInformation"] = map[string]any{"ownerName": list}
	}
	return out
}

func whole(ownerName bool) string {
	if ownerName {
		return "allAccountsWithOwnerName"
	}
	return "allAccounts"
}

// StartConsent asks for the first consent; where the bank wants one for each account and none is named, for the list of them.
func (reader) StartConsent(ctx context.Context, call sdk.Call, order sdk.ConsentOrder) (sdk.ConsentSet, error) {
	s, _, err := settingsOf(call)
	if err != nil {
		return sdk.ConsentSet{}, err
	}
	if call.UserIP == "" { // the framework wants it, and a consent without the person makes no sense
		return sdk.ConsentSet{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "user_ip", SideEffect: sdk.None}
	}
	if len(order.IBANs) > accountsAtMost && s.PerAccount {
		return sdk.ConsentSet{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "too_many_accounts", SideEffect: sdk.None, Fields: []sdk.FieldError{{Pointer: "/ibans", Code: "too_many"}}}
	}
	k := kept{Order: order}
	first := access(order.IBANs, s.OwnerName)
	switch {
	case s.PerAccount && len(order.IBANs) > 0:
		first, k.Next = access(order.IBANs[:1], s.OwnerName), order.IBANs[1:]
	case s.PerAccount:
		first = map[string]any{"availableAccounts": whole(false)}
	}
	if k.Step, err = begin(ctx, call, order, first); err != nil {
		return sdk.ConsentSet{}, err
	}
	if s.PerAccount && len(order.IBANs) == 0 {
		k.List = k.Step.Consent
	}
	return k.set(ctx, call, k.wait())
}

// begin creates a consent at the bank, and the way the person confirms it.
func begin(ctx context.Context, call sdk.Call, order sdk.ConsentOrder, access map[string]any) (step, error) {
	s, _, err := settingsOf(call)
	if err != nil {
		return step{}, err
	}
	reads := order.ReadsPerDay
	if reads < 1 || reads > readsAtMost {
		reads = readsAtMost
	}
	body := map[string]any{"access": access, "recurringIndicator": true, "validUntil": order.ValidUntil, "frequencyPerDay": reads, "combinedServiceIndicator": false}
	headers := map[string]string{"PSU-ID": order.UserID, "TPP-Redirect-URI": order.ReturnURL, "TPP-Nok-Redirect-URI": order.ReturnURL, "TPP-Redirect-Preferred": "true"}
	if order.PreferredWay == string(sdk.Decoupled) {
		headers["TPP-Redirect-Preferred"] = "false"
		if minor(s.Version) >= 9 { // before, the framework did not have it
			headers["TPP-Decoupled-Preferred"] = "true"
		}
	}
	if s.Secret != "" && call.CallbackURL != "" {
		headers["TPP-Notification-URI"] = strings.TrimSuffix(call.CallbackURL, "/") + "/" + notification
		headers["TPP-Notification-Content-Preferred"] = "status=PROCESS"
	}
	var made begun
	label, _ := json.Marshal(access)
	h, err := exchange(ctx, call, request{method: http.MethodPost, path: []string{"consents"}, headers: headers, json: body, label: string(label)}, &made)
	if err != nil {
		return step{}, err
	}
	if made.ConsentID == "" || statuses[made.ConsentStatus] == "" {
		return step{}, drift("consent")
	}
	if start := made.Links["startAuthorisation"].Href; start != "" && made.Links["scaRedirect"].Href == "" {
		consent := made.ConsentID
		made = begun{}
		if h, err = exchange(ctx, call, request{method: http.MethodPost, link: start, headers: headers, label: "authorisation"}, &made); err != nil {
			return step{}, err
		}
		made.ConsentID = consent
	}
	return made.step(h)
}

// begun is the bank's answer to a new consent, or to a new authorisation of it.
type begun struct {
	ConsentID     string          `json:"consentId"`
	ConsentStatus string          `json:"consentStatus"`
	Links         map[string]link `json:"_links"`
}

type link struct {
	Href string `json:"href"`
}

// step reads the way the bank has chosen. One that would have the person's password pass through here is not taken.
func (b begun) step(h http.Header) (step, error) {
	out := step{Consent: b.ConsentID, Status: b.Links["scaStatus"].Href}
	switch page := b.Links["scaRedirect"].Href; {
	case page != "":
		out.Way, out.URL = sdk.Redirect, page
	case h.Get("ASPSP-SCA-Approach") == "DECOUPLED":
		out.Way = sdk.Decoupled
	default:
		return step{}, sdk.Error{Kind: sdk.Unsupported, Code: "sca.unsupported", SideEffect: sdk.Committed, UserMessage: "sca_unsupported"}
	}
	return out, nil
}

// wait is what the person has to do now.
func (k kept) wait() error {
	if k.Step.Way == sdk.Decoupled {
		return sdk.NeedsUser{Way: sdk.Decoupled, After: lookAgain}
	}
	return sdk.NeedsUser{Way: sdk.Redirect, URL: k.Step.URL}
}

// refs are the consents of a set, less the one that was for the list alone.
func (k kept) refs() []string {
	all := slices.Clone(k.Done)
	if k.Step.Consent != "" {
		all = append(all, k.Step.Consent)
	}
	return all
}

// set is the set as it stands, beside how the call ends.
func (k kept) set(ctx context.Context, call sdk.Call, end error) (sdk.ConsentSet, error) {
	consents, err := read(ctx, call, k.refs())
	if err != nil {
		return sdk.ConsentSet{}, err
	}
	text, err := json.Marshal(k)
	if err != nil {
		return sdk.ConsentSet{}, err
	}
	return sdk.ConsentSet{Consents: consents, Context: text}, end
}

// CompleteConsent looks how the step stands that the person is at, and goes to the next one when it is done.
func (reader) CompleteConsent(ctx context.Context, call sdk.Call, started sdk.StartedConsent, query string) (sdk.ConsentSet, error) {
	var k kept
	if json.Unmarshal(started.Context, &k) != nil || k.Step.Consent == "" {
		return sdk.ConsentSet{}, sdk.Error{Kind: sdk.InvalidRequest, Code: "context", SideEffect: sdk.None}
	}
	status, err := standing(ctx, call, k.Step)
	if err != nil {
		return sdk.ConsentSet{}, err
	}
	switch {
	case status == "requested" && k.Step.Way == sdk.Redirect && query != "": // back already, but the bank has not noticed
		return k.set(ctx, call, sdk.Pending{After: lookAgain, Ref: k.Step.Consent})
	case status == "requested":
		return k.set(ctx, call, k.wait())
	case status != "valid": // who says no to one is not asked for the next
		return k.set(ctx, call, nil)
	}
	if k.Step.Consent == k.List {
		if k, err = k.listed(ctx, call); err != nil {
			return sdk.ConsentSet{}, err
		}
	}
	if len(k.Next) == 0 {
		return k.set(ctx, call, nil)
	}
	return k.advance(ctx, call)
}

// advance asks for the next account of a set.
func (k kept) advance(ctx context.Context, call sdk.Call) (sdk.ConsentSet, error) {
	s, _, err := settingsOf(call)
	if err != nil {
		return sdk.ConsentSet{}, err
	}
	next, err := begin(ctx, call, k.Order, access(k.Next[:1], s.OwnerName))
	if err != nil {
		return sdk.ConsentSet{}, err
	}
	k.Done, k.Step, k.Next = k.refs(), next, k.Next[1:]
	return k.set(ctx, call, k.wait())
}

// listed reads the accounts that the list's consent shows, and leaves that consent behind.
func (k kept) listed(ctx context.Context, call sdk.Call) (kept, error) {
	accounts, err := accountsOf(ctx, call, k.List)
	if err != nil {
		return k, err
	}
	for _, a := range accounts {
		if a.IBAN != "" && !slices.Contains(k.Next, a.IBAN) && len(k.Next) < accountsAtMost {
			k.Next = append(k.Next, a.IBAN)
		}
	}
	if err := end(ctx, call, k.List); err != nil {
		return k, err
	}
	k.List, k.Step = "", step{}
	return k, nil
}

// standing is how a consent stands, in the platform's words. A confirmation that has failed is a no, even where the bank leaves the consent open.
func standing(ctx context.Context, call sdk.Call, s step) (string, error) {
	var said struct {
		ConsentStatus string `json:"consentStatus"`
		SCAStatus     string `json:"scaStatus"`
	}
	if err := ask(ctx, call, request{method: http.MethodGet, path: []string{"consents", s.Consent, "status"}}, &said); err != nil {
		return "", err
	}
	status := statuses[said.ConsentStatus]
	if status == "" {
		return "", drift("consent")
	}
	if status == "requested" && s.Status != "" {
		if err := ask(ctx, call, request{method: http.MethodGet, link: s.Status}, &said); err != nil {
			return "", err
		}
		if said.SCAStatus == "failed" {
			return "rejected", nil
		}
	}
	return status, nil
}

// GetConsent reads how the consents stand.
func (reader) GetConsent(ctx context.Context, call sdk.Call, started sdk.StartedConsent) (sdk.ConsentSet, error) {
	consents, err := read(ctx, call, started.ExternalRefs)
	return sdk.ConsentSet{Consents: consents, Context: started.Context}, err
}

func read(ctx context.Context, call sdk.Call, refs []string) ([]sdk.Consent, error) {
	out := []sdk.Consent{}
	for _, ref := range refs {
		var said struct {
			ConsentStatus string `json:"consentStatus"`
			ValidUntil    string `json:"validUntil"`
			Access        struct{ Accounts, Balances, Transactions []reference }
		}
		if err := ask(ctx, call, request{method: http.MethodGet, path: []string{"consents", ref}}, &said); err != nil {
			return nil, err
		}
		c := sdk.Consent{ExternalRef: ref, Status: statuses[said.ConsentStatus], ValidUntil: said.ValidUntil}
		if c.Status == "" {
			return nil, drift("consent")
		}
		for _, r := range slices.Concat(said.Access.Accounts, said.Access.Balances, said.Access.Transactions) {
			if r.IBAN != "" && !slices.Contains(c.IBANs, r.IBAN) {
				c.IBANs = append(c.IBANs, r.IBAN)
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// RevokeConsent ends the consents at the bank, the one for a list too that is still under way.
func (reader) RevokeConsent(ctx context.Context, call sdk.Call, started sdk.StartedConsent) error {
	refs := started.ExternalRefs
	var k kept
	if json.Unmarshal(started.Context, &k) == nil {
		for _, ref := range k.refs() {
			if !slices.Contains(refs, ref) {
				refs = append(refs, ref)
			}
		}
	}
	for _, ref := range refs {
		if err := end(ctx, call, ref); err != nil {
			return err
		}
	}
	return nil
}

// end ends a consent. One that the bank no longer has, or has ended, is ended.
func end(ctx context.Context, call sdk.Call, ref string) error {
	err := ask(ctx, call, request{method: http.MethodDelete, path: []string{"consents", ref}}, nil)
	if said, is := failure(err); is && (said.Kind == sdk.ConsentExpired || said.Code == "resource.unknown") {
		return nil
	}
	return err
}

// minor is the third number of a version.
func minor(version string) int {
	n, _ := strconv.Atoi(version[strings.LastIndex(version, ".")+1:])
	return n
}
