package connectors

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// institutionsAtMost bounds what a screen is given to choose from.
const institutionsAtMost = 5000

// Institution is a bank that a connection reaches. ID is what the connector calls it.
type Institution struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	BIC     string `json:"bic"`
	Country string `json:"country" doc:"ISO 3166, two letters; may be empty"`
}

// Institutions lists the banks that a connection reaches, by name. None where it leads to one bank: its connector does not offer the list.
func (s *Service) Institutions(ctx context.Context, scope tenancy.Scope, id ident.ConnectionID) ([]Institution, error) {
	var said struct {
		Institutions []Institution `json:"institutions"`
	}
	switch err := s.Ask(ctx, scope, id, Institutions, nil, &said); {
	case err != nil && fault.As(err).Code == "lender.unsupported":
		return []Institution{}, nil
	case err != nil:
		return nil, err
	}
	out := slices.DeleteFunc(said.Institutions, func(i Institution) bool { return i.ID == "" || i.Name == "" })
	slices.SortFunc(out, func(a, b Institution) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return append([]Institution{}, out[:min(len(out), institutionsAtMost)]...), nil
}
