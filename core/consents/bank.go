package consents

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Takers are the methods whose answers come here.
func (s *Service) Takers() connectors.Takers {
	out := connectors.Takers{}
	for _, m := range []string{connectors.StartConsent, connectors.CompleteConsent, connectors.GetConsent, connectors.RevokeConsent,
		connectors.FetchAccounts, connectors.FetchBalances, connectors.FetchTransactions, connectors.Analyse} {
		out[m] = s
	}
	return out
}

func refuse(code string) *connectors.Failure {
	return &connectors.Failure{Kind: "rejected", Code: code, SideEffect: "none"}
}

// Prepare gives an operation that leaves what its row only names.
func (s *Service) Prepare(ctx context.Context, scope tenancy.Scope, o connectors.Operation, call *connectors.Call) (payload any, refused *connectors.Failure, err error) {
	var t task
	if err := json.Unmarshal(o.Payload(), &t); err != nil {
		return nil, nil, err
	}
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Consent
		if err := tx.Load(load(&rows, "where c.id = $2", tx.Now(), o.ConsentID)); err != nil {
			return err
		}
		if len(rows) == 0 {
			refused = refuse("consent_gone")
			return nil
		}
		payload, refused, err = s.prepare(tx, &rows[0], o, t, call)
		return err
	})
	return payload, refused, err
}

func (s *Service) prepare(tx *tenancy.Tx, c *Consent, o connectors.Operation, t task, call *connectors.Call) (any, *connectors.Failure, error) {
	at, method := started{c.refs, c.details.Context}, o.Method
	switch {
	case method == connectors.RevokeConsent && t.Left > 0 && t.Left <= len(c.details.Left):
		return c.details.Left[t.Left-1], nil, nil
	case method == connectors.RevokeConsent:
		return at, nil, nil
	case c.Ended, c.WithdrawnAt != nil:
		return nil, refuse("consent_ended"), nil
	case c.left(o):
		return nil, refuse("way_left"), nil
	case method == connectors.StartConsent:
		call.UserIP = c.details.IP
		return order{Institution: c.Institution, ValidUntil: c.ValidUntil.String(), ReadsPerDay: ReadsPerDay, ReturnURL: s.public + "/callbacks/" + c.details.Return, Preferred: "redirect"}, nil, nil
	case method == connectors.CompleteConsent:
		came, err := s.came(tx, t)
		call.UserIP = came.IP
		return struct {
			Started  started `json:"started"`
			Returned string  `json:"returned_query"`
		}{at, came.Query}, nil, err
	case method == connectors.GetConsent:
		return at, nil, nil
	}
	return s.prepareRead(tx, c, method, t, call)
}

// left tells whether an operation is of a way to the bank that the person is no longer on.
func (c *Consent) left(o connectors.Operation) bool {
	return (o.Method == connectors.StartConsent || o.Method == connectors.CompleteConsent) && (c.State != "requested" || c.details.Asks != o.ID)
}

// came is what the person came back with; nothing of a consent that is agreed to elsewhere.
func (s *Service) came(tx *tenancy.Tx, t task) (callbacks.Came, error) {
	if t.State == "" {
		return callbacks.Came{}, nil
	}
	var id ident.CallbackID
	if err := id.UnmarshalText([]byte(t.State)); err != nil {
		return callbacks.Came{}, err
	}
	return callbacks.Received(tx, id)
}

// Took takes what an operation came to, in the transaction that settles it.
func (s *Service) Took(tx *tenancy.Tx, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	connectors.Forget(tx, o)
	if o.Method == connectors.RevokeConsent {
		return connectors.AsSettled, nil
	}
	r, err := s.fetch(tx, o.ConsentID, true)
	if err != nil {
		return connectors.AsSettled, err
	}
	switch {
	case r.Ended, r.WithdrawnAt != nil:
		return connectors.Enough, s.tookTooLate(tx, r, a)
	case r.left(o) && r.State != "requested": // it has come to pass without it
		return connectors.Enough, nil
	case r.left(o):
		return connectors.AsSettled, nil
	case a.Failure != nil && a.Failure.Kind == "consent_expired" && r.State != "requested":
		return connectors.Enough, s.byBank(tx, r, "end_at_bank")
	case a.Failure != nil && a.Failure.Kind == "consent_expired" && o.Method != connectors.GetConsent:
		return connectors.Enough, s.late(tx, r)
	}
	switch o.Method {
	case connectors.StartConsent, connectors.CompleteConsent, connectors.GetConsent:
		return s.tookConsent(tx, r, o, a)
	}
	return s.tookRead(tx, r, o, a)
}

