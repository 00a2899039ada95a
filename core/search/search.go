// Package search is the search box: people, properties and files of an agency in one answer.
//
// A person's tax code, e-mail, phone and IBAN are sealed: they are found as a whole, by their blind indexes,
// and never shown here: a hit is what a person is known by, and whoever opens it leaves a note.
// Free text cannot use an index under row security, so the ids come from search_ids, a definer function with the tenant
// spelled out in each of its branches; what is shown of them is read through the door like everything else.
package search

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Hit is one thing found. Title and hint are what a person knows it by.
type Hit struct {
	Noun  string `json:"noun" enum:"subject,property,application"`
	ID    string `json:"id"`
	Title string `json:"title"`
	Hint  string `json:"hint"`
}

// Service searches.
type Service struct{ db *tenancy.DB }

// New builds the service.
func New(db *tenancy.DB) *Service { return &Service{db} }

// each is how many of a noun are shown. More are looked for: what the actor does not see falls out of them.
const each = 8

// Find answers at most eight of each noun.
func (s *Service) Find(ctx context.Context, scope tenancy.Scope, words string) ([]Hit, error) {
	out := []Hit{}
	words = strings.TrimSpace(words)
	take := func(noun string, id func(rows pgx.Rows, h *Hit) error) func(pgx.Rows) error {
		return func(rows pgx.Rows) error {
			h := Hit{Noun: noun}
			err := id(rows, &h)
			out = append(out, h)
			return err
		}
	}
	k, err := s.db.Keys(ctx, scope)
	if err != nil {
		return nil, err
	}
	exact, err := subjects.Find(k, words)
	if err != nil {
		return nil, err
	}
	words = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(words)
	err = s.db.Load(ctx, scope,
		tenancy.Scan(`select a.id, a.number, a.title from search_ids($1, 200) x join applications a on a.id = x.id where x.noun = 'application' order by a.updated_at desc limit $2`, []any{words, each},
			take("application", func(rows pgx.Rows, h *Hit) error {
				var id ident.ApplicationID
				err := rows.Scan(&id, &h.Title, &h.Hint)
				h.ID = id.String()
				return err
			})),
		tenancy.Scan(`select s.id, s.display_name, coalesce(s.vat_number, '') from subjects s
			where s.id in (select x.id from search_ids($1, 200) x where x.noun = 'subject') or `+subjects.FoundBy(3)+` order by s.display_name, s.id limit $2`, append([]any{words, each}, exact...),
			take("subject", func(rows pgx.Rows, h *Hit) error {
				var id ident.SubjectID
				err := rows.Scan(&id, &h.Title, &h.Hint)
				h.ID = id.String()
				return err
			})),
		tenancy.Scan(`select p.id, p.address_line from search_ids($1, 200) x join properties p on p.id = x.id where x.noun = 'property' order by p.address_line limit $2`, []any{words, each},
			take("property", func(rows pgx.Rows, h *Hit) error {
				var id ident.PropertyID
				err := rows.Scan(&id, &h.Title)
				h.ID = id.String()
				return err
			})))
	return out, err
}
