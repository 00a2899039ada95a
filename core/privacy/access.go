package privacy

import (
	"slices"
	"strings"
	"time"

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
	About  string    `json:"about" doc:"person, document or file"`
}

// accesses reads what the trail has about a person, their papers and their files, the newest first. Entries of the confidential trail are not in it.
func accesses(tx *tenancy.Tx, id ident.SubjectID, before string, most int) ([]Access, error) {
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
	err := tx.Load(tenancy.Scan(`select at, actor_id, action, ref from audit_entries where ref = any($1) and ($2 = '' or at < $2::timestamptz) order by at desc, id desc limit $3`, []any{refs, before, most}, func(rows pgx.Rows) error {
		var a Access
		var actor, action, ref string
		err := rows.Scan(&a.At, &actor, &action, &ref)
		a.By, a.Action, a.Why = by(actor, id, roles), did(action), why(action)
		a.About = map[string]string{"sub": "person", "doc": "document", "app": "file"}[ref[:3]]
		out = append(out, a)
		return err
	}).From(func() { out = []Access{} }))
	return out, err
}

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

// doings are what was done, by the action's last word.
var doings = map[string]Text{
	"seen": {EN: "read", IT: "letto"}, "searched": {EN: "searched", IT: "cercato"}, "created": {EN: "entered", IT: "inserito"}, "changed": {EN: "changed", IT: "modificato"}, "assessed": {EN: "assessed", IT: "valutato"},
	"opened": {EN: "opened", IT: "aperto"}, "link": {EN: "made a link to", IT: "creato un collegamento a"}, "uploaded": {EN: "uploaded", IT: "caricato"}, "requested": {EN: "asked for", IT: "richiesto"},
	"accepted": {EN: "accepted", IT: "accettato"}, "rejected": {EN: "rejected", IT: "rifiutato"}, "given": {EN: "consent given", IT: "consenso dato"}, "withdrawn": {EN: "consent withdrawn", IT: "consenso revocato"},
	"made": {EN: "copied for you", IT: "copiato per te"}, "asked": {EN: "asked for", IT: "richiesto"}, "invited": {EN: "invited to the portal", IT: "invitato al portale"}, "data_erased": {EN: "erased in part", IT: "cancellato in parte"},
	"restricted": {EN: "locked", IT: "bloccato"}, "lifted": {EN: "unlocked", IT: "sbloccato"}, "erased": {EN: "erased", IT: "cancellato"}, "transition": {EN: "moved on", IT: "fatto avanzare"},
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
