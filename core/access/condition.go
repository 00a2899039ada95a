package access

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pratica-crm/pratica/core/ident"
)

// Condition narrows a rule to some files; the zero value holds for every one. All its parts must hold, or with Unless not all.
// Everybody may read every file by the platform's rules, so an agency narrows its brokers to their own by a deny unless own.
type Condition struct {
	Unless   bool  // the rule counts for the files for which the rest does not hold
	Own      bool  // the actor keeps the file (its owner)
	Branch   bool  // the file belongs to the actor's branch
	MinCents int64 // the amount asked for is at least this; 0: no floor
	MaxCents int64 // and at most this; 0: no ceiling
}

// File is what conditions are held against.
type File struct {
	Owner       ident.UserID
	Branch      string // "" for none
	AmountCents int64
}

// Person is who conditions are about. Machines are nobody's owner and in no branch.
type Person struct {
	User   ident.UserID
	Branch string
}

// None reports whether the condition holds for every file.
func (c Condition) None() bool { return c == Condition{} }

// Part is one part of a condition with what it was held against.
type Part struct {
	Name   string // own, branch, min_amount_cents, max_amount_cents
	Wanted string // what the rule asks for: a user, a branch, cents
	Found  string // what the file has
	Holds  bool
}

// Parts holds the condition against a file, part by part.
func (c Condition) Parts(f File, p Person) (parts []Part) {
	if c.Own {
		parts = append(parts, Part{"own", p.User.String(), f.Owner.String(), !p.User.IsZero() && f.Owner == p.User})
	}
	if c.Branch {
		parts = append(parts, Part{"branch", p.Branch, f.Branch, p.Branch != "" && f.Branch == p.Branch})
	}
	if c.MinCents > 0 {
		parts = append(parts, Part{"min_amount_cents", fmt.Sprint(c.MinCents), fmt.Sprint(f.AmountCents), f.AmountCents >= c.MinCents})
	}
	if c.MaxCents > 0 {
		parts = append(parts, Part{"max_amount_cents", fmt.Sprint(c.MaxCents), fmt.Sprint(f.AmountCents), f.AmountCents <= c.MaxCents})
	}
	return parts
}

// Holds reports whether the condition holds for a file.
func (c Condition) Holds(f File, p Person) bool { return c.all(f, p) != c.Unless }

func (c Condition) all(f File, p Person) bool {
	return (!c.Own || !p.User.IsZero() && f.Owner == p.User) && (!c.Branch || p.Branch != "" && f.Branch == p.Branch) &&
		(c.MinCents == 0 || f.AmountCents >= c.MinCents) && (c.MaxCents == 0 || f.AmountCents <= c.MaxCents)
}

// Within reports whether the condition holds nowhere where wide does not, as far as that is plain to see.
func (c Condition) Within(wide Condition) bool {
	if c.Unless || wide.Unless {
		return c == wide || wide.None()
	}
	return (c.Own || !wide.Own) && (c.Branch || !wide.Branch) && c.MinCents >= wide.MinCents && (wide.MaxCents == 0 || c.MaxCents > 0 && c.MaxCents <= wide.MaxCents)
}

// String says the condition in words.
func (c Condition) String() string {
	var say []string
	if c.Own {
		say = append(say, "files of one's own (own)")
	}
	if c.Branch {
		say = append(say, "files of one's branch (branch)")
	}
	if c.MinCents > 0 {
		say = append(say, "amounts from "+Euro(c.MinCents)+" (min_amount_cents)")
	}
	if c.MaxCents > 0 {
		say = append(say, "amounts up to "+Euro(c.MaxCents)+" (max_amount_cents)")
	}
	if len(say) == 0 && !c.Unless {
		return "every file"
	}
	if c.Unless {
		return "all but " + strings.Join(say, " and ")
	}
	return strings.Join(say, " and ")
}

// Euro writes cents as an amount.
func Euro(cents int64) string { return fmt.Sprintf("%d.%02d EUR", cents/100, cents%100) }

// path is the condition over {"owner", "branch", "amount"} in the language of jsonpath. Each value is written as JSON.
func (c Condition) path(p Person) string {
	var and []string
	if c.Own {
		and = append(and, equals("owner", p.User.UUID.String(), p.User.IsZero()))
	}
	if c.Branch {
		and = append(and, equals("branch", p.Branch, p.Branch == ""))
	}
	if c.MinCents > 0 {
		and = append(and, fmt.Sprintf("@.amount >= %d", c.MinCents))
	}
	if c.MaxCents > 0 {
		and = append(and, fmt.Sprintf("@.amount <= %d", c.MaxCents))
	}
	if len(and) == 0 {
		and = []string{"1 == 1"}
	}
	if c.Unless {
		return "!(" + strings.Join(and, " && ") + ")"
	}
	return strings.Join(and, " && ")
}

func equals(name, value string, nobody bool) string {
	if nobody {
		return "1 == 0"
	}
	text, _ := json.Marshal(value) // a string has no way to fail
	return "@." + name + " == " + string(text)
}
