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
		var texts [2][]byte
		for i, source := range []string{in.Body.Old, in.Body.New} {
			text, _, err := d.Workflows.Settled(ctx, c.Scope, source)
			if err != nil {
				return list[diff.Change]{}, err
			}
			texts[i] = []byte(text)
		}
		changes, err := diff.Sources(texts[0], texts[1])
		if err != nil {
			return list[diff.Change]{}, fault.Wrap(err, fault.Invalid, "workflow.unreadable", "The two cannot be compared: "+err.Error()+". Correct what the check says first.")
		}
		return list[diff.Change]{Items: changes}, nil
	})
	r.MaxBody = 4 << 20
	return r
}
