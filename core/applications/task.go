package applications

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Task is something somebody has to do for a file: anybody with Role, or Assignee.
type Task struct {
	ID                ident.TaskID        `json:"id"`
	ApplicationID     ident.ApplicationID `json:"application_id"`
	ApplicationNumber string              `json:"application_number"`
	Title             workflow.Text       `json:"title"`
	Role              *string             `json:"role"`
	Assignee          *Owner              `json:"assignee"`
	DueOn             *calendar.Date      `json:"due_on"`
	State             string              `json:"state" enum:"open,done"`
	CreatedAt         time.Time           `json:"created_at"`
	Version           int                 `json:"version"`
}

// Tag is the version answered as ETag.
func (t Task) Tag() int { return t.Version }

// TaskInput is what a person writes down.
type TaskInput struct {
	Title    string         `json:"title" minLength:"1" maxLength:"300"`
	Role     *string        `json:"role,omitempty" maxLength:"100"`
	Assignee *ident.UserID  `json:"assignee,omitempty"`
	DueOn    *calendar.Date `json:"due_on,omitempty"`
}

const taskColumns = `t.id, t.application_id, a.number, t.title, t.role, t.assignee_id, coalesce(m.name, ''), t.due_on, t.state, t.created_at, t.version`
const taskTables = `tasks t join applications a on a.id = t.application_id left join members m on m.user_id = t.assignee_id`

func loadTasks(dst *[]Task, where string, args ...any) tenancy.Load {
	return tenancy.Scan("select "+taskColumns+" from "+taskTables+" "+where, args, func(rows pgx.Rows) error {
		var t Task
		var assignee Owner
		err := rows.Scan(&t.ID, &t.ApplicationID, &t.ApplicationNumber, &t.Title, &t.Role, &assignee.ID, &assignee.Name, &t.DueOn, &t.State, &t.CreatedAt, &t.Version)
		if !assignee.ID.IsZero() {
			t.Assignee = &assignee
		}
		*dst = append(*dst, t)
		return err
	})
}

// Tasks lists a file's tasks, open ones first.
func (s *Service) Tasks(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) ([]Task, error) {
	out := []Task{}
	err := s.exists(ctx, scope, id, loadTasks(&out, "where t.application_id = $1 order by t.state desc, t.due_on nulls last, t.id limit 200", id))
	return out, err
}

// OpenTasks lists the agency's open tasks, the most urgent first; mine: those of the actor or of one of their roles.
func (s *Service) OpenTasks(ctx context.Context, scope tenancy.Scope, mine bool) ([]Task, error) {
	out := []Task{}
	where := "where t.state = 'open' order by t.due_on nulls last, t.id limit 200"
	if !mine {
		err := s.db.Load(ctx, scope, loadTasks(&out, where))
		return out, err
	}
	err := s.db.Load(ctx, scope, loadTasks(&out, `where t.state = 'open' and (t.assignee_id = $1 or (t.assignee_id is null and t.role in (`+actingRoles+`)))
		order by t.due_on nulls last, t.id limit 200`, scope.Actor().User()))
	return out, err
}

// actingRoles are those of member $1 and what the agency's own roles among them stand for, as Tx.Roles has them: asked of the
// database, so that the list stays one round trip.
const actingRoles = `with recursive acting (role) as (select unnest(m.roles) from members m where m.user_id = $1
		union select r.parent from acting a join roles r on r.key = a.role) select role from acting`

// AddTask writes a task down.
func (s *Service) AddTask(ctx context.Context, scope tenancy.Scope, app ident.ApplicationID, in TaskInput) (Task, error) {
	id := ident.NewTask()
	var out []Task
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		insertTask(tx, id, app, workflow.Text{EN: in.Title, IT: in.Title}, in.Role, in.Assignee, in.DueOn, scope.Actor().ID())
		if err := outbox.Tell(tx, "tasks", id, 1); err != nil {
			return err
		}
		if err := tx.Load(loadTasks(&out, "where t.id = $1", id)); err != nil {
			return err
		}
		return tx.Answer(out[0])
	})
	switch {
	case tenancy.Violates(err, "tasks_application_fkey"):
		return Task{}, fault.Missing("application")
	case tenancy.Violates(err, "tasks_assignee_fkey"):
		return Task{}, fault.Input("task.assignee", "/assignee", "This person is no member of the agency.")
	case err != nil:
		return Task{}, err
	}
	return out[0], nil
}

func insertTask(tx *tenancy.Tx, id ident.TaskID, app ident.ApplicationID, title workflow.Text, role *string, assignee *ident.UserID, due *calendar.Date, origin string) {
	tx.Exec(`insert into tasks (tenant_id, id, application_id, title, role, assignee_id, due_on, origin, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.Scope().Tenant(), id, app, title, role, assignee, due, origin, tx.Now())
}

// SetTask closes a task or opens it again.
func (s *Service) SetTask(ctx context.Context, scope tenancy.Scope, id ident.TaskID, version int, state string) (Task, error) {
	var out []Task
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		out = nil
		if err := tx.Load(loadTasks(&out, "where t.id = $1 for update of t", id)); err != nil {
			return err
		}
		switch {
		case len(out) == 0:
			return fault.Missing("task")
		case out[0].Version != version:
			return fault.New(fault.Stale, "version.stale", "This task was changed since you read it. Load it again.")
		}
		out[0].State = state
		out[0].Version++
		tx.Exec(`update tasks set state = $2, version = version + 1, closed_at = case when $2 = 'done' then $3::timestamptz end where id = $1`, id, state, tx.Now())
		audit.Record(tx, "task."+state, id, nil)
		return outbox.Tell(tx, "tasks", id, out[0].Version)
	})
	if err != nil {
		return Task{}, err
	}
	return out[0], nil
}

// exists runs loads about a file and answers NotFound when there is no such file.
func (s *Service) exists(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID, loads ...tenancy.Load) error {
	found := false
	all := append([]tenancy.Load{tenancy.Value(&found, `select true from applications where id = $1`, id)}, loads...)
	if err := s.db.Load(ctx, scope, all...); err != nil {
		return err
	}
	if !found {
		return fault.Missing("application")
	}
	return nil
}
