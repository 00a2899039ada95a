package instances

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/crypto"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// What people said and earn lies sealed by the instance's own key: values of facts, and of a macrostep what is free text or a digest of
// values (few enough to be guessed from their digest). Where the machine stands stays in clear, for boards and reports.
//
// The key is made with the instance and never changes; a rotation wraps it anew. So append-only rows stay as they are, and
// the hashes of the history, which are over the clear entry, can be verified as ever.

func place(table string, id ident.InstanceID, row int64, column string) crypto.Place {
	return crypto.Place{Table: table, Row: id.UUID.String() + " " + strconv.FormatInt(row, 10), Column: column}
}

// KeyPlace is where an instance's own key is kept.
func KeyPlace(id ident.InstanceID) crypto.Place {
	return crypto.Place{Table: "instances", Row: id.UUID.String(), Column: "data_key"}
}

// keyed gives a running instance its key. One that was opened before there were keys gets it at its next step.
func keyed(tx *tenancy.Tx, r *Running) error {
	if r.key != nil {
		return nil
	}
	keys, err := tx.Keys()
	if err != nil {
		return err
	}
	sealed, key, err := keys.NewDataKey(KeyPlace(r.ID))
	if err != nil {
		return err
	}
	r.key = key
	tx.Exec(`update instances set data_key = $2 where id = $1`, r.ID, sealed)
	return nil
}

// kept is what an instance's row keeps sealed.
type kept struct {
	Facts   map[string]any    `json:"facts"`
	Waivers []workflow.Waiver `json:"waivers,omitempty"` // their reasons are free text
	Head    string            `json:"head,omitempty"`
}

// box gives the two halves of an instance as they are stored: where it stands, in clear, and the rest.
func (r *Running) box() (machine workflow.Instance, sealed []byte, err error) {
	machine = r.Instance
	whole := kept{r.Recorded, machine.Waivers, machine.Head}
	machine.Waivers, machine.Head = nil, ""
	sealed, err = seal(r.key, place("instances", r.ID, 0, "facts"), whole)
	return machine, sealed, err
}

// unbox puts the halves together.
func (r *Running) unbox(keys *crypto.TenantKey, dataKey, sealed []byte) (err error) {
	if dataKey == nil {
		return nil
	}
	if r.key, err = keys.DataKey(KeyPlace(r.ID), dataKey); err != nil {
		return err
	}
	var whole kept
	err = open(r.key, place("instances", r.ID, 0, "facts"), sealed, &whole)
	r.raw, r.Instance.Waivers, r.Instance.Head = whole.Facts, whole.Waivers, whole.Head
	return err
}

// Recorded is how features above read the recorded facts of instances in which something stands broken: RecordedColumns of
// instances i go into Dest.
type Recorded struct{ dataKey, box []byte }

// RecordedColumns are read in this order by Dest.
const RecordedColumns = "i.data_key, case when i.breaches <> '[]' then i.facts end"

// Dest is where a row's columns go.
func (r *Recorded) Dest() []any { return []any{&r.dataKey, &r.box} }

// Open gives the facts; nil where nothing stands broken.
func (r *Recorded) Open(keys *crypto.TenantKey, id ident.InstanceID) (map[string]any, error) {
	if r.box == nil || r.dataKey == nil {
		return nil, nil
	}
	x := Running{ID: id}
	err := x.unbox(keys, r.dataKey, r.box)
	return x.raw, err
}

// secret is what a macrostep's row keeps sealed: what somebody wrote, and the digests of the values.
type secret struct {
	Payload     map[string]any `json:"payload,omitempty"`
	Reason      string         `json:"reason,omitempty"`
	FactsDigest string         `json:"facts_digest"`
	Previous    string         `json:"previous"`
	Hash        string         `json:"hash"`
}

// splitEntry gives the two halves of a macrostep's row as they are stored.
func splitEntry(key *crypto.DataKey, id ident.InstanceID, e workflow.Entry) (clear, sealed []byte, err error) {
	s := secret{e.Payload, e.Reason, e.FactsDigest, e.Previous, e.Hash}
	if sealed, err = seal(key, place("history", id, e.Sequence, "sealed"), s); err != nil {
		return nil, nil, err
	}
	e.Payload, e.Reason, e.FactsDigest, e.Previous, e.Hash = nil, "", "", "", ""
	clear, err = json.Marshal(e)
	return clear, sealed, err
}

// entryRow is a row of history with the key of its instance.
type entryRow struct {
	id              uuid.UUID
	entry           workflow.Entry
	sealed, dataKey []byte
}

// join puts the halves together. A half that does not open here was put there by somebody: the entry is left without hash, for
// Replay to name it.
func (h *entryRow) join(keys *crypto.TenantKey) (workflow.Entry, error) {
	if h.dataKey == nil || h.sealed == nil {
		return h.entry, nil
	}
	id := ident.InstanceID{UUID: h.id}
	key, err := keys.DataKey(KeyPlace(id), h.dataKey)
	if err != nil {
		return h.entry, err
	}
	var s secret
	err = open(key, place("history", id, h.entry.Sequence, "sealed"), h.sealed, &s)
	if errors.Is(err, crypto.ErrSealed) {
		return h.entry, nil
	}
	h.entry.Payload, h.entry.Reason, h.entry.FactsDigest, h.entry.Previous, h.entry.Hash = s.Payload, s.Reason, s.FactsDigest, s.Previous, s.Hash
	return h.entry, err
}

// sealChange gives a recorded value as it is stored; one that is missing is null.
func sealChange(key *crypto.DataKey, id ident.InstanceID, number int, value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	return seal(key, place("fact_changes", id, int64(number), "value"), value)
}

// changeRow is a row of fact_changes with the key of its instance.
type changeRow struct {
	id             uuid.UUID
	number         int
	change         workflow.FactChange
	value, dataKey []byte
}

// unsealable stands for a value that does not open here: it fits no digest, so that Replay names the row.
const unsealable = "(unsealable)"

func (c *changeRow) open(keys *crypto.TenantKey) (workflow.FactChange, error) {
	if c.value == nil || c.dataKey == nil {
		return c.change, nil
	}
	id := ident.InstanceID{UUID: c.id}
	key, err := keys.DataKey(KeyPlace(id), c.dataKey)
	if err != nil {
		return c.change, err
	}
	err = open(key, place("fact_changes", id, int64(c.number), "value"), c.value, &c.change.Value)
	if errors.Is(err, crypto.ErrSealed) {
		c.change.Value, err = unsealable, nil
	}
	return c.change, err
}

func seal(key *crypto.DataKey, at crypto.Place, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", at.Column, err)
	}
	return key.Seal(at, plain)
}

func open(key *crypto.DataKey, at crypto.Place, sealed []byte, value any) error {
	if sealed == nil {
		return nil
	}
	plain, err := key.Open(at, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, value)
}
