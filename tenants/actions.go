package tenants

import (
	"context"
	"slices"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// PolicyAction is one action of an agency's people, as somebody who writes rules needs to know it.
type PolicyAction struct {
	Action access.Action `json:"action"`
	Filed  bool          `json:"filed" doc:"Rules over it may have conditions"`
	Bound  string        `json:"bound" enum:",reserved,forbidden" doc:"What the network lays down for it; empty for nothing"`
}

// PolicyActions lists what the platform lets an agency's people do, whether or not an agency or its network has taken it away again.
func (s *Service) PolicyActions(ctx context.Context, scope tenancy.Scope) (out []PolicyAction, err error) {
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		var book access.Rulebook
		if err := tx.Load(tx.Book(&book)...); err != nil {
			return err
		}
		plain, err := tx.Try(access.Rulebook{})
		if err != nil {
			return err
		}
		out = []PolicyAction{}
		for _, a := range plain.Permissions(s.roles) {
			action := PolicyAction{Action: a, Filed: a.Filed()}
			if i := slices.IndexFunc(book.Bounds, func(b access.Bound) bool { return b.Action == a }); i >= 0 {
				action.Bound = book.Bounds[i].Kind
			}
			out = append(out, action)
		}
		return nil
	})
	return out, err
}
