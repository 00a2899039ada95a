package connectors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// bank stands behind the port that connectors are reached by.
type bank struct {
	answer connectors.Answer
	config string
	keys   []string
	away   bool // nothing is known of its connectors but that one was revoked
}

const schema = `{"type":"object","required":["url","token"],"additionalProperties":false,"properties":{
	"url":{"type":"string","format":"uri"},"client":{"type":"string"},"token":{"type":"string","x-secret":true},"key":{"type":"string","x-secret":true,"x-reveal":true},
	"qwac":{"type":"string","x-certificate":"qwac"},"tokens":{"type":"string"}}}`

func (b *bank) Call(_ context.Context, _, method string, c connectors.Call, _ json.RawMessage) connectors.Answer {
	b.keys = append(b.keys, c.IdempotencyKey)
	if method == connectors.ValidateConfig {
		return b.answer
	}
	b.config = string(c.Config)
	return connectors.Answer{Verdict: connectors.Done}
}

func (b *bank) Available(context.Context) ([]connectors.Connector, error) {
	if b.away {
		return []connectors.Connector{{Name: "bankportal", Publisher: connectors.BuiltIn, Status: "revoked"}}, nil
	}
	return []connectors.Connector{{Name: "bankportal", Publisher: connectors.BuiltIn, ConfigSchema: json.RawMessage(schema), Egress: []string{"{url}", "{tokens}"}},
		{Name: "acme", Publisher: "acme", ConfigSchema: json.RawMessage(schema)}}, nil
}

type settingsDesk struct {
	*office.Office
	t     *testing.T
	bank  *bank
	links *connectors.Service
	made  int
}

func newDesk(t *testing.T) *settingsDesk {
	o, b := office.New(t), &bank{answer: connectors.Answer{Verdict: connectors.Done}}
	return &settingsDesk{Office: o, t: t, bank: b, links: connectors.New(o.DB, b, o.Documents)}
}

func (d *settingsDesk) connect(connector, config string) (connectors.Connection, error) {
	d.made++
	return d.links.Connect(d.t.Context(), d.A.Do("agency_admin", "connectors.write"), connectors.ConnectionInput{Connector: connector, LenderID: d.Lender(d.t, fmt.Sprint("bank-", d.made)), Name: connector, Config: json.RawMessage(config)})
}

func (d *settingsDesk) detail(id ident.ConnectionID) connectors.ConnectionDetail {
	d.t.Helper()
	c, err := d.links.Connection(d.t.Context(), d.A.Do("agency_admin", "connectors.write"), id)
	office.Must(d.t, err)
	return c
}

func (d *settingsDesk) change(id ident.ConnectionID, config string) (connectors.Connection, error) {
	return d.links.Reconnect(d.t.Context(), d.A.Do("agency_admin", "connectors.write"), id, 0, connectors.ConnectionPatch{Config: json.RawMessage(config)})
}

func wantCode(t *testing.T, err error, code string, pointers ...string) {
	t.Helper()
	e := fault.As(err)
	got := []string{}
	for _, f := range e.Fields {
		got = append(got, f.Pointer)
	}
	if e.Code != code || !slices.Equal(got, append([]string{}, pointers...)) {
		t.Errorf("%v at %v, want %s at %v", err, got, code, pointers)
	}
}

