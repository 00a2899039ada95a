package tenants

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// PolicyBounds is what a network lays down for the policies of its agencies. It holds from their next request on, over whatever rules
// they have made before.
type PolicyBounds struct {
	Items   []PolicyBound   `json:"items" maxItems:"500"`
	Actions []access.Action `json:"actions" readOnly:"true" doc:"What bounds can be about"`
	Version int             `json:"version" readOnly:"true"`
}

// Tag is the version answered as ETag.
func (b PolicyBounds) Tag() int { return b.Version }

// PolicyBound is one action with what holds for it.
type PolicyBound struct {
	Action access.Action `json:"action" maxLength:"100"`
	Kind   string        `json:"kind" enum:"reserved,forbidden" doc:"reserved: agencies make no rules about it; forbidden: nobody in an agency may do it"`
}

// PolicyBounds reads a network's bounds.
func (s *Service) PolicyBounds(ctx context.Context, scope tenancy.NetworkScope) (out PolicyBounds, err error) {
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		out, err = loadBounds(tx, scope, "")
		return err
	})
	return out, err
}

// SetPolicyBounds replaces a network's bounds; version is the one the caller saw.
func (s *Service) SetPolicyBounds(ctx context.Context, scope tenancy.NetworkScope, version int, in []PolicyBound) (out PolicyBounds, err error) {
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if out, err = loadBounds(tx, scope, " for update"); err != nil {
			return err
		}
		if out.Version != version {
			return fault.New(fault.Stale, "version.stale", "The bounds were changed since you read them. Load them again.")
		}
		if fields := s.wrongBounds(tx, in); len(fields) > 0 {
			return &fault.Error{Kind: fault.Invalid, Code: "bounds.invalid", Message: "Some bounds do not fit; see errors. Nothing was changed.", Fields: fields}
		}
		before := out.Items
		tx.Exec("delete from network_policy_bounds where network_id = $1", scope.Network())
		tx.Exec(`insert into network_policy_bounds (network_id, action, kind, created_at) select $1, b.action, b.kind, $3
			from jsonb_to_recordset($2) as b (action text, kind text)`, scope.Network(), append([]PolicyBound{}, in...), tx.Now())
		tx.Exec("update networks set bounds_version = bounds_version + 1 where id = $1", scope.Network())
		if out, err = loadBounds(tx, scope, ""); err != nil {
			return err
		}
		return tellBounds(tx, scope.Network(), changedBounds(before, out.Items))
	})
	return out, err
}

// tellBounds writes a change into the network's trail and into that of each of its agencies: it binds them, and nobody there made it.
func tellBounds(tx *tenancy.Tx, network ident.NetworkID, change map[string]string) error {
	if len(change) == 0 {
		return nil
	}
	const action = "network.bounds_changed"
	audit.Record(tx, action, network, change)
	var agencies []ident.AgencyID
	err := tx.Load(tenancy.Scan("select id from agencies order by id", nil, func(rows pgx.Rows) error { // in one order: two changes do not wait for each other
		var id ident.AgencyID
		err := rows.Scan(&id)
		agencies = append(agencies, id)
		return err
	}))
	for _, id := range agencies {
		tx.Reach(id)
		audit.Record(tx, action, network, change)
	}
	return err
}

// changedBounds lists the actions that are bound otherwise than before, by what holds now: reserved, forbidden or lifted.
func changedBounds(before, after []PolicyBound) map[string]string {
	change := map[string]string{}
	say := func(what string, a access.Action) {
		if change[what] != "" {
			change[what] += ", "
		}
		change[what] += string(a)
	}
	for _, b := range after {
		if !slices.Contains(before, b) {
			say(b.Kind, b.Action)
		}
	}
	for _, b := range before {
		if !slices.ContainsFunc(after, func(x PolicyBound) bool { return x.Action == b.Action }) {
			say("lifted", b.Action)
		}
	}
	return change
}

// loadBounds reads the bounds that count (Tx.Book); others go with the next change.
func loadBounds(tx *tenancy.Tx, scope tenancy.NetworkScope, lock string) (PolicyBounds, error) {
	out := PolicyBounds{Items: []PolicyBound{}, Actions: tx.Boundable()}
	err := tx.Load(tenancy.Value(&out.Version, "select bounds_version from networks where id = $1"+lock, scope.Network()),
		tenancy.Scan("select action, kind from network_policy_bounds order by action", nil, func(rows pgx.Rows) error {
			var b PolicyBound
			err := rows.Scan(&b.Action, &b.Kind)
			if slices.Contains(out.Actions, b.Action) {
				out.Items = append(out.Items, b)
			}
			return err
		}))
	return out, err
}

// wrongBounds says for each bound that does not fit why.
func (s *Service) wrongBounds(tx *tenancy.Tx, in []PolicyBound) (fields []fault.Field) {
	all, theirs, boundable := tx.Table().Actions(), tx.Table().Permissions(s.roles), tx.Boundable()
	seen := map[access.Action]bool{}
	for i, b := range in {
		at := fmt.Sprintf("/items/%d/action", i)
		switch {
		case !slices.Contains(all, b.Action):
			fields = append(fields, fault.Field{Pointer: at, Message: "There is no such action."})
		case !slices.Contains(theirs, b.Action):
			fields = append(fields, fault.Field{Pointer: at, Message: string(b.Action) + " is nothing an agency's people do: laying something down for it would do nothing."})
		case !slices.Contains(boundable, b.Action):
			fields = append(fields, fault.Field{Pointer: at, Message: string(b.Action) + " stays with the agency: it needs it to see and end what is done to it, or the law asks it of it."})
		case seen[b.Action]:
			fields = append(fields, fault.Field{Pointer: at, Message: "This action is in the list already. Keep it once."})
		case b.Kind == access.Forbidden && slices.Contains(keeping, b.Action):
			fields = append(fields, fault.Field{Pointer: at, Message: "Without this an agency could not keep its own people any more. It can be reserved, not forbidden."})
		}
		seen[b.Action] = true
	}
	return fields
}
