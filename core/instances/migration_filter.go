package instances

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/workflow"
)

// MigrationFilter chooses some of the instances in flight; what is empty chooses all.
type MigrationFilter struct {
	States []string     `json:"states,omitempty" maxItems:"200"`
	IDs    []string     `json:"ids,omitempty" maxItems:"10000" doc:"Ids of files or submissions"`
	Owner  ident.UserID `json:"owner,omitzero" doc:"Whose files"`
}

// chosen finds the instances of a version that are in flight, narrowed by the filter; args gives its arguments.
const chosen = ` from instances i left join applications a on a.id = i.id left join submissions s on s.id = i.id left join applications f on f.id = s.application_id
	where i.workflow_version_id = $1 and i.outcome is null and ($2::text[] is null or i.states && $2) and ($3::uuid[] is null or i.id = any($3))
		and ($4::uuid is null or coalesce(a.owner_id, f.owner_id) = $4)`

// knows refuses states that no instance of the version can stand in.
func (f MigrationFilter) knows(m *workflow.Machine) error {
	for i, state := range f.States {
		if m.State(state) == nil {
			return fault.Input("workflow.filter", fmt.Sprintf("/filter/states/%d", i),
				"This is not a state of the version that is left"+workflow.Hint(state, m.StateNames())+".")
		}
	}
	return nil
}

func (f MigrationFilter) args(from ident.WorkflowID) ([]any, error) {
	ids, err := f.ids()
	return []any{from, f.States, ids, f.Owner}, err
}

func (f MigrationFilter) ids() (ids []uuid.UUID, err error) {
	for i, text := range f.IDs {
		_, id, ok := ident.ParseAny(text)
		if !ok {
			return nil, fault.Input("workflow.filter", fmt.Sprintf("/filter/ids/%d", i), "This is not the id of a file or a submission.")
		}
		ids = append(ids, id)
	}
	return ids, nil
}
