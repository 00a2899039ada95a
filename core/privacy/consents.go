package privacy

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/webhooks"
)

// ConsentText is what people are asked to agree to. Version 0 is the platform's, which becomes the agency's version 1 when it is first used.
type ConsentText struct {
	Purpose   string     `json:"purpose"`
	Version   int        `json:"version"`
	Text      Text       `json:"text"`
	CreatedBy string     `json:"created_by"`
	CreatedAt *time.Time `json:"created_at"`
}

// ConsentTextInput is a new version of a text.
type ConsentTextInput struct {
	Purpose string `json:"purpose" maxLength:"40"`
	IT      string `json:"it" minLength:"20" maxLength:"4000"`
	EN      string `json:"en" minLength:"20" maxLength:"4000"`
}

// Consent is a line of the ledger.
type Consent struct {
	ID          ident.ConsentID   `json:"id"`
	Purpose     string            `json:"purpose"`
	TextVersion int               `json:"text_version"`
	State       string            `json:"state" enum:"given,withdrawn"`
	Channel     string            `json:"channel" enum:"paper,in_person,phone,email,portal"`
	Document    *ident.DocumentID `json:"document_id" doc:"The evidence"`
	Actor       string            `json:"actor_id"`
	At          time.Time         `json:"at"`
}

// Standing is where a purpose's consent stands: none where nothing was ever said.
type Standing struct {
	Purpose string `json:"purpose"`
	Title   Text   `json:"title"`
	Text    Text   `json:"text" doc:"What is asked now"`
	Version int    `json:"version" doc:"Of that text"`
	State   string `json:"state" enum:"none,given,withdrawn"`

	Consequence Text       `json:"consequence" doc:"What withdrawing brings about"`
	OptIn       bool       `json:"opt_in" doc:"Nothing is done before it is given"`
	Agreed      int        `json:"agreed_version" doc:"Of the text that was last given or withdrawn; 0 where nothing was ever said"`
	Since       *time.Time `json:"since"`
}

// Consents are a person's: where each purpose stands, and how it came to.
type Consents struct {
	Purposes []Standing `json:"purposes"`
	Ledger   []Consent  `json:"ledger"`
}

// ConsentInput says what a person has agreed to or withdrawn.
type ConsentInput struct {
	Purpose  string           `json:"purpose" maxLength:"40"`
	State    string           `json:"state" enum:"given,withdrawn"`
	Channel  string           `json:"channel" enum:"paper,in_person,phone,email"`
	Document ident.DocumentID `json:"document_id,omitzero" required:"false" doc:"The signed paper, where there is one"`
}

// ConsentTextFilter asks for a purpose's versions instead of the texts in force.
type ConsentTextFilter struct {
	Purpose string `query:"purpose" maxLength:"40" doc:"Every version of this purpose's text that was in force, the newest first, at most 200"`
}

// ConsentVersions lists the versions of a purpose's text, the newest first.
func (s *Service) ConsentVersions(ctx context.Context, scope tenancy.Scope, purpose string) (out []ConsentText, err error) {
	if err := known(purpose); err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		return tx.Load(scanTexts(func(t ConsentText) { out = append(out, t) }, `where purpose = $1 order by version desc limit 200`, purpose).From(func() { out = []ConsentText{} }))
	})
	if err == nil && len(out) == 0 {
		out = append(out, builtIn(purpose))
	}
	return out, err
}

// builtIn is the platform's own text of a purpose.
func builtIn(purpose string) ConsentText {
	return ConsentText{Purpose: purpose, Text: platform.Purposes[purpose].Text, CreatedBy: "system"}
}

