package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

const lookAgain = 3 * time.Second

// step is one consent that the person is to confirm.
type step struct {
	Consent string  `json:"consent"`
	Way     sdk.Way `json:"way"`
	URL     string  `json:"url,omitempty"` // the bank's page
	Status  string  `json:"status"`        // link to how the confirmation stands
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

// minor is the third number of a version.
func minor(version string) int {
	n, _ := strconv.Atoi(version[strings.LastIndex(version, ".")+1:])
	return n
}
