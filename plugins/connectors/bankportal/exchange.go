package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// ask carries a request out at the portal and reads the answer's JSON into out; nil wants none.
func (p portal) ask(ctx context.Context, call sdk.Call, in sdk.Request, out any) error {
	s, err := settingsOf(call)
	if err != nil {
		return err
	}
	in.URL, in.Judge = s.URL, judge
	in.Header = map[string]string{"Authorization": "Bearer " + s.Token, "Callback-URL": in.Header["Callback-URL"]}
	return call.Ask(ctx, in, out)
}

// judge knows the portal's own codes; the rest is judged as anybody's.
func judge(status int, body []byte) error {
	var said struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(body, &said) // of another form: it is not the portal's
	switch {
	case status != http.StatusNotFound:
	case said.Code == "unknown_key", said.Code == "unknown_command":
		return sdk.NotFound()
	case said.Code == "unknown_reference":
		return sdk.Error{Kind: sdk.Rejected, Code: "bank.unknown_reference", SideEffect: sdk.None, ProviderCode: strconv.Itoa(status)}
	}
	return nil
}

// drift is an answer that is not the contract's. What the bank did is not known.
func drift(where string) error {
	return sdk.Error{Kind: sdk.ContractDrift, Code: "bank.contract." + where, SideEffect: sdk.Unknown}
}
