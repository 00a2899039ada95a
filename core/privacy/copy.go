package privacy

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Schema names the form of a copy; a change that a reader could stumble over raises its number.
const Schema = "pratica.subject-export/1"

// Copy is all that an agency has of a person (GDPR Art. 15 and 20). Amounts in cents, rates in basis points, instants in UTC.
type Copy struct {
	Schema     string           `json:"schema"`
	Agency     string           `json:"agency"`
	IssuedAt   time.Time        `json:"issued_at"`
	Subject    subjects.Subject `json:"subject"`
	Processing []Processing     `json:"processing" doc:"What is kept, for what, on which basis, how long, and who is given it"`
	Files      []FileCopy       `json:"files"`
	Papers     []PaperCopy      `json:"papers"`
	Sealed     []RowCopy        `json:"sealed" doc:"What banks, bureaus and digital identities said, and what was drawn from it"`
	Consents   []Consent        `json:"consents"`
	Requests   []Request        `json:"requests"`
	Exports    []Export         `json:"exports"`
	Erasure    *Erasure         `json:"erasure"`
	Portal     []PortalUse      `json:"portal"`
	Access     []Access         `json:"access" doc:"Who of the agency, by role, read or changed the data, the newest first"`
	LeftOut    []Text           `json:"left_out"`
}

// Processing is a group of data with its purposes.
type Processing struct {
	Datum      string `json:"datum"`
	Title      Text   `json:"title"`
	Purpose    Text   `json:"purpose"`
	Basis      Text   `json:"basis"`
	Kept       Text   `json:"kept"`
	Recipients Text   `json:"recipients"`
}

// FileCopy is a file the person takes part in. What is free text or a recorded fact of the whole file is there where nobody else is in it.
type FileCopy struct {
	ID             ident.ApplicationID `json:"id"`
	Number         string              `json:"number"`
	Title          string              `json:"title"`
	Role           string              `json:"role"`
	ShareBPS       int                 `json:"share_bps"`
	Alone          bool                `json:"alone" doc:"Nobody else takes part in the file"`
	Purpose        string              `json:"purpose"`
	ProductKind    string              `json:"product_kind"`
	AmountCents    int64               `json:"amount_cents"`
	TermMonths     int                 `json:"term_months"`
	NominalRateBPS int                 `json:"nominal_rate_bps"`
	FeeCents       *int64              `json:"fee_cents"`
	LTVBPS         *int                `json:"ltv_bps"`
	DTIBPS         *int                `json:"dti_bps"`
	State          string              `json:"state"`
	CreatedAt      time.Time           `json:"created_at"`
	EndedAt        *time.Time          `json:"ended_at"`
	Facts          map[string]any      `json:"facts"`
	History        []StepCopy          `json:"history"`
	Notes          []NoteCopy          `json:"notes"`
	Tasks          []TaskCopy          `json:"tasks"`
	Properties     []PropertyCopy      `json:"properties"`
	Submissions    []SubmissionCopy    `json:"submissions"`
}

// StepCopy is something that happened to a file.
type StepCopy struct {
	At      time.Time      `json:"at"`
	Event   string         `json:"event"`
	From    []string       `json:"from"`
	To      []string       `json:"to"`
	Reason  string         `json:"reason,omitempty"`
	Payload map[string]any `json:"payload,omitempty"`
}

// NoteCopy is what was written about a file.
type NoteCopy struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// TaskCopy is what somebody had to do about a file.
type TaskCopy struct {
	At    time.Time `json:"at"`
	Title Text      `json:"title"`
	State string    `json:"state"`
}

// PropertyCopy is a property of a file.
type PropertyCopy struct {
	ID         ident.PropertyID `json:"id"`
	Purpose    string           `json:"purpose"`
	Address    string           `json:"address"`
	Cadastral  json.RawMessage  `json:"cadastral"`
	PriceCents *int64           `json:"price_cents"`
	Appraisals json.RawMessage  `json:"appraisals"`
}

