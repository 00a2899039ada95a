package applications

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Graph is a file as nodes and the links between them. A subject, property or lender is one node however many links it has.
type Graph struct {
	Nodes []Node `json:"nodes"`
	Links []Link `json:"links"`
}

// Node is the file, a subject, a property or a lender.
type Node struct {
	ID    string `json:"id"`
	Noun  string `json:"noun" enum:"application,subject,property,lender"`
	Title string `json:"title"`
}

// Link says what a node is to the file: a party's role, a property's purpose, the state of a submission.
type Link struct {
	From string `json:"from"`
	To   string `json:"to"`
	Kind string `json:"kind" enum:"party,property,submission"`
	As   string `json:"as"`
}

// Graph reads a file's graph in one round trip.
func (s *Service) Graph(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (Graph, error) {
	g := Graph{Nodes: []Node{}, Links: []Link{}}
	seen := map[string]bool{}
	add := func(n Node, kind, as string) {
		if !seen[n.ID] {
			seen[n.ID] = true
			g.Nodes = append(g.Nodes, n)
		}
		if kind != "" {
			g.Links = append(g.Links, Link{id.String(), n.ID, kind, as})
		}
	}
	err := s.exists(ctx, scope, id,
		tenancy.Scan(`select number from applications where id = $1`, []any{id}, func(rows pgx.Rows) error {
			var number string
			err := rows.Scan(&number)
			add(Node{id.String(), "application", number}, "", "")
			return err
		}),
		tenancy.Scan(`select s.id, s.display_name, p.role_type from application_parties p join subjects s on s.id = p.subject_id where p.application_id = $1 order by p.id`, []any{id}, func(rows pgx.Rows) error {
			var subject ident.SubjectID
			var name, role string
			err := rows.Scan(&subject, &name, &role)
			add(Node{subject.String(), "subject", name}, "party", role)
			return err
		}),
		tenancy.Scan(`select p.id, p.address_line, l.purpose from application_properties l join properties p on p.id = l.property_id where l.application_id = $1 order by l.id`, []any{id}, func(rows pgx.Rows) error {
			var property ident.PropertyID
			var address, purpose string
			err := rows.Scan(&property, &address, &purpose)
			add(Node{property.String(), "property", address}, "property", purpose)
			return err
		}),
		tenancy.Scan(`select l.id, l.name, i.state from submissions s join lenders l on l.id = s.lender_id join instances i on i.id = s.id where s.application_id = $1 order by s.id`, []any{id}, func(rows pgx.Rows) error {
			var lender ident.LenderID
			var name, state string
			err := rows.Scan(&lender, &name, &state)
			add(Node{lender.String(), "lender", name}, "submission", state)
			return err
		}))
	return g, err
}
