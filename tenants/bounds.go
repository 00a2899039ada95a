package tenants

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// PolicyBounds is what a network lays down for the policies of its agencies. It holds from their next request on, over whatever rules
// they have made before.
type PolicyBounds struct {
	Items   []PolicyBound   `json:"items" maxItems:"500"`
	Actions []access.Action `json:"actions" readOnly:"true" doc:"Every action there is"`
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
		if fields := wrongBounds(in, out.Actions); len(fields) > 0 {
			return &fault.Error{Kind: fault.Invalid, Code: "bounds.invalid", Message: "Some bounds do not fit; see errors. Nothing was changed.", Fields: fields}
		}
		tx.Exec("delete from network_policy_bounds where network_id = $1", scope.Network())
		tx.Exec(`insert into network_policy_bounds (network_id, action, kind, created_at) select $1, b.action, b.kind, $3
			from jsonb_to_recordset($2) as b (action text, kind text)`, scope.Network(), append([]PolicyBound{}, in...), tx.Now())
		tx.Exec("update networks set bounds_version = bounds_version + 1 where id = $1", scope.Network())
		audit.Record(tx, "network.bounds_changed", scope.Network(), map[string]string{"bounds": fmt.Sprint(in)})
		out, err = loadBounds(tx, scope, "")
		return err
	})
	return out, err
}

func loadBounds(tx *tenancy.Tx, scope tenancy.NetworkScope, lock string) (PolicyBounds, error) {
	out := PolicyBounds{Items: []PolicyBound{}}
	err := tx.Load(tenancy.Value(&out.Version, "select bounds_version from networks where id = $1"+lock, scope.Network()),
		tenancy.Scan("select action, kind from network_policy_bounds order by action", nil, func(rows pgx.Rows) error {
			var b PolicyBound
			err := rows.Scan(&b.Action, &b.Kind)
			out.Items = append(out.Items, b)
			return err
		}))
	if err == nil {
		out.Actions = tx.Table().Actions()
	}
	return out, err
}

func wrongBounds(in []PolicyBound, actions []access.Action) (fields []fault.Field) {
	seen := map[access.Action]bool{}
	for i, b := range in {
		at := fmt.Sprintf("/items/%d/action", i)
		switch {
		case !slices.Contains(actions, b.Action):
			fields = append(fields, fault.Field{Pointer: at, Message: "There is no such action."})
		case seen[b.Action]:
			fields = append(fields, fault.Field{Pointer: at, Message: "This action is in the list already. Keep it once."})
		case b.Kind == access.Forbidden && slices.Contains(keeping, b.Action):
			fields = append(fields, fault.Field{Pointer: at, Message: "Without this an agency could not keep its own people any more. It can be reserved, not forbidden."})
		}
		seen[b.Action] = true
	}
	return fields
}
