package applications

import (
	"context"
	"slices"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Offers is what can happen to a file now, for the caller.
type Offers struct {
	Version int     `json:"version"`
	Items   []Offer `json:"items"`
}

// Tag is the version answered as ETag.
func (o Offers) Tag() int { return o.Version }

// Offer is one event: enabled, or what stands in its way.
type Offer struct {
	Event         string             `json:"event"`
	Title         workflow.Text      `json:"title"`
	Enabled       bool               `json:"enabled"`
	NeedsReason   bool               `json:"needs_reason"`
	PayloadSchema any                `json:"payload_schema"`
	For           *Person            `json:"for" doc:"The absent member for whom the caller, their delegate, would approve"`
	To            []string           `json:"to"`
	ToTitles      []workflow.Text    `json:"to_titles"`
	Blockers      []workflow.Blocker `json:"blockers"`
	Limits        []workflow.Limit   `json:"limits" doc:"The template's figures that the blockers' clauses compare with"`
}

// Offers explains what can happen now; events only machines send are left out.
func (s *Service) Offers(ctx context.Context, scope tenancy.Scope, id ident.ApplicationID) (Offers, error) {
	out := Offers{Items: []Offer{}}
	err := s.look(ctx, scope, id, func(tx *tenancy.Tx, f *File) error {
		w, err := f.World(tx.Now())
		if err != nil {
			return err
		}
		out.Version = f.Version
		out.Items, err = OffersTo(tx, f.Machine, w)
		return err
	})
	return out, err
}

// OffersTo turns the engine's explanation for the caller into what the interface shows. An approval that wants an absent member
// is offered to their delegate.
func OffersTo(tx *tenancy.Tx, r *instances.Running, w workflow.World) ([]Offer, error) {
	actor := workflow.Actor{ID: tx.Scope().Actor().ID(), Roles: tx.Roles()}
	w.Reader = actor.Roles // a delegate acts for somebody, but reads for themselves
	out := offersOf(r, actor, w)
	if !slices.ContainsFunc(out, func(o Offer) bool { return wantsDelegate(r, o) }) {
		return out, nil
	}
	deputies, err := instances.Deputies(tx, actor)
	for _, d := range deputies {
		theirs := offersOf(r, d.Actor, w)
		for i, o := range out {
			if wantsDelegate(r, o) && theirs[i].Enabled {
				out[i] = theirs[i]
				out[i].For = &Person{ID: d.For, Name: d.Absent}
			}
		}
	}
	return out, err
}

func wantsDelegate(r *instances.Running, o Offer) bool {
	return !o.Enabled && instances.WantsSomebody(o.Blockers) && r.Machine.Approvable(o.Event)
}

func offersOf(r *instances.Running, actor workflow.Actor, w workflow.World) []Offer {
	m := r.Machine
	out := []Offer{}
	for _, o := range m.Explain(r.Instance, actor, w) {
		if o.System {
			continue
		}
		offer := Offer{Event: o.Event, Title: o.Title, Enabled: o.Enabled, PayloadSchema: o.Payload, To: orEmpty(o.To), ToTitles: []workflow.Text{}, Blockers: orEmpty(o.Blockers), Limits: []workflow.Limit{}}
		for _, b := range o.Blockers {
			if b.Guard != nil && !slices.ContainsFunc(offer.Limits, func(l workflow.Limit) bool { return l.Guard == *b.Guard }) {
				offer.Limits = append(offer.Limits, m.Limits(*b.Guard)...)
			}
		}
		for _, t := range o.To {
			offer.ToTitles = append(offer.ToTitles, m.Template.StateTitle(t))
			for _, state := range m.Template.States {
				offer.NeedsReason = offer.NeedsReason || state.Name == t && state.Outcome == "lost"
			}
		}
		out = append(out, offer)
	}
	return out
}