// SubmissionCopy is what a lender was given, and what it asked for.
type SubmissionCopy struct {
	ID          ident.SubmissionID `json:"id"`
	Lender      string             `json:"lender"`
	AmountCents int64              `json:"amount_cents"`
	Reference   string             `json:"lender_reference"`
	State       string             `json:"state"`
	At          time.Time          `json:"at"`
	Asked       []string           `json:"asked" doc:"What the lender asked for: kinds, and its words where nobody else is in the file"`
	Sent        []string           `json:"sent" doc:"What was done with the lender's system, and when"`
}

// PaperCopy is a document of the person; its content is in the copy that is an archive.
type PaperCopy struct {
	ID        ident.DocumentID `json:"id"`
	Kind      string           `json:"kind"`
	FileName  string           `json:"file_name"`
	MediaType string           `json:"media_type"`
	SizeBytes int64            `json:"size_bytes"`
	SHA256    string           `json:"sha256"`
	State     string           `json:"state"`
	IssuedOn  *time.Time       `json:"issued_on"`
	ExpiresOn *time.Time       `json:"expires_on"`
	Rejected  string           `json:"reject_reason,omitempty"`
	File      string           `json:"file,omitempty" doc:"Number of the file it belongs to, where it is the file's"`
	At        time.Time        `json:"created_at"`
	Content   string           `json:"content,omitempty" doc:"Its name in the archive; none where nothing was uploaded"`
}

// PortalUse is an access to the portal.
type PortalUse struct {
	InvitedAt time.Time  `json:"invited_at"`
	OpenedAt  *time.Time `json:"opened_at"`
	EndedAt   *time.Time `json:"ended_at"`
}

// covered says of every table that refers to people where a copy has it, or (after a dash) why it has not. A catalogue test refuses a table that is not here.
// One of them no copy names: that it holds something is secret by law (D.Lgs. 231/2007 Art. 39; D.Lgs. 196/2003 Art. 2-undecies).
var covered = map[string]string{
	"subjects": "subject", "application_parties": "files", "applications": "files", "application_properties": "files.properties", "properties": "files.properties",
	"instances": "files.facts", "fact_changes": "files.facts", "history": "files.history", "notes": "files.notes", "tasks": "files.tasks",
	"submissions": "files.submissions", "submission_requests": "files.submissions.asked", "operations": "files.submissions.sent", "documents": "papers",
	"consents_given": "consents", "privacy_requests": "requests", "subject_exports": "exports", "erasures": "erasure", "portal_accesses": "portal", "audit_entries": "access",
	"bank_consents": "sealed", "bank_reads": "sealed", "bank_pages": "sealed", "cash_flows": "sealed", "callback_states": "sealed", "credit_reports": "sealed", "verifications": "sealed",
	"bank_consent_refs": "- banks' names of consents, to find them by",
	"timers":            "- deadlines that follow from the history",
	"stays":             "- times that follow from the history",
	"taken_events":      "- numbers of a lender's messages",
	"document_links":    "- links that members of the agency opened; openings stand under access",
	"suspicion_reports": "- secret by law",
	"members":           "- the agency's own people",
	"member_offers":     "- people who may become the agency's own",
}

// leftOut is said in every copy.
var leftOut = []Text{
	{EN: "Other people who take part in the same files, and what is about them. In a file with others, notes, tasks, reasons, recorded facts and the lenders' words are free text or sums about all of them: compliance gives them out after reading them.",
		IT: "Gli altri partecipanti alle stesse pratiche e ciò che li riguarda. Nelle pratiche con altre persone, note, attività, motivazioni, dati registrati e parole delle banche riguardano tutti: la compliance li consegna dopo averli letti."},
	{EN: "The contents of documents, which are listed with their size and digest: the agency opens them for you. What was sent to lenders repeats what stands here.",
		IT: "Il contenuto dei documenti, elencati con dimensione e impronta: l'agenzia li apre per te. Ciò che è stato inviato alle banche ripete quanto è scritto qui."},
	{EN: "Names of the agency's own people: roles stand in their place.", IT: "I nomi dei collaboratori dell'agenzia: al loro posto ci sono i ruoli."},
}

