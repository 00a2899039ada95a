package privacy

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Access is a line of what was done with a person's data, in words for the person: who by role, what, why.
type Access struct {
	At     time.Time `json:"at"`
	By     Text      `json:"by" doc:"The agency's people by role, never by name"`
	Action Text      `json:"action"`
	Why    Text      `json:"why"`
	About  string    `json:"about" enum:"person,document,file"`

	place place
}

// place is where a line stands in the log.
type place struct {
	At time.Time `json:"at"`
	ID uuid.UUID `json:"id"`
}

// accesses reads what the trail has about a person, their papers and their files, the newest first, from behind a place where one is given.
// Entries of the confidential trail are not in it.
func accesses(tx *tenancy.Tx, id ident.SubjectID, after *place, most int) ([]Access, error) {
	refs := []string{id.String()}
	roles := map[string]string{}
	add := func(sql string, ref func(pgx.Rows) (string, error)) tenancy.Load {
		return tenancy.Scan(sql, []any{id}, func(rows pgx.Rows) error {
			r, err := ref(rows)
			refs = append(refs, r)
			return err
		})
	}
	if err := tx.Load(add(`select application_id from application_parties where subject_id = $1`, func(rows pgx.Rows) (string, error) {
		var x ident.ApplicationID
		err := rows.Scan(&x)
		return x.String(), err
	}), add(`select id from documents where subject_id = $1`, func(rows pgx.Rows) (string, error) {
		var x ident.DocumentID
		err := rows.Scan(&x)
		return x.String(), err
	}), tenancy.Scan(`select user_id, roles[1] from members`, nil, func(rows pgx.Rows) error {
		var u ident.UserID
		var role string
		err := rows.Scan(&u, &role)
		roles[u.String()] = role
		return err
	})); err != nil {
		return nil, err
	}
	out := []Access{}
	from, args := "", []any{refs, most, echoes}
	if after != nil {
		from, args = "and (at, id) < ($4, $5)", append(args, after.At, after.ID)
	}
	err := tx.Load(tenancy.Scan(`select at, id, actor_id, action, ref from audit_entries where ref = any($1) and action <> all($3) `+from+` order by at desc, id desc limit $2`, args, func(rows pgx.Rows) error {
		var a Access
		var actor, action, ref string
		err := rows.Scan(&a.At, &a.place.ID, &actor, &action, &ref)
		a.At = a.At.UTC()
		a.place.At = a.At
		a.By, a.Action, a.Why = by(actor, id, roles), did(action), why(action)
		a.About = map[string]string{"sub": "person", "doc": "document", "app": "file"}[ref[:3]]
		out = append(out, a)
		return err
	}).From(func() { out = []Access{} }))
	return out, err
}

// echoes are what the platform does to a file because something it is made of has changed: what somebody did is a line of its own.
var echoes = []string{"application.subject_changed", "application.document_changed", "application.property_changed", "application.submission_changed", "application.deadline_stale"}

var roleWords = map[string]Text{
	"broker": {EN: "a broker", IT: "un consulente"}, "back_office": {EN: "the back office", IT: "il back office"}, "compliance_officer": {EN: "compliance", IT: "la compliance"},
	"agency_admin": {EN: "the agency's administration", IT: "l'amministrazione dell'agenzia"}, "read_only": {EN: "a person of the agency who only reads", IT: "una persona dell'agenzia in sola lettura"},
}

// by says who did it, without a name.
func by(actor string, id ident.SubjectID, roles map[string]string) Text {
	prefix, _, _ := strings.Cut(actor, "_")
	role, member := roles[actor]
	switch {
	case actor == id.String():
		return Text{EN: "you", IT: "tu"}
	case member:
		return roleWords[role].Or(Text{EN: "a person of the agency", IT: "una persona dell'agenzia"})
	case actor == "system":
		return Text{EN: "the platform", IT: "la piattaforma"}
	case prefix == "key":
		return Text{EN: "a program of the agency", IT: "un programma dell'agenzia"}
	case prefix == "sub":
		return Text{EN: "another person of the file", IT: "un'altra persona della pratica"}
	}
	return Text{EN: "support of the network", IT: "l'assistenza della rete"}
}

// doings are what was done, by the action's last word. A test walks all actions about people, papers and files.
var doings = map[string]Text{
	"seen": {EN: "read", IT: "letto"}, "created": {EN: "entered", IT: "inserito"}, "changed": {EN: "changed", IT: "modificato"}, "assessed": {EN: "assessed for money laundering", IT: "valutato per l'antiriciclaggio"},
	"deleted": {EN: "deleted", IT: "eliminato"}, "opened": {EN: "opened", IT: "aperto"}, "link": {EN: "about to open", IT: "in apertura"}, "uploaded": {EN: "uploaded", IT: "caricato"}, "requested": {EN: "asked for", IT: "richiesto"},
	"accepted": {EN: "accepted", IT: "accettato"}, "rejected": {EN: "rejected", IT: "rifiutato"}, "redated": {EN: "dated anew", IT: "ridatato"}, "replaced": {EN: "replaced", IT: "sostituito"}, "infected": {EN: "refused: a virus", IT: "rifiutato: un virus"},
	"given": {EN: "consent given", IT: "consenso dato"}, "withdrawn": {EN: "consent withdrawn", IT: "consenso revocato"},
	"made": {EN: "copied for you", IT: "copiato per te"}, "asked": {EN: "a copy asked for", IT: "chiesta una copia"}, "invited": {EN: "invited to this area", IT: "invitato in quest'area"}, "entered": {EN: "this area opened", IT: "aperta quest'area"},
	"left": {EN: "this area closed", IT: "chiusa quest'area"}, "data_erased": {EN: "erased in part", IT: "cancellato in parte"}, "restricted": {EN: "locked", IT: "bloccato"}, "lifted": {EN: "unlocked", IT: "sbloccato"}, "erased": {EN: "erased", IT: "cancellato"},
	"transition": {EN: "moved on", IT: "fatto avanzare"}, "event": {EN: "worked on", IT: "lavorato"}, "deadline": {EN: "a deadline passed", IT: "scaduto un termine"},
	"waived": {EN: "an exception made", IT: "concessa una deroga"}, "migrated": {EN: "moved to a new process", IT: "passato a un nuovo processo"}, "facts": {EN: "data entered", IT: "inseriti dati"},
	"party_added": {EN: "a person added", IT: "aggiunta una persona"}, "party_changed": {EN: "a person's part changed", IT: "cambiato un ruolo"}, "party_removed": {EN: "a person taken out", IT: "tolta una persona"},
	"property_added": {EN: "a property added", IT: "aggiunto un immobile"}, "property_removed": {EN: "a property taken out", IT: "tolto un immobile"},
}

func did(action string) Text {
	_, verb, _ := strings.Cut(action, ".")
	return doings[verb].Or(Text{EN: strings.ReplaceAll(verb, "_", " "), IT: strings.ReplaceAll(verb, "_", " ")})
}

// why is the purpose of an action, by the noun it is done to.
func why(action string) Text {
	noun, verb, _ := strings.Cut(action, ".")
	switch {
	case slices.Contains([]string{"consent", "export", "privacy_request", "portal"}, noun) || strings.HasSuffix(verb, "erased") || verb == "restricted" || verb == "lifted":
		return Text{EN: "your rights (GDPR)", IT: "i tuoi diritti (GDPR)"}
	case verb == "assessed":
		return platform.Purposes["aml"].Title
	case noun == "application":
		return platform.Purposes["contract"].Title
	}
	return platform.Purposes["assessment"].Title
}
