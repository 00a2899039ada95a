package applications

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Note is what somebody wrote about a file.
type Note struct {
	ID        ident.NoteID `json:"id"`
	Text      string       `json:"text"`
	Author    Person       `json:"author"`
	CreatedAt time.Time    `json:"created_at"`
}

// Person is who did something: a member by name, or a machine by id alone.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Notes lists a file's notes, newest first.
func (s *Service) Notes(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) ([]Note, error) {
	out := []Note{}
	people := people{}
	err := s.exists(ctx, scope, id, people.load(), tenancy.Scan(`select id, text, author_id, created_at from notes where application_id = $1 order by id desc limit 200`, []any{id},
		func(rows pgx.Rows) error {
			var n Note
			err := rows.Scan(&n.ID, &n.Text, &n.Author.ID, &n.CreatedAt)
			out = append(out, n)
			return err
		}))
	for i := range out {
		out[i].Author = people.named(out[i].Author.ID)
	}
	return out, err
}

// AddNote writes a note.
func (s *Service) AddNote(ctx context.Context, scope tenancy.Scope, app ident.ApplicationID, text string) (Note, error) {
	n := Note{ID: ident.NewNote(), Text: text}
	people := people{}
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		n.CreatedAt = tx.Now()
		tx.Exec(`insert into notes (tenant_id, id, application_id, text, author_id, created_at) values ($1, $2, $3, $4, $5, $6)`,
			scope.Tenant(), n.ID, app, text, scope.Actor().ID(), tx.Now())
		if err := tx.Load(people.load()); err != nil {
			return err
		}
		n.Author = people.named(scope.Actor().ID())
		if err := outbox.Tell(tx, "notes", app, 0); err != nil {
			return err
		}
		return tx.Answer(n)
	})
	if tenancy.Violates(err, "notes_application_fkey") {
		return Note{}, fault.Missing("application")
	}
	return n, err
}

// people names the members of an agency: few rows, read in the same round trip as what mentions them.
type people map[string]string

func (p people) load() tenancy.Load {
	return tenancy.Scan(`select user_id, name from members`, nil, func(rows pgx.Rows) error {
		var id ident.UserID
		var name string
		err := rows.Scan(&id, &name)
		p[id.String()] = name
		return err
	})
}

func (p people) named(id string) Person { return Person{ID: id, Name: p[id]} }
