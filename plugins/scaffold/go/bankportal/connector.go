// Package bankportal hands files to a lender over HTTP and JSON.
package bankportal

import (
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

//go:embed schema.json
var schema []byte

// Connector is what the platform is told, and calls.
func Connector() sdk.Connector {
	return sdk.Connector{
		Describe: sdk.Description{
			ID: "acme", Version: "0.1.0", Title: "Acme", ConfigSchema: schema,
			Countries: []string{"IT"}, Products: []string{"mortgage"},
			Egress:         []string{"{url}"}, // host and port of the setting url, and nothing else
			DataCategories: []string{"identity", "income", "property"},
		},
		CheckConnection: check,
		BankPortal:      portal{},
	}
}

// settings are a connection's, by schema.json. In the place of the token stands a handle: the platform puts the token in.
type settings struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// ask is one exchange with the bank. What goes wrong comes back as the error the platform understands.
func ask(ctx context.Context, call sdk.Call, in sdk.Request, out any) error {
	var s settings
	if err := json.Unmarshal(call.Config, &s); err != nil {
		return sdk.Error{Kind: sdk.InvalidConfig, Code: "config", SideEffect: sdk.None}
	}
	in.URL, in.Header = s.URL, map[string]string{"Authorization": "Bearer " + s.Token}
	in.Judge = func(_ int, body []byte) error {
		var said struct{ Code string }
		if json.Unmarshal(body, &said) == nil && said.Code == "unknown_key" { // the bank's own word for: this request never arrived
			return sdk.NotFound()
		}
		return nil
	}
	return call.Ask(ctx, in, out)
}

func check(ctx context.Context, call sdk.Call) error {
	return ask(ctx, call, sdk.Request{Path: []string{"account"}}, nil)
}

// portal embeds what the bank does not offer: products, pre-checks, messages and further documents.
type portal struct{ sdk.UnimplementedBankPortal }

func (portal) SubmitApplication(ctx context.Context, call sdk.Call, application sdk.Application) (receipt sdk.Receipt, err error) {
	return receipt, ask(ctx, call, sdk.Request{Path: []string{"applications"}, Body: application}, &receipt)
}

func (portal) GetStatus(ctx context.Context, call sdk.Call, reference string) (news sdk.News, err error) {
	err = ask(ctx, call, sdk.Request{Path: []string{"applications", reference}}, &news)
	if err == nil && !news.Final {
		err = sdk.Pending{After: time.Minute, Ref: reference}
	}
	return news, err
}

// AnswerRequest is for banks that ask for documents; this one does not yet.
func (portal) AnswerRequest(context.Context, sdk.Call, sdk.RequestAnswer, io.Reader) error {
	return sdk.Error{Kind: sdk.Unsupported, Code: "answer", SideEffect: sdk.None}
}

func (portal) WithdrawApplication(ctx context.Context, call sdk.Call, withdrawal sdk.Withdrawal) error {
	return ask(ctx, call, sdk.Request{Path: []string{"applications", withdrawal.Reference, "withdrawal"}, Body: withdrawal}, nil)
}

func (portal) ReconcileSubmission(ctx context.Context, call sdk.Call, _ sdk.Application) (receipt sdk.Receipt, err error) {
	return receipt, arrived(ctx, call, &receipt)
}

func (portal) ReconcileAnswer(ctx context.Context, call sdk.Call, _ sdk.RequestAnswer) error {
	return arrived(ctx, call, nil)
}

func (portal) ReconcileWithdrawal(ctx context.Context, call sdk.Call, _ sdk.Withdrawal) error {
	return arrived(ctx, call, nil)
}

// arrived asks the bank what came of the idempotency key. Only its own "never heard of it" lets the platform send again.
func arrived(ctx context.Context, call sdk.Call, out any) error {
	return ask(ctx, call, sdk.Request{Path: []string{"operations", call.IdempotencyKey}}, out)
}
