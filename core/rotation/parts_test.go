package rotation_test

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/tenancy"
)

var documentInput = documents.Input{Kind: "payslip"}

const settings = `{"token":"sesame"}`

// portal stands behind the port that connectors are reached by, and keeps the settings it was called with.
type portal struct{ config string }

func (p *portal) Call(_ context.Context, _, _ string, c connectors.Call, _ json.RawMessage) connectors.Answer {
	p.config = string(c.Config)
	return connectors.Answer{Verdict: connectors.Done}
}

func (p *portal) Available(context.Context) ([]connectors.Connector, error) {
	return []connectors.Connector{{Name: "bankportal", Publisher: connectors.BuiltIn}}, nil
}

// connect stores a connection with a token and an operation that waits.
func (b *bureau) connect() {
	b.t.Helper()
	b.bank = &portal{}
	b.links = connectors.New(b.DB, b.bank, b.Documents)
	c, err := b.links.Connect(b.t.Context(), b.A.Do("agency_admin", "connectors.write"), connectors.ConnectionInput{Connector: "bankportal", LenderID: b.Lender(b.t, "levante"),
		Name: "Levante", Config: json.RawMessage(settings)})
	office.Must(b.t, err)
	b.connection = c.ID
	office.Must(b.t, b.DB.Write(b.t.Context(), b.A.Do("broker", "submissions.write"), func(tx *tenancy.Tx) error {
		_, err := connectors.Enqueue(tx, connectors.Order{Method: connectors.Submit, Connector: "bankportal", Connection: c.ID, Application: b.file, Payload: map[string]string{"file": "1"}})
		return err
	}))
}

// connected calls with the settings, and reads the operation.
func (b *bureau) connected() error {
	b.bank.config = ""
	if _, err := b.links.CheckConnection(b.t.Context(), b.A.Do("agency_admin", "connectors.write"), b.connection); err != nil {
		return err
	}
	if b.bank.config != settings {
		return errors.New("other settings: " + b.bank.config)
	}
	list, err := b.links.List(b.t.Context(), b.A.Do("broker", "operations.read"), connectors.Which{})
	if err == nil && (len(list.Items) != 1 || string(list.Items[0].Payload()) != `{"file":"1"}`) {
		err = errors.New("another payload")
	}
	return err
}