// copyOf gathers all there is of a person.
func copyOf(tx *tenancy.Tx, id ident.SubjectID) (Copy, error) {
	c := Copy{Schema: Schema, IssuedAt: tx.Now(), Processing: []Processing{}, Files: []FileCopy{}, Papers: []PaperCopy{}, Portal: []PortalUse{}, LeftOut: leftOut}
	r, err := ours(tx)
	if err != nil {
		return c, err
	}
	if c.Subject, err = subjects.Whole(tx, id); err != nil {
		return c, err
	}
	for _, d := range r.all() {
		for _, key := range d.Purposes {
			p := r.Purposes[key]
			c.Processing = append(c.Processing, Processing{d.Key, d.Title, p.Title, p.Basis, Text{EN: p.keeps("en"), IT: p.keeps("it")}, p.Recipients})
		}
	}
	if err := tx.Load(tenancy.Value(&c.Agency, `select name from agencies`), loadFileCopies(&c.Files, id), loadPapers(&c.Papers, id), loadOwnRequests(&c.Requests, id), loadExports(&c.Exports, "subject_id = $1", id),
		tenancy.Scan(`select created_at, opened_at, ended_at from portal_accesses where subject_id = $1 order by id`, []any{id}, func(rows pgx.Rows) error {
			var u PortalUse
			err := rows.Scan(&u.InvitedAt, &u.OpenedAt, &u.EndedAt)
			c.Portal = append(c.Portal, u)
			return err
		})); err != nil {
		return c, err
	}
	for i := range c.Files {
		if err := c.Files[i].fill(tx); err != nil {
			return c, err
		}
	}
	said, err := consents(tx, id)
	if err != nil {
		return c, err
	}
	c.Consents = said.Ledger
	if c.Sealed = []RowCopy{}; !c.Subject.Erased() {
		if c.Sealed, err = rowsOf(tx, r, id); err != nil {
			return c, err
		}
	}
	if c.Access, err = accesses(tx, id, nil, 5000); err != nil {
		return c, err
	}
	e, err := erasureRow(tx, id)
	if err == nil && e.State != "none" {
		c.Erasure = &e
	}
	return c, err
}

func loadFileCopies(dst *[]FileCopy, id ident.SubjectID) tenancy.Load {
	return tenancy.Scan(`select a.id, a.number, a.title, p.role_type, p.share_bps, not exists (select from application_parties o where o.application_id = a.id and o.subject_id <> $1),
			a.purpose, a.product_kind, a.amount_cents, a.term_months, a.nominal_rate_bps, a.fee_cents, a.ltv_bps, a.dti_bps, i.state, a.created_at, case when i.outcome is not null then i.entered_at end
		from application_parties p join applications a on a.id = p.application_id join instances i on i.id = a.id where p.subject_id = $1 order by a.id, p.id`, []any{id}, func(rows pgx.Rows) error {
		var f FileCopy
		err := rows.Scan(&f.ID, &f.Number, &f.Title, &f.Role, &f.ShareBPS, &f.Alone, &f.Purpose, &f.ProductKind, &f.AmountCents, &f.TermMonths, &f.NominalRateBPS, &f.FeeCents, &f.LTVBPS, &f.DTIBPS,
			&f.State, &f.CreatedAt, &f.EndedAt)
		if !f.Alone {
			f.Title, f.LTVBPS, f.DTIBPS = "", nil, nil // another's name, another's income
		}
		*dst = append(*dst, f)
		return err
	}).From(func() { *dst = []FileCopy{} })
}

