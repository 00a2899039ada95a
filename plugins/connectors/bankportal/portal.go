package main

import (
	"context"
	"encoding/json"
	"io"
	"net/netip"
	"net/url"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// pollAfter is how long a bank has between two looks.
const pollAfter = time.Second

// portal implements sdk.BankPortal.
type portal struct {
	sdk.UnimplementedBankPortal
}

// settings are a connection's, by the schema.
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

// near is this machine, to which nothing is overheard on its way: a bank anywhere else is spoken to over TLS.
func near(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && at.IsLoopback()
}

// check looks whether the portal is there and takes the token.
func (p portal) check(ctx context.Context, call sdk.Call) error {
	return p.ask(ctx, call, sdk.Request{Path: []string{"account"}}, nil)
}

// SubmitApplication hands a file in. A bank that takes its time answers with a command to look at.
func (p portal) SubmitApplication(ctx context.Context, call sdk.Call, application sdk.Application) (sdk.Receipt, error) {
	in := sdk.Request{Path: []string{"applications"}, Body: application}
	// What could not be told from anybody's is not asked for.
	if s, err := settingsOf(call); err == nil && s.CallbackSecret != "" && call.CallbackURL != "" {
		in.Header = map[string]string{"Callback-URL": call.CallbackURL + "/news"}
	}
	var said submitted
	if err := p.ask(ctx, call, in, &said); err != nil {
		return sdk.Receipt{}, err
	}
	return said.receipt()
}

// submitted is what a bank answers to a submission, and to a look at its command.
type submitted struct {
	Reference string `json:"reference"`
	Command   string `json:"command"`
	State     string `json:"state"`
}

func (s submitted) receipt() (sdk.Receipt, error) {
	switch {
	case s.Reference != "":
		return sdk.Receipt{Reference: s.Reference}, nil
	case s.Command != "" && s.State == "running":
		return sdk.Receipt{}, sdk.Pending{After: pollAfter, Ref: s.Command}
	}
	return sdk.Receipt{}, drift("reference")
}

func (p portal) PollSubmission(ctx context.Context, call sdk.Call, _ sdk.Application, command string) (sdk.Receipt, error) {
	var said submitted
	if err := p.ask(ctx, call, sdk.Request{Path: []string{"commands", command}}, &said); err != nil {
		return sdk.Receipt{}, err
	}
	return said.receipt()
}

func (p portal) GetStatus(ctx context.Context, call sdk.Call, reference string) (sdk.News, error) {
	var news sdk.News
	if err := p.ask(ctx, call, sdk.Request{Path: []string{"applications", reference}}, &news); err != nil {
		return sdk.News{}, err
	}
	for i, e := range news.Events {
		if e.ID == "" || e.Type == "" {
			return sdk.News{}, drift("events")
		}
		if e.Type == "counter_offer" { // which is answered, as an item is
			news.Events[i].Items = []sdk.Item{{ID: e.ID, Kind: "counter_offer", Text: e.Note}}
		}
	}
	if !news.Final {
		return news, sdk.Pending{After: pollAfter, Ref: reference}
	}
	return news, nil
}

// AnswerRequest streams the document, or carries the choice. A document's digest is known only at its end, so it travels as a trailer.
func (p portal) AnswerRequest(ctx context.Context, call sdk.Call, answer sdk.RequestAnswer, content io.Reader) error {
	if answer.Choice != "" {
		return p.ask(ctx, call, sdk.Request{Path: []string{"applications", answer.Reference, "counter-offer"}, Body: map[string]bool{"accept": answer.Choice == "accept"}}, &sdk.Receipt{})
	}
	return p.ask(ctx, call, sdk.Request{Path: []string{"applications", answer.Reference, "items", answer.ItemID}, Content: content}, &sdk.Receipt{})
}

func (p portal) WithdrawApplication(ctx context.Context, call sdk.Call, withdrawal sdk.Withdrawal) error {
	return p.ask(ctx, call, sdk.Request{Path: []string{"applications", withdrawal.Reference, "withdrawal"}, Body: withdrawal}, &sdk.Receipt{})
}

func (p portal) ReconcileSubmission(ctx context.Context, call sdk.Call, _ sdk.Application) (sdk.Receipt, error) {
	return p.reconcile(ctx, call, "SubmitApplication")
}

func (p portal) ReconcileAnswer(ctx context.Context, call sdk.Call, answer sdk.RequestAnswer) error {
	method := "AnswerRequest"
	if answer.Choice != "" {
		method = "AnswerCounterOffer"
	}
	_, err := p.reconcile(ctx, call, method)
	return err
}

func (p portal) ReconcileDocument(ctx context.Context, call sdk.Call, _ sdk.NewDocument) error {
	_, err := p.reconcile(ctx, call, "AddDocument")
	return err
}

func (p portal) ReconcileWithdrawal(ctx context.Context, call sdk.Call, _ sdk.Withdrawal) error {
	_, err := p.reconcile(ctx, call, "WithdrawApplication")
	return err
}

// reconcile asks the bank what came of the idempotency key.
func (p portal) reconcile(ctx context.Context, call sdk.Call, method string) (sdk.Receipt, error) {
	var known struct {
		Method    string `json:"method"`
		Reference string `json:"reference"`
	}
	if err := p.ask(ctx, call, sdk.Request{Path: []string{"operations", call.IdempotencyKey}}, &known); err != nil {
		return sdk.Receipt{}, err
	}
	if known.Method != method || known.Reference == "" {
		return sdk.Receipt{}, drift("operation")
	}
	return sdk.Receipt{Reference: known.Reference}, nil
}