// tookTooLate: what the bank has begun while the consent was taken back here ends there, too.
func (s *Service) tookTooLate(tx *tenancy.Tx, r *running, a connectors.Answer) error {
	var said set
	known := len(r.refs)
	if json.Unmarshal(a.Payload, &said) != nil || r.hear(said) != nil || len(r.refs) == known {
		return nil
	}
	if err := save(tx, &r.Consent); err != nil {
		return err
	}
	_, err := s.enqueue(tx, &r.Consent, connectors.RevokeConsent, connectors.Background, task{})
	return err
}

// tookConsent takes what the bank says of a consent.
func (s *Service) tookConsent(tx *tenancy.Tx, r *running, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	if a.Verdict == connectors.Failed {
		return s.tookRefusal(tx, r, o, a)
	}
	var said set
	if len(a.Payload) > 0 {
		if err := json.Unmarshal(a.Payload, &said); err != nil {
			return connectors.AsSettled, connectors.ErrGarbage
		}
	}
	if o.Method == connectors.GetConsent && !said.of(r.refs) {
		return connectors.AsSettled, nil // of a start that was left meanwhile
	}
	last := r.ValidUntil
	if err := r.hear(said); err != nil {
		return connectors.AsSettled, err
	}
	if o.Method != connectors.GetConsent && len(said.Consents) > 0 { // the whole set: a consent that was only a step to the others is over, and left out
		r.refs = said.refs()
	}
	switch {
	case a.Verdict == connectors.NeedsUser:
		return s.needsPerson(tx, r, o, a)
	case a.Verdict == connectors.Done && r.State == "requested" && said.stand() == "late":
		return connectors.AsSettled, s.late(tx, r)
	}
	if err := save(tx, &r.Consent); err != nil {
		return connectors.AsSettled, err
	}
	if a.Verdict == connectors.Pending {
		return connectors.AsSettled, nil
	}
	switch stand := said.stand(); {
	case stand == "valid" && r.State == "requested" && o.Method == connectors.GetConsent:
		return s.noticed(tx, r, o)
	case stand == "valid" && r.State == "requested":
		return connectors.AsSettled, s.byBank(tx, r, "agree")
	case stand == "valid" && r.ValidUntil != last: // its renewal and its end come earlier
		return connectors.AsSettled, s.settle(tx, r)
	case stand == "over" && r.State == "requested":
		return connectors.AsSettled, s.byBank(tx, r, "refuse")
	case stand == "over" || stand == "late":
		return connectors.AsSettled, s.byBank(tx, r, "end_at_bank")
	case r.State == "requested" && o.Method == connectors.CompleteConsent:
		return connectors.AskAgain, nil
	}
	return connectors.AsSettled, nil
}

// backWithin is how long a person whom the bank says has agreed is waited for.
const backWithin = time.Minute

// noticed: the bank has told that the person agreed. Who comes back goes on by themselves, maybe to one more consent of a set; for who does not,
// it is gone on here.
func (s *Service) noticed(tx *tenancy.Tx, r *running, o connectors.Operation) (connectors.Then, error) {
	switch {
	case r.details.Step == "wait" || r.details.Step == "decoupled": // that is being asked already
		return connectors.AsSettled, nil
	case tx.Now().Sub(o.CreatedAt) < backWithin:
		return connectors.AskAgain, nil
	}
	asks, err := s.enqueue(tx, &r.Consent, connectors.CompleteConsent, connectors.Background, task{})
	if err != nil {
		return connectors.AsSettled, err
	}
	r.details.Way = callbacks.Returns(tx.Now(), asks)
	return connectors.AsSettled, s.keep(tx, r)
}

