package api

import (
	"context"

	"github.com/pratica-crm/pratica/core/verifications"
)

func verificationRoutes(d Deps) []Route {
	s := d.Verifications
	return []Route{
		on("GET", "/subjects/{id}/verifications", "verifications.read", "How a person has proved who they are, the newest first", func(ctx context.Context, c Call, in *SubjectPath) (list[verifications.Verification], error) {
			return listOf(s.Of(ctx, c.Scope, in.ID))
		}),
		on("POST", "/subjects/{id}/verifications", "verifications.write", "Ask a person to prove who they are by SPID or CIE", func(ctx context.Context, c Call, in *struct {
			SubjectPath
			Body verifications.Input
		}) (verifications.Verification, error) {
			return s.Start(ctx, c.Scope, in.ID, in.Body)
		}).created().once(),
	}
}
