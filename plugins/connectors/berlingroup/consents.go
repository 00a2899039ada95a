package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const (
	readsAtMost    = 4
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
	if call.UserIP == "" { // the framework wants it: of the person or, where they are not there yet, of who asks for them
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
