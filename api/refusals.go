package api

import (
	"log/slog"
	"net/http"
)

// logRefusal leaves a line about a credential that is no good and about what somebody was not allowed: who, where, what and when, by ids.
// No trail of an agency has these: whoever sends forged keys is nobody's member, and a caller who may nothing could fill a trail that is
// kept for ten years. Guessed passwords do stand in the trail of the person's agencies (tenants/accounts).
func logRefusal(req *request, w *recorder) {
	if w.status != http.StatusUnauthorized && w.status != http.StatusForbidden || req.code == "auth.required" {
		return
	}
	slog.Info("refused", "trace_id", req.id, "code", req.code, "route", req.route, "tenant", req.identity.Agency, "actor", req.identity.Actor.ID())
}
