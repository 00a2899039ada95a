package ident

// The nouns, with the prefixes of the public interface.
type (
	network     struct{}
	agency      struct{}
	user        struct{}
	member      struct{}
	session     struct{}
	apiKey      struct{}
	subject     struct{}
	property    struct{}
	lender      struct{}
	product     struct{}
	agreement   struct{}
	application struct{}
	party       struct{}
	collateral  struct{}
	document    struct{}
	submission  struct{}
	request     struct{}
	workflow    struct{}
	operation   struct{}
	connection  struct{}
	task        struct{}
	note        struct{}
	event       struct{}
	instance    struct{}
	job         struct{}
	support     struct{}
	suspicion   struct{}
	passkey     struct{}
	provider    struct{}
	accessToken struct{}
	scimToken   struct{}
	consent     struct{}
	export      struct{}
	erasure     struct{}
	privacy     struct{}
	portal      struct{}
	bankConsent struct{}
	webhook     struct{}
)

func (network) Prefix() string     { return "net" }
func (agency) Prefix() string      { return "agn" }
func (user) Prefix() string        { return "usr" }
func (member) Prefix() string      { return "mbr" }
func (session) Prefix() string     { return "ses" }
func (apiKey) Prefix() string      { return "key" }
func (subject) Prefix() string     { return "sub" }
func (property) Prefix() string    { return "prp" }
func (lender) Prefix() string      { return "len" }
func (product) Prefix() string     { return "prd" }
func (agreement) Prefix() string   { return "agr" }
func (application) Prefix() string { return "app" }
func (party) Prefix() string       { return "pty" }
func (collateral) Prefix() string  { return "col" }
func (document) Prefix() string    { return "doc" }
func (submission) Prefix() string  { return "sbm" }
func (request) Prefix() string     { return "req" }
func (workflow) Prefix() string    { return "wft" }
func (operation) Prefix() string   { return "opr" }
func (connection) Prefix() string  { return "cnx" }
func (task) Prefix() string        { return "tsk" }
func (note) Prefix() string        { return "nte" }
func (event) Prefix() string       { return "evt" }
func (instance) Prefix() string    { return "ins" }
func (job) Prefix() string         { return "job" }
func (support) Prefix() string     { return "sup" }
func (suspicion) Prefix() string   { return "sus" }
func (passkey) Prefix() string     { return "psk" }
func (provider) Prefix() string    { return "idp" }
func (accessToken) Prefix() string { return "act" }
func (scimToken) Prefix() string   { return "sct" }
func (consent) Prefix() string     { return "cgv" }
func (export) Prefix() string      { return "exp" }
func (erasure) Prefix() string     { return "ers" }
func (privacy) Prefix() string     { return "prq" }
func (portal) Prefix() string      { return "ptl" }
func (bankConsent) Prefix() string { return "cns" }
func (webhook) Prefix() string     { return "whk" }

// One id type a noun.
type (
	NetworkID     = ID[network]
	AgencyID      = ID[agency]
	UserID        = ID[user]
	MemberID      = ID[member]
	SessionID     = ID[session]
	APIKeyID      = ID[apiKey]
	SubjectID     = ID[subject]
	PropertyID    = ID[property]
	LenderID      = ID[lender]
	ProductID     = ID[product]
	AgreementID   = ID[agreement]
	ApplicationID = ID[application]
	PartyID       = ID[party]
	CollateralID  = ID[collateral] // a property's link to an application
	DocumentID    = ID[document]
	SubmissionID  = ID[submission]
	RequestID     = ID[request] // an item a lender asked for
	WorkflowID    = ID[workflow]
	OperationID   = ID[operation]
	ConnectionID  = ID[connection]
	TaskID        = ID[task]
	NoteID        = ID[note]
	EventID       = ID[event]
	JobID         = ID[job]
	SupportID     = ID[support]
	SuspicionID   = ID[suspicion]
	PasskeyID     = ID[passkey]
	ProviderID    = ID[provider] // an agency's identity provider
	AccessTokenID = ID[accessToken]
	ScimTokenID   = ID[scimToken]
	ConsentID     = ID[consent] // a line of the ledger of consents
	ExportID      = ID[export]
	ErasureID     = ID[erasure]
	PrivacyID     = ID[privacy]     // what a person asked for through the portal
	PortalID      = ID[portal]      // an access to the applicants' portal
	BankConsentID = ID[bankConsent] // what lets an account be read
	WebhookID     = ID[webhook]     // an address of an agency's own systems
	InstanceID    = ID[instance]    // shares its bytes with the application or submission it drives
)