// late: nobody has said no, but the bank waits no longer. The person may begin again.
func (s *Service) late(tx *tenancy.Tx, r *running) error {
	r.details.Way = callbacks.Way{}
	return s.keep(tx, r)
}

// tookRefusal: what the bank refuses will not be agreed to; after whatever else has failed the person may begin again.
func (s *Service) tookRefusal(tx *tenancy.Tx, r *running, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	up, err := connectors.Given(tx, o)
	if err != nil || !up || r.State != "requested" {
		return connectors.AsSettled, err
	}
	if a.Failure.Kind != "rejected" && a.Failure.Kind != "invalid_request" {
		if o.Method == connectors.GetConsent { // a look: the person's way is another operation's
			return connectors.AsSettled, nil
		}
		r.details.Way = r.details.Failed()
		return connectors.AsSettled, s.keep(tx, r)
	}
	r.details.Reason = a.Failure.Code
	if err := save(tx, &r.Consent); err != nil {
		return connectors.AsSettled, err
	}
	return connectors.AsSettled, s.byBank(tx, r, "refuse")
}

// needsPerson keeps where the person agrees. Where the bank asks them by itself, it is asked whether they have.
func (s *Service) needsPerson(tx *tenancy.Tx, r *running, o connectors.Operation, a connectors.Answer) (connectors.Then, error) {
	way, err := r.details.Led(a.UserAction, tx.Now())
	if err != nil {
		return connectors.AsSettled, connectors.ErrGarbage
	}
	if o.Method == connectors.CompleteConsent && way.URL != "" { // one more of a set: the bank was told where its page leads back to when the first was asked for
		callbacks.Reopen(tx, r.details.Return)
	}
	if way.URL == "" && o.Method == connectors.StartConsent {
		if way.Asks, err = s.enqueue(tx, &r.Consent, connectors.CompleteConsent, connectors.Background, task{}); err != nil {
			return connectors.AsSettled, err
		}
	}
	r.details.Way = way
	if err := save(tx, &r.Consent); err != nil {
		return connectors.AsSettled, err
	}
	if err := s.settle(tx, r); err != nil { // whoever looks sees the link
		return connectors.AsSettled, err
	}
	if way.URL == "" && o.Method == connectors.CompleteConsent {
		return connectors.AskAgain, nil
	}
	return connectors.Enough, nil
}

// hear takes over what the bank calls the consents, and what it lets them last.
func (r *running) hear(said set) error {
	if len(said.Context) > 0 {
		r.details.Context = said.Context
	}
	for _, c := range said.Consents {
		if c.ExternalRef != "" && !slices.Contains(r.refs, c.ExternalRef) {
			r.refs = append(r.refs, c.ExternalRef)
		}
		for _, iban := range c.IBANs {
			if !slices.Contains(r.details.IBANs, iban) {
				r.details.IBANs = append(r.details.IBANs, iban)
			}
		}
		if c.ValidUntil == "" {
			continue
		}
		until, err := calendar.Parse(c.ValidUntil)
		if err != nil {
			return connectors.ErrGarbage
		}
		if until.Before(r.ValidUntil) {
			r.ValidUntil = until
		}
	}
	return nil
}

// refs are what the bank calls a set's consents.
func (s set) refs() []string {
	out := []string{}
	for _, c := range s.Consents {
		if c.ExternalRef != "" && !slices.Contains(out, c.ExternalRef) {
			out = append(out, c.ExternalRef)
		}
	}
	return out
}

// of reports whether a set is of consents that go by these names.
func (s set) of(refs []string) bool {
	return !slices.ContainsFunc(s.Consents, func(c consent) bool { return !slices.Contains(refs, c.ExternalRef) })
}

// stand is how all of a set stand together: valid when all are, over when one is. late: over, but nobody has said no; before the
// person has agreed that is a page they let expire, and they may begin again.
func (s set) stand() string {
	all, late := len(s.Consents) > 0, false
	for _, c := range s.Consents {
		switch c.Status {
		case "revoked", "rejected":
			return "over"
		}
		all, late = all && c.Status == "valid", late || c.Status == "expired"
	}
	if late {
		return "late"
	}
	if all {
		return "valid"
	}
	return "requested"
}