// What came with the platform is used unless the agency says no; others when it says yes. Connections stop and go on with it. What one
// agency chooses is nothing to another.
func TestEnablement(t *testing.T) {
	d := newDesk(t)
	t.Run("settings", func(t *testing.T) { settings(t, d) })
	ctx := t.Context()
	admin := func(a *coretest.Agency) []connectors.Connector {
		list, err := d.links.Available(ctx, a.Do("agency_admin", "connectors.read"))
		office.Must(t, err)
		return list
	}
	set := func(name string, version int, enabled bool) error {
		_, err := d.links.SetEnabled(ctx, d.A.Do("agency_admin", "connectors.write"), name, version, connectors.EnablementInput{Enabled: enabled})
		return err
	}
	const config = `{"url":"https://a.example","token":"sesame"}`
	if all := admin(d.A); !all[0].Enabled || all[1].Enabled || !slices.Equal(all[1].Reveals, []string{"key"}) {
		t.Errorf("%+v", all)
	}
	_, err := d.connect("acme", config)
	wantCode(t, err, "connector.disabled")
	wantCode(t, set("nobody", 1, true), "connector.not_found")
	wantCode(t, set("acme", 2, true), "version.stale")
	office.Must(t, set("acme", 1, true))
	c, err := d.connect("acme", config)
	office.Must(t, err)
	if all := admin(d.B); all[1].Enabled || all[1].Revision != 1 {
		t.Errorf("B has %+v", all[1])
	}
	office.Must(t, set("acme", 2, false))
	if c := d.detail(c.ID); c.Status != "stopped" || c.Stopped.Code != connectors.Disabled {
		t.Errorf("%+v", c)
	}
	_, err = d.change(c.ID, `{"client":"x"}`)
	wantCode(t, err, "connector.disabled")
	_, err = d.links.CheckConnection(ctx, d.A.Do("agency_admin", "connectors.write"), c.ID)
	wantCode(t, err, "connector.disabled")
	office.Must(t, set("acme", 3, true))
	if c := d.detail(c.ID); c.Status != "active" || c.Stopped != nil {
		t.Errorf("%+v", c)
	}
	scope, err := d.Operator.Scope(d.B.ID, "command line")
	office.Must(t, err)
	office.Must(t, d.links.Enable(ctx, scope, "acme"))
	if all := admin(d.B); !all[1].Enabled || all[1].Revision != 2 {
		t.Errorf("B has %+v", all[1])
	}
}

// Secrets are written and never read; what is left out stays, but for secrets that would go to another address.
func settings(t *testing.T, d *settingsDesk) {
	defer func() { d.bank.answer = connectors.Answer{Verdict: connectors.Done} }()
	c, err := d.connect("bankportal", `{"url":"https://a.example/x","token":"sesame","client":"7","qwac":"PEM","tokens":"https://b.example/t"}`)
	office.Must(t, err)
	detail := d.detail(c.ID)
	if raw, _ := json.Marshal(detail.Settings); string(raw) != `{"client":"7","tokens":"https://b.example/t","url":"https://a.example/x"}` || !slices.Equal(detail.Secrets, []string{"qwac", "token"}) {
		t.Errorf("%s %v", raw, detail.Secrets)
	}
	_, err = d.change(c.ID, `{"client":null,"url":"https://a.example/y","tokens":"https://b.example/u"}`)
	office.Must(t, err)
	_, err = d.links.CheckConnection(t.Context(), d.A.Do("agency_admin", "connectors.write"), c.ID)
	office.Must(t, err)
	if d.bank.config != `{"qwac":"PEM","token":"sesame","tokens":"https://b.example/u","url":"https://a.example/y"}` {
		t.Error(d.bank.config)
	}
	if keys := slices.Compact(slices.Sorted(slices.Values(d.bank.keys))); len(keys) != 3 || keys[0] == "" {
		t.Errorf("three calls that somebody waits for have the names %q", d.bank.keys)
	}
	for _, elsewhere := range []string{`"https://evil.example/x"`, `"http://a.example/x"`, `"https://a.example:444/x"`, `null`} {
		_, err = d.change(c.ID, `{"url":`+elsewhere+`}`)
		wantCode(t, err, "connection.config", "/config/qwac", "/config/token")
		_, err = d.change(c.ID, `{"tokens":`+elsewhere+`}`) // by the schema any text, and by the description where it connects to
		wantCode(t, err, "connection.config", "/config/qwac", "/config/token")
	}
	d.bank.away = true
	_, err = d.change(c.ID, `{"url":"https://evil.example"}`)
	wantCode(t, err, "connector.unavailable")
	d.bank.away = false
	_, err = d.change(c.ID, `{"url":"https://b.example","token":"other","qwac":null,"tokens":null}`)
	office.Must(t, err)
	_, err = d.change(c.ID, `{"token":7}`)
	wantCode(t, err, "connection.config", "/config/token")
	d.bank.answer = connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "invalid_config", Code: "client", Fields: []connectors.FieldError{{Pointer: "/client", Code: "unknown"}}}}
	_, err = d.change(c.ID, `{"client":"8"}`)
	wantCode(t, err, "connection.config", "/config/client")
	_, err = d.connect("bankportal", `{"url":"https://c.example","token":"x","client":"8"}`)
	wantCode(t, err, "connection.config", "/config/client")
	d.bank.answer = connectors.Answer{Verdict: connectors.Failed, Failure: &connectors.Failure{Kind: "unavailable", Code: "connector.backoff", SideEffect: "none"}}
	_, err = d.change(c.ID, `{"client":"8"}`)
	office.Must(t, err)
}
