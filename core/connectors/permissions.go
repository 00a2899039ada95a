package connectors

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Permissions are what a connector asks for, and what an operator approves: a version that asks for nothing else than the one
// before it asks for nothing new.
type Permissions struct {
	Capabilities   []string       `json:"capabilities"`
	Egress         []string       `json:"egress"`          // where it connects to: host, host:port, or {setting}
	DataCategories []string       `json:"data_categories"` // of people
	Secrets        []string       `json:"secrets"`         // settings it uses without seeing them
	Reveals        []string       `json:"reveals"`         // settings whose secret it sees itself
	CallbackPaths  []string       `json:"callback_paths"`
	CostCents      map[string]int `json:"cost_cents"` // what a call may cost, by method
}

// PermissionsOf is what a description asks for.
func PermissionsOf(c Connector) Permissions {
	return Permissions{Capabilities: c.Capabilities, Egress: c.Egress, DataCategories: c.DataCategories, CallbackPaths: c.CallbackPaths, CostCents: c.CostCents,
		Secrets: marked(c.ConfigSchema, property.hidden), Reveals: marked(c.ConfigSchema, func(p property) bool { return p.secret() && p.Reveal })}
}

// Change is one difference between the permissions of two versions.
type Change struct {
	Permission string `json:"permission"` // capability, egress, data_category, secret, reveals, callback_path, cost
	How        string `json:"how"`        // added, removed; of a cost also raised, lowered
	What       string `json:"what"`
	Was        int    `json:"was,omitempty"` // cents
	Is         int    `json:"is,omitempty"`  // cents
}

// Wider: it permits more than before.
func (c Change) Wider() bool { return c.How == "added" || c.How == "raised" }

// String says it to an operator.
func (c Change) String() string {
	sign := map[string]string{"added": "+", "removed": "-", "raised": "+", "lowered": "-"}[c.How]
	if c.Permission == "cost" {
		return fmt.Sprintf("%s cost of %s: %d → %d cents a call", sign, c.What, c.Was, c.Is)
	}
	return fmt.Sprintf("%s %s %s", sign, c.Permission, c.What)
}

// Difference lists what changes from one version's permissions to another's, in a fixed order. A setting that was a secret and is none any
// more is revealed: agencies' connections hold it.
func Difference(was, is Permissions) []Change {
	out := []Change{}
	for _, list := range []struct {
		permission string
		was, is    []string
	}{{"capability", was.Capabilities, is.Capabilities}, {"egress", was.Egress, is.Egress}, {"data_category", was.DataCategories, is.DataCategories},
		{"secret", was.Secrets, is.Secrets}, {"reveals", was.Reveals, slices.Concat(is.Reveals, without(was.Secrets, is.Secrets))}, {"callback_path", was.CallbackPaths, is.CallbackPaths}} {
		for _, what := range without(list.is, list.was) {
			out = append(out, Change{Permission: list.permission, How: "added", What: what})
		}
		for _, what := range without(list.was, list.is) {
			out = append(out, Change{Permission: list.permission, How: "removed", What: what})
		}
	}
	methods := maps.Clone(was.CostCents)
	if methods == nil {
		methods = map[string]int{}
	}
	maps.Copy(methods, is.CostCents)
	for _, m := range slices.Sorted(maps.Keys(methods)) {
		before, after := was.CostCents[m], is.CostCents[m]
		switch {
		case after > before:
			out = append(out, Change{"cost", "raised", m, before, after})
		case after < before:
			out = append(out, Change{"cost", "lowered", m, before, after})
		}
	}
	return out
}

// without are the words of a list, each once and in order, that another lacks.
func without(list, other []string) (out []string) {
	for _, word := range slices.Compact(slices.Sorted(slices.Values(list))) {
		if !slices.Contains(other, word) {
			out = append(out, word)
		}
	}
	return out
}

// Exceeds are the changes that would permit more than is approved.
func (p Permissions) Exceeds(approved Permissions) []Change {
	return slices.DeleteFunc(Difference(approved, p), func(c Change) bool { return !c.Wider() })
}

// DifferenceDigest names a difference, so that what was looked at is what is approved: 64 hex digits.
func DifferenceDigest(changes []Change) string {
	raw, err := json.Marshal(changes)
	if err != nil {
		panic(err) // words and numbers
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
