package audit

import (
	"context"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Range asks for the entries of a proof by their numbers.
type Range struct {
	From  int64 `query:"from" minimum:"0" doc:"First entry's number; 0 for the first after the newest checkpoint"`
	To    int64 `query:"to" minimum:"0" doc:"Last entry's number; 0 for the last there is"`
	Limit int   `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

// Proof is what shows that the trail is as it was: the newest checkpoint, and entries whose hashes lead from one it covers, or from
// there to the end. Whoever keeps the checkpoint can show later that nothing before it was changed.
type Proof struct {
	Trail      string      `json:"trail"`
	Owner      uuid.UUID   `json:"owner"`
	Checkpoint *Checkpoint `json:"checkpoint"` // null until the first is signed
	Entries    []Line      `json:"entries"`
	Next       *int64      `json:"next"` // the number to ask for as from, when there are more
	KeyID      string      `json:"key_id"`
	Key        PublicKey   `json:"public_key"`
}

// Proof answers the newest checkpoint and the entries since, or those of a range.
func (k *Keeper) Proof(ctx context.Context, scope tenancy.Scope, in Range) (Proof, error) {
	b := k.of(Agency, scope)
	out := Proof{Trail: b.trail.prefix, Owner: b.owner, Entries: []Line{}, KeyID: k.key.Public.ID(), Key: k.key.Public}
	s, err := b.stand(ctx)
	if err != nil {
		return out, err
	}
	out.Checkpoint = s.signed
	from, to := in.From, in.To
	if from == 0 {
		from = 1
		if s.signed != nil {
			from = s.signed.Seq + 1
		}
	}
	if to == 0 {
		to = max(s.seq, from)
	}
	if to < from {
		return out, fault.Input("audit.range", "/to", "The last entry asked for is before the first. Numbers go up.")
	}
	size := in.Limit
	if size < 1 || size > pageSize {
		size = 200
	}
	var rows []row
	if err := b.load(ctx, b.trail.load(&rows, b.owner, from, to, size+1)); err != nil {
		return out, err
	}
	for i, r := range rows {
		if i == size {
			out.Next = &r.Seq
			break
		}
		if r.there {
			out.Entries = append(out.Entries, r.Line)
		}
	}
	return out, nil
}
