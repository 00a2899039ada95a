package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/workflow/diff"
)

type diffBody struct {
	Body struct {
		Old string `json:"old" minLength:"1" maxLength:"1048576" doc:"A template as YAML"`
		New string `json:"new" minLength:"1" maxLength:"1048576" doc:"The template it is compared with"`
	}
}

// diffRoute compares two sources by meaning; neither has to be sound.
func diffRoute(d Deps) Route {
	r := on("POST", "/workflows/diff", "workflows.read", "What a template does differently from another", func(ctx context.Context, c Call, in *diffBody) (list[diff.Change], error) {
		if err := d.DB.Load(ctx, c.Scope); err != nil {
			return list[diff.Change]{}, err
		}
		changes, err := diff.Sources([]byte(in.Body.Old), []byte(in.Body.New))
		if err != nil {
			return list[diff.Change]{}, fault.Wrap(err, fault.Invalid, "workflow.unreadable", "The two cannot be compared: "+err.Error()+". Correct what the check says first.")
		}
		return list[diff.Change]{Items: changes}, nil
	})
	r.MaxBody = 4 << 20
	return r
}