// fill reads what follows a file.
func (f *FileCopy) fill(tx *tenancy.Tx) error {
	var entries []workflow.Entry
	var changes []workflow.FactChange
	f.Facts, f.History, f.Notes, f.Tasks, f.Properties, f.Submissions = map[string]any{}, []StepCopy{}, []NoteCopy{}, []TaskCopy{}, []PropertyCopy{}, []SubmissionCopy{}
	err := tx.Load(instances.LoadHistory(&entries, ident.Instance(f.ID), 0, 10_000),
		tenancy.Scan(`select l.property_id, l.purpose, p.address_line, p.cadastral, p.price_cents, p.appraisals from application_properties l join properties p on p.id = l.property_id
			where l.application_id = $1 order by l.id`, []any{f.ID}, func(rows pgx.Rows) error {
			var p PropertyCopy
			err := rows.Scan(&p.ID, &p.Purpose, &p.Address, &p.Cadastral, &p.PriceCents, &p.Appraisals)
			f.Properties = append(f.Properties, p)
			return err
		}),
		tenancy.Scan(`select x.id, l.name, x.amount_cents, coalesce(x.lender_reference, ''), i.state, x.created_at,
				array(select q.kind || case when $2 and q.text <> '' then ': ' || q.text else '' end from submission_requests q where q.submission_id = x.id order by q.id),
				array(select o.method || ' ' || o.state || ' ' || to_char(o.created_at at time zone 'UTC', 'YYYY-MM-DD') from operations o where o.submission_id = x.id order by o.id)
			from submissions x join lenders l on l.id = x.lender_id join instances i on i.id = x.id where x.application_id = $1 order by x.id`, []any{f.ID, f.Alone}, func(rows pgx.Rows) error {
			var s SubmissionCopy
			err := rows.Scan(&s.ID, &s.Lender, &s.AmountCents, &s.Reference, &s.State, &s.At, &s.Asked, &s.Sent)
			f.Submissions = append(f.Submissions, s)
			return err
		}))
	if err != nil {
		return err
	}
	for _, e := range entries {
		step := StepCopy{At: e.At, Event: e.Event, From: e.From, To: e.To}
		if f.Alone {
			step.Reason, step.Payload = e.Reason, e.Payload
		}
		f.History = append(f.History, step)
	}
	if !f.Alone {
		return nil
	}
	err = tx.Load(instances.LoadChanges(&changes, ident.Instance(f.ID)),
		tenancy.Scan(`select created_at, text from notes where application_id = $1 order by id`, []any{f.ID}, func(rows pgx.Rows) error {
			var n NoteCopy
			err := rows.Scan(&n.At, &n.Text)
			f.Notes = append(f.Notes, n)
			return err
		}),
		tenancy.Scan(`select created_at, title, state from tasks where application_id = $1 order by id`, []any{f.ID}, func(rows pgx.Rows) error {
			var t TaskCopy
			var title []byte
			if err := rows.Scan(&t.At, &title, &t.State); err != nil {
				return err
			}
			err := json.Unmarshal(title, &t.Title)
			f.Tasks = append(f.Tasks, t)
			return err
		}))
	for _, c := range changes {
		f.Facts[c.Name] = c.Value
	}
	return err
}

func loadPapers(dst *[]PaperCopy, id ident.SubjectID) tenancy.Load {
	return tenancy.Scan(`select d.id, d.kind, d.file_name, d.media_type, d.size_bytes, coalesce(encode(d.sha256, 'hex'), ''), d.state, d.issued_on, d.expires_on, d.reject_reason, coalesce(a.number, ''), d.created_at
		from documents d left join applications a on a.id = d.application_id
		where d.subject_id = $1 or d.application_id in (select p.application_id from application_parties p where p.subject_id = $1
			and not exists (select from application_parties o where o.application_id = p.application_id and o.subject_id <> $1)) order by d.id`, []any{id}, func(rows pgx.Rows) error {
		var p PaperCopy
		err := rows.Scan(&p.ID, &p.Kind, &p.FileName, &p.MediaType, &p.SizeBytes, &p.SHA256, &p.State, &p.IssuedOn, &p.ExpiresOn, &p.Rejected, &p.File, &p.At)
		if p.SHA256 != "" {
			p.Content = fmt.Sprintf("documents/%03d %s", len(*dst)+1, p.FileName)
		}
		*dst = append(*dst, p)
		return err
	}).From(func() { *dst = []PaperCopy{} })
}

// JSON is the copy as it is handed out.
func (c Copy) JSON() ([]byte, error) {
	raw, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode copy: %w", err)
	}
	return raw, nil
}
