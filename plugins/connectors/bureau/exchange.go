package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// settings are a connection's, by the schema. Token is a handle.
type settings struct {
	URL            string `json:"url"`
	Token          string `json:"token"`
	CallbackSecret string `json:"callback_secret"`
}

func settingsOf(call sdk.Call) (settings, error) {
	var s settings
	if err := json.Unmarshal(call.Config, &s); err != nil {
		return s, sdk.Error{Kind: sdk.InvalidConfig, Code: "config", SideEffect: sdk.None}
	}
	if u, err := url.Parse(s.URL); err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && near(u.Hostname())) {
		return s, sdk.Error{Kind: sdk.InvalidConfig, Code: "url", SideEffect: sdk.None}
	}
	if s.Token == "" {
		return s, sdk.Error{Kind: sdk.InvalidConfig, Code: "token", SideEffect: sdk.None}
	}
	return s, nil
}

// near is this machine, to which nothing is overheard on its way.
func near(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}

func validate(_ context.Context, call sdk.Call) error {
	_, err := settingsOf(call)
	return err
}

// check looks whether the bureau is there and takes the token.
func check(ctx context.Context, call sdk.Call) error {
	return ask(ctx, call, http.MethodGet, []string{"account"}, nil, nil)
}

// ask carries one request out and reads the answer's JSON into out; nil wants none.
func ask(ctx context.Context, call sdk.Call, method string, path []string, in, out any) error {
	s, err := settingsOf(call)
	if err != nil {
		return err
	}
	header := map[string]string{"Authorization": "Bearer " + s.Token}
	if method == http.MethodPost && call.CallbackURL != "" && s.CallbackSecret != "" {
		header["Callback-URL"] = call.CallbackURL + "/" + ready
	}
	return call.Ask(ctx, sdk.Request{Method: method, URL: s.URL, Path: path, Header: header, Body: in, Judge: judge}, out)
}

// judge knows the bureau's own codes; the rest is judged as anybody's. What a refusal says in words goes nowhere: it may name the person.
func judge(status int, body []byte) error {
	var said struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(body, &said) // of another form: it is not the bureau's
	refused := sdk.Error{Kind: sdk.Rejected, Code: "bureau." + said.Code, SideEffect: sdk.None, ProviderCode: strconv.Itoa(status)}
	switch {
	case status == http.StatusNotFound && said.Code == "unknown_key":
		return sdk.NotFound()
	case status == http.StatusNotFound && said.Code == "unknown_report":
		return refused
	case status == http.StatusForbidden && said.Code == "consent", status == http.StatusUnprocessableEntity && said.Code == "purpose":
		refused.UserMessage = said.Code
		return refused
	}
	return nil
}

// drift is an answer that is not the contract's. What the bureau did is not known.
func drift(where string) error {
	return sdk.Error{Kind: sdk.ContractDrift, Code: "bureau.contract." + where, SideEffect: sdk.Unknown}
}

// nothingDone is a failure before anything was bought.
func nothingDone(err error) error {
	var failed sdk.Error
	if errors.As(err, &failed) {
		failed.SideEffect = sdk.None
		return failed
	}
	return err
}
