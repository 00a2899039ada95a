package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// logRefusal leaves a line about a credential that is no good and about what somebody was not allowed: who, where, what and when, by ids.
// What somebody may not do stands here only, not in a trail: it is no attack, and every page that asks for too much would be in it.
func logRefusal(req *request, w *recorder) {
	if w.status != http.StatusUnauthorized && w.status != http.StatusForbidden || req.code == "auth.required" {
		return
	}
	slog.Info("refused", "trace_id", req.id, "code", req.code, "route", req.route, "tenant", req.identity.Agency, "actor", req.identity.Actor.ID())
}

// opening are the routes of links, which answer 404 for a link that is forged, over, used up or somebody else's.
var opening = map[string]bool{"GET /d/{token}": true, "GET " + base + "/exports/open/{token}": true, "GET " + base + "/portal/exports/open/{token}": true}

// refusal is the code a refused request is counted under; "" when it was not refused.
func (r *request) refusal(status int) string {
	if status == http.StatusNotFound && opening[r.route] {
		return "link.refused"
	}
	return r.code
}

// told are the refusals that stand in the trail of the agency they are about: what was forged, is over, was used up or is another
// agency's. True: also when nothing but who sent it is known; the others are about the credential itself, and where it never was one
// only the counter tells. Passwords and providers' answers are written where they are judged (tenants/accounts, tenants).
var told = map[string]bool{
	"auth.ended": false, "auth.client": false, "auth.link": false, "portal.ended": false, "portal.link": false,
	"agency.not_found": true, "link.refused": true, "list.cursor": true,
}

const refusalWaits = 5 * time.Second // for the trail; the caller may have gone meanwhile

// noteRefusal writes a refusal into the trail of the agency it is about, where there is one; how often, tenants.Federation says.
func (s *server) noteRefusal(r *http.Request, req *request, w *recorder) {
	code := req.refusal(w.status)
	sender, known := told[code]
	if !known || s.deps.Federation == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), refusalWaits)
	defer cancel()
	var about []tenancy.Owner
	var err error
	switch id := req.identity; {
	case sender && !req.visitor.Agency.IsZero():
		about = []tenancy.Owner{req.visitor}
	case req.presented != nil:
		about, err = s.deps.Directory.Owners(ctx, req.presented)
	case sender && !id.Agency.IsZero():
		about = []tenancy.Owner{{Agency: id.Agency, By: id.Actor.ID()}}
	}
	for _, who := range about {
		if err == nil {
			err = s.deps.Federation.Refused(ctx, who, code, req.route, req.id)
		}
	}
	if err != nil {
		slog.Warn("a refusal is in no trail", "trace_id", req.id, "code", code, "error", err)
	}
}

// linked is an error of a one-time link; what was refused is remembered by the hash of the link's token.
func linked(ctx context.Context, hash []byte, err error) error {
	if err != nil {
		requestOf(ctx).presented = hash
	}
	return err
}
