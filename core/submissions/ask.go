package submissions

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Lenders are asked while somebody waits. core/connectors implements it.
type Lenders interface {
	Ask(ctx context.Context, scope tenancy.Scope, connection ident.ConnectionID, method string, payload, out any) error
}

// Reach names who asks lenders.
func (s *Service) Reach(l Lenders) { s.lenders = l }

// PreCheck is what a lender says of a file before it is sent. It binds nobody. Amount in cents, rate in basis points; zero is not said.
type PreCheck struct {
	Feasible          bool       `json:"feasible"`
	ReasonCodes       []string   `json:"reason_codes"`
	AmountMaxCents    int64      `json:"amount_max_cents" doc:"Up to how much would be feasible"`
	IndicativeRateBPS int        `json:"indicative_rate_bps"`
	ValidUntil        *time.Time `json:"valid_until"`
	Note              string     `json:"note"`
}

// PreCheck asks a lender what it would say of a file as it stands. Nothing is handed in; what the lender is sent is what a submission would send.
func (s *Service) PreCheck(ctx context.Context, scope tenancy.Scope, app ident.ApplicationID, lender ident.LenderID) (PreCheck, error) {
	var body Payload
	f := &file{}
	err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) (err error) {
		if f.app, err = s.files.Fetch(tx, app, false); err != nil {
			return err
		}
		found := false
		if err := tx.Load(tenancy.Value(&found, "select true from lenders where id = $1", lender), tenancy.Scan("select id from connections where lender_id = $1 order by id limit 1", []any{lender}, func(rows pgx.Rows) error {
			return rows.Scan(&f.connection)
		})); err != nil {
			return err
		}
		switch {
		case !found:
			return fault.Missing("lender")
		case f.connection.IsZero():
			return errUnconnected
		}
		body, err = s.payload(tx, f)
		return err
	})
	if err != nil {
		return PreCheck{}, err
	}
	var said struct {
		PreCheck
		AmountMaxCents int64 `json:"amount_max_cents,string"`
	}
	if err := s.lenders.Ask(ctx, scope, f.connection, connectors.PreCheck, body, &said); err != nil {
		return PreCheck{}, err
	}
	said.PreCheck.AmountMaxCents, said.ReasonCodes = said.AmountMaxCents, append([]string{}, said.ReasonCodes...)
	return said.PreCheck, nil
}

var errUnconnected = fault.New(fault.Conflict, "lender.unconnected", "This lender is not connected. An agency admin connects it under Settings, Connectors.")

// Message is what a lender or a broker has written about a submission.
type Message struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	From string    `json:"from" enum:"lender,broker"`
	Text string    `json:"text"`
}

// Messages reads them at the lender: they are the lender's, and not kept here.
func (s *Service) Messages(ctx context.Context, scope tenancy.Scope, id ident.SubmissionID) ([]Message, error) {
	var reference string
	var connection ident.ConnectionID
	found := false
	err := s.db.Load(ctx, scope, tenancy.Scan(`select coalesce(s.lender_reference, ''), (select c.id from connections c where c.lender_id = s.lender_id order by c.id limit 1) from submissions s where s.id = $1`, []any{id}, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(&reference, &connection)
	}))
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, errMissing
	case connection.IsZero():
		return nil, errUnconnected
	case reference == "":
		return []Message{}, nil
	}
	var said struct {
		Messages []Message `json:"messages"`
	}
	err = s.lenders.Ask(ctx, scope, connection, connectors.Messages, map[string]string{"reference": reference}, &said)
	return append([]Message{}, said.Messages...), err
}