func scanTexts(take func(ConsentText), where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select purpose, version, body, created_by, created_at from consent_texts `+where, args, func(rows pgx.Rows) error {
		var t ConsentText
		var body []byte
		if err := rows.Scan(&t.Purpose, &t.Version, &body, &t.CreatedBy, &t.CreatedAt); err != nil {
			return err
		}
		err := json.Unmarshal(body, &t.Text)
		take(t)
		return err
	})
}

// ConsentTexts lists the texts in force.
func (s *Service) ConsentTexts(ctx context.Context, scope tenancy.Scope) (out []ConsentText, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		texts, err := loadTexts(tx)
		out = []ConsentText{}
		for _, key := range platform.consents() {
			out = append(out, texts[key])
		}
		return err
	})
	return out, err
}

// loadTexts reads the newest text of every purpose.
func loadTexts(tx *tenancy.Tx) (map[string]ConsentText, error) {
	texts := map[string]ConsentText{}
	for _, key := range platform.consents() {
		texts[key] = builtIn(key)
	}
	err := tx.Load(scanTexts(func(t ConsentText) { texts[t.Purpose] = t }, `t where version = (select max(n.version) from consent_texts n where n.purpose = t.purpose)`))
	return texts, err
}

func known(purpose string) error {
	if slices.Contains(platform.consents(), purpose) {
		return nil
	}
	return fault.Input("consent.purpose", "/purpose", "Nobody is asked to agree to this purpose. GET /api/v1/consent-texts lists those that need consent.")
}

// WriteConsentText puts a new version of a text in force; what was agreed to under the older ones stands.
func (s *Service) WriteConsentText(ctx context.Context, scope tenancy.Scope, in ConsentTextInput) (out ConsentText, err error) {
	if err := known(in.Purpose); err != nil {
		return out, err
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		texts, err := loadTexts(tx)
		if err != nil {
			return err
		}
		if out, err = putText(tx, in.Purpose, max(1, texts[in.Purpose].Version)+1, Text{EN: in.EN, IT: in.IT}); err != nil {
			return err
		}
		audit.Record(tx, "consent_text.written", scope.Tenant(), map[string]string{"purpose": in.Purpose})
		return tx.Answer(out)
	})
	if tenancy.Violates(err, "consent_texts_pkey") {
		err = fault.Wrap(err, fault.Conflict, "consent_text.raced", "Somebody else has written this text at the same moment. Read it, and send yours again if you still want to.")
	}
	return out, err
}

func putText(tx *tenancy.Tx, purpose string, version int, text Text) (ConsentText, error) {
	now := tx.Now()
	out := ConsentText{Purpose: purpose, Version: version, Text: text, CreatedBy: tx.Scope().Actor().ID(), CreatedAt: &now}
	body, err := json.Marshal(text)
	tx.Exec(`insert into consent_texts (tenant_id, purpose, version, body, created_by, created_at) values ($1, $2, $3, $4, $5, $6)`, tx.Scope().Tenant(), purpose, version, body, out.CreatedBy, now)
	return out, err
}

// Consents shows a person's consents.
func (s *Service) Consents(ctx context.Context, scope tenancy.Scope, id ident.SubjectID) (out Consents, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = consents(tx, id)
		return err
	})
	return out, err
}

func consents(tx *tenancy.Tx, id ident.SubjectID) (Consents, error) {
	out := Consents{Purposes: []Standing{}, Ledger: []Consent{}}
	found := false
	err := tx.Load(tenancy.Value(&found, `select true from subjects where id = $1`, id), tenancy.Scan(`select id, purpose, text_version, state, channel, document_id, actor_id, at from consents_given
		where subject_id = $1 order by id desc limit 1000`, []any{id}, func(rows pgx.Rows) error {
		var c Consent
		err := rows.Scan(&c.ID, &c.Purpose, &c.TextVersion, &c.State, &c.Channel, &c.Document, &c.Actor, &c.At)
		out.Ledger = append(out.Ledger, c)
		return err
	}).From(func() { out.Ledger = []Consent{} }))
	if err == nil && !found {
		err = fault.Missing("subject")
	}
	if err != nil {
		return out, err
	}
	texts, err := loadTexts(tx)
	for _, key := range platform.consents() {
		p := platform.Purposes[key]
		st := Standing{Purpose: key, Title: p.Title, Text: texts[key].Text, Version: texts[key].Version, State: "none", Consequence: p.Consequence, OptIn: p.OptIn}
		if i := slices.IndexFunc(out.Ledger, func(c Consent) bool { return c.Purpose == key }); i >= 0 {
			st.State, st.Agreed, st.Since = out.Ledger[i].State, out.Ledger[i].TextVersion, &out.Ledger[i].At
		}
		out.Purposes = append(out.Purposes, st)
	}
	return out, err
}

// Consent writes down what a person has agreed to or withdrawn. What only a withdrawn consent allowed to be kept goes in the same transaction.
func (s *Service) Consent(ctx context.Context, scope tenancy.Scope, id ident.SubjectID, in ConsentInput) (out Consents, err error) {
	if err := known(in.Purpose); err != nil {
		return out, err
	}
	err = s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if !in.Document.IsZero() {
			found := false
			if err := tx.Load(tenancy.Value(&found, `select true from documents d where d.id = $1 and d.blob_key is not null
				and (d.subject_id = $2 or d.application_id in (select p.application_id from application_parties p where p.subject_id = $2))`, in.Document, id)); err != nil {
				return err
			}
			if !found {
				return fault.Input("consent.evidence", "/document_id", "The evidence is an uploaded document of this person, or of one of their files.")
			}
		}
		if err := s.say(tx, id, in.Purpose, in.State, in.Channel, in.Document); err != nil {
			return err
		}
		if out, err = consents(tx, id); err != nil {
			return err
		}
		return tx.Answer(out)
	})
	return out, err
}

// say adds a line to the ledger and lets it have its effect.
func (s *Service) say(tx *tenancy.Tx, id ident.SubjectID, purpose, state, channel string, document ident.DocumentID) error {
	before, err := consents(tx, id)
	if err != nil {
		return err
	}
	now := before.Purposes[slices.IndexFunc(before.Purposes, func(p Standing) bool { return p.Purpose == purpose })]
	if now.State == state && state == "withdrawn" || now.State == "none" && state == "withdrawn" && platform.Purposes[purpose].OptIn {
		return fault.New(fault.Conflict, "consent.unchanged", "This consent is not in force, so there is nothing to withdraw.")
	}
	if now.Version == 0 { // what was agreed to must be there to be read, whatever later versions of the platform say
		now.Version = 1
		if _, err := putText(tx, purpose, 1, now.Text); err != nil {
			return err
		}
	}
	consent := ident.NewConsent()
	tx.Exec(`insert into consents_given (tenant_id, id, subject_id, purpose, text_version, state, channel, document_id, portal_id, actor_id, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		tx.Scope().Tenant(), consent, id, purpose, now.Version, state, channel, document, tx.Scope().Actor().Portal(), tx.Scope().Actor().ID(), tx.Now())
	audit.Record(tx, "consent."+state, id, map[string]string{"purpose": purpose, "channel": channel})
	if err := webhooks.Emit(tx, webhooks.Consent{SubjectID: id, Purpose: purpose, State: state}); err != nil {
		return err
	}
	if state == "given" {
		return nil
	}
	return s.withdrawn(tx, id)
}

// withdrawn erases what there is of a person that is kept for nothing but consents, and those are withdrawn: also while a file is under way.
func (s *Service) withdrawn(tx *tenancy.Tx, id ident.SubjectID) error {
	var rows []person
	if err := tx.Load(loadPeople(&rows, tx.Now(), "s.id = $2", id)); err != nil || len(rows) == 0 {
		return err
	}
	var gone []Datum
	for _, d := range platform.Data {
		asked := !slices.ContainsFunc(d.Purposes, func(p string) bool { return !platform.Purposes[p].Consent || rows[0].Consents[p] != "withdrawn" })
		if asked && slices.Contains(rows[0].has, d.Key) {
			gone = append(gone, d)
		}
	}
	eraseData(tx, id, gone)
	return nil
}

// Allowed reports whether a person has agreed to a purpose and has not taken it back: whoever writes to them for it asks here.
func Allowed(tx *tenancy.Tx, id ident.SubjectID, purpose string) (bool, error) {
	state := ""
	err := tx.Load(tenancy.Value(&state, `select state from consents_given where subject_id = $1 and purpose = $2 order by id desc limit 1`, id, purpose))
	return state == "given", err
}