// Instance is the id of the machine that drives a noun: the same bytes.
func Instance[N Noun](id ID[N]) InstanceID { return InstanceID(id) }

// Fresh ids of the nouns.
func NewNetwork() NetworkID         { return New[network]() }
func NewAgency() AgencyID           { return New[agency]() }
func NewUser() UserID               { return New[user]() }
func NewMember() MemberID           { return New[member]() }
func NewSession() SessionID         { return New[session]() }
func NewAPIKey() APIKeyID           { return New[apiKey]() }
func NewSubject() SubjectID         { return New[subject]() }
func NewProperty() PropertyID       { return New[property]() }
func NewLender() LenderID           { return New[lender]() }
func NewProduct() ProductID         { return New[product]() }
func NewAgreement() AgreementID     { return New[agreement]() }
func NewApplication() ApplicationID { return New[application]() }
func NewParty() PartyID             { return New[party]() }
func NewCollateral() CollateralID   { return New[collateral]() }
func NewDocument() DocumentID       { return New[document]() }
func NewSubmission() SubmissionID   { return New[submission]() }
func NewRequest() RequestID         { return New[request]() }
func NewWorkflow() WorkflowID       { return New[workflow]() }
func NewOperation() OperationID     { return New[operation]() }
func NewConnection() ConnectionID   { return New[connection]() }
func NewTask() TaskID               { return New[task]() }
func NewNote() NoteID               { return New[note]() }
func NewEvent() EventID             { return New[event]() }
func NewJob() JobID                 { return New[job]() }
func NewSupport() SupportID         { return New[support]() }
func NewSuspicion() SuspicionID     { return New[suspicion]() }
func NewPasskey() PasskeyID         { return New[passkey]() }
func NewProvider() ProviderID       { return New[provider]() }
func NewAccessToken() AccessTokenID { return New[accessToken]() }
func NewScimToken() ScimTokenID     { return New[scimToken]() }
func NewConsent() ConsentID         { return New[consent]() }
func NewExport() ExportID           { return New[export]() }
func NewErasure() ErasureID         { return New[erasure]() }
func NewPrivacy() PrivacyID         { return New[privacy]() }
func NewPortal() PortalID           { return New[portal]() }
func NewBankConsent() BankConsentID { return New[bankConsent]() }
func NewWebhook() WebhookID         { return New[webhook]() }

// ParseAgency reads an agency's id from its outside form.
func ParseAgency(text string) (AgencyID, error) { return Parse[agency](text) }

// ParseAPIKey reads a key's id from its outside form.
func ParseAPIKey(text string) (APIKeyID, error) { return Parse[apiKey](text) }

// ParseUser reads a person's id from its outside form.
func ParseUser(text string) (UserID, error) { return Parse[user](text) }

// ParseSubject reads a person's id from its outside form.
func ParseSubject(text string) (SubjectID, error) { return Parse[subject](text) }

// ParseOperation reads an operation's id from its outside form.
func ParseOperation(text string) (OperationID, error) { return Parse[operation](text) }

// ParseNetwork reads a network's id from its outside form.
func ParseNetwork(text string) (NetworkID, error) { return Parse[network](text) }

// ParseApplication reads a file's id from its outside form.
func ParseApplication(text string) (ApplicationID, error) { return Parse[application](text) }

// ParseLender reads a lender's id from its outside form.
func ParseLender(text string) (LenderID, error) { return Parse[lender](text) }

// ParseSubmission reads a submission's id from its outside form.
func ParseSubmission(text string) (SubmissionID, error) { return Parse[submission](text) }
