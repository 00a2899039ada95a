package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"hash"
	"io"
	"net/http"
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
	URL   string `json:"url"`
	Token string `json:"token"`
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
	return p.ask(ctx, call, request{method: http.MethodGet, path: []string{"account"}}, nil)
}

func (p portal) SubmitApplication(ctx context.Context, call sdk.Call, application sdk.Application) (sdk.Receipt, error) {
	var receipt sdk.Receipt
	err := p.ask(ctx, call, request{method: http.MethodPost, path: []string{"applications"}, json: application}, &receipt)
	if err == nil && receipt.Reference == "" {
		err = drift("reference")
	}
	return receipt, err
}

func (p portal) GetStatus(ctx context.Context, call sdk.Call, reference string) (sdk.News, error) {
	var news sdk.News
	if err := p.ask(ctx, call, request{method: http.MethodGet, path: []string{"applications", reference}}, &news); err != nil {
		return sdk.News{}, err
	}
	for _, e := range news.Events {
		if e.ID == "" || e.Type == "" {
			return sdk.News{}, drift("events")
		}
	}
	if !news.Final {
		return news, sdk.Pending{After: pollAfter, Ref: reference}
	}
	return news, nil
}

// AnswerRequest streams the document. Its digest is known only at its end, so it travels as a trailer.
func (p portal) AnswerRequest(ctx context.Context, call sdk.Call, answer sdk.RequestAnswer, content io.Reader) error {
	return p.ask(ctx, call, request{method: http.MethodPost, path: []string{"applications", answer.Reference, "items", answer.ItemID}, content: content}, &sdk.Receipt{})
}

func (p portal) WithdrawApplication(ctx context.Context, call sdk.Call, withdrawal sdk.Withdrawal) error {
	return p.ask(ctx, call, request{method: http.MethodPost, path: []string{"applications", withdrawal.Reference, "withdrawal"}, json: withdrawal}, &sdk.Receipt{})
}

func (p portal) ReconcileSubmission(ctx context.Context, call sdk.Call, _ sdk.Application) (sdk.Receipt, error) {
	return p.reconcile(ctx, call, "SubmitApplication")
}

func (p portal) ReconcileAnswer(ctx context.Context, call sdk.Call, _ sdk.RequestAnswer) error {
	_, err := p.reconcile(ctx, call, "AnswerRequest")
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
	if err := p.ask(ctx, call, request{method: http.MethodGet, path: []string{"operations", call.IdempotencyKey}}, &known); err != nil {
		return sdk.Receipt{}, err
	}
	if known.Method != method || known.Reference == "" {
		return sdk.Receipt{}, drift("operation")
	}
	return sdk.Receipt{Reference: known.Reference}, nil
}

// digested computes a content's digest while it passes, and puts it into the trailer at its end.
type digested struct {
	content io.Reader
	hash    hash.Hash
	trailer http.Header
}

func digest(content io.Reader, trailer http.Header) *digested {
	return &digested{content, sha256.New(), trailer}
}

func (d *digested) Read(p []byte) (int, error) {
	n, err := d.content.Read(p)
	d.hash.Write(p[:n])
	if err == io.EOF {
		d.trailer.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(d.hash.Sum(nil))+":")
	}
	return n, err
}
