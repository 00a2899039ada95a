package privacy

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Wanted is a paper that the agency waits for from the person, or has and is looking at (checking).
type Wanted struct {
	Kind      string        `json:"kind"`
	Title     Text          `json:"title"`
	State     string        `json:"state" enum:"missing,rejected,expires,checking"`
	Reason    string        `json:"reason" doc:"Why the last one was rejected, in the agency's words"`
	ExpiresOn calendar.Date `json:"expires_on"`
	Files     []string      `json:"files" doc:"Numbers of the files that need it; none where it was asked for by hand"`
}

// part is the person's part in a file under way.
type part struct {
	number, role string
	planned      calendar.Date
}

// given is a paper of the person.
type given struct {
	documents.Paper
	reason string
}

// Asked lists what the agency waits for from the person in the portal.
func (s *Service) Asked(ctx context.Context, scope tenancy.Scope) (out []Wanted, err error) {
	id := scope.Actor().Subject()
	err = s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		who, err := subjects.Whole(tx, id)
		if err != nil {
			return err
		}
		var parts []part
		var papers []given
		if err := tx.Load(tenancy.Scan(`select a.number, p.role_type, a.planned_submission from application_parties p join applications a on a.id = p.application_id join instances i on i.id = a.id
			where p.subject_id = $1 and i.outcome is null order by a.id limit $2`, []any{id, filesShown}, func(rows pgx.Rows) error {
			var p part
			err := rows.Scan(&p.number, &p.role, &p.planned)
			parts = append(parts, p)
			return err
		}), tenancy.Scan(`select kind, state, expires_on, reject_reason from documents where subject_id = $1 and erased_at is null order by id desc limit 500`, []any{id}, func(rows pgx.Rows) error {
			g := given{Paper: documents.Paper{Owner: documents.OfSubject, ID: id.String()}}
			err := rows.Scan(&g.Kind, &g.State, &g.Expires, &g.reason)
			papers = append(papers, g)
			return err
		})); err != nil {
			return err
		}
		out = wanted(who, parts, papers, tx.Now())
		return nil
	})
	return out, err
}

// wanted are the papers that the rules of the trade ask of the person for their files, and those somebody asked for by hand. Papers
// come the newest first.
func wanted(who subjects.Subject, parts []part, papers []given, now time.Time) []Wanted {
	out := []Wanted{}
	var have []documents.Paper
	for _, p := range papers {
		have = append(have, p.Paper)
	}
	for _, p := range parts {
		day := p.planned.Time()
		if day.Before(now) {
			day = now
		}
		for _, need := range documents.Checklist([]documents.PartyFacts{facts(who, p.role)}, nil) {
			if need.Owner != documents.OfSubject {
				continue
			}
			stands := need.Judge(have, day)
			if stands.Failure == "" {
				continue
			}
			i := slices.IndexFunc(out, func(w Wanted) bool { return w.Kind == need.Kind })
			if i < 0 {
				i = len(out)
				out = append(out, want(need.Kind, stands.Failure, papers))
				out[i].ExpiresOn = stands.Expires
			}
			if !slices.Contains(out[i].Files, p.number) {
				out[i].Files = append(out[i].Files, p.number)
			}
		}
	}
	for i, p := range papers {
		newest := slices.IndexFunc(papers, func(x given) bool { return x.Kind == p.Kind }) == i
		if failure := byHand[p.State]; failure != "" && newest && !slices.ContainsFunc(out, func(w Wanted) bool { return w.Kind == p.Kind }) {
			out = append(out, want(p.Kind, failure, papers))
		}
	}
	return out
}

// byHand is how a paper stands that no rule asks for: one that was given is the agency's to look at, and no matter of the person's.
var byHand = map[string]string{"requested": "missing", "rejected": "rejected"}

// want says how a paper that is not in order stands: what came last decides.
func want(kind, failure string, papers []given) Wanted {
	w := Wanted{Kind: kind, Title: documents.Title(kind), State: failure, Files: []string{}}
	if i := slices.IndexFunc(papers, func(p given) bool { return p.Kind == kind }); i >= 0 {
		switch papers[i].State {
		case "uploaded":
			w.State = "checking"
		case "rejected":
			w.State, w.Reason = "rejected", papers[i].reason
		}
	}
	return w
}

// facts are what the rules look at of the person in a role.
func facts(who subjects.Subject, role string) documents.PartyFacts {
	f := documents.PartyFacts{ID: who.ID.String(), Role: role, Natural: who.Kind == "natural", Citizenship: who.Citizenship, HasLoans: len(who.Liabilities) > 0}
	if len(who.Employments) > 0 {
		f.Employment = who.Employments[0].Kind
	}
	return f
}
