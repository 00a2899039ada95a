package tenants

import (
	"encoding/json"
	"slices"
	"strings"

	filter "github.com/scim2/filter-parser/v2"

	"github.com/pratica-crm/pratica/core/ident"
)

// patch is the body of RFC 7644, 3.5.2.
type patch struct {
	Schemas    []string
	Operations []operation
}

type operation struct {
	Op    string
	Path  string
	Value json.RawMessage

	verb  string // add, replace or remove
	attr  string // of the path, in lower case; "" without one
	sub   string
	where filter.Expression
}

// parsePatch reads a patch and its paths. Some directories write Add for add.
func parsePatch(body []byte) ([]operation, error) {
	var p patch
	if err := scimJSON(body, &p); err != nil {
		return nil, err
	}
	if !slices.Contains(p.Schemas, ScimPatchSchema) || len(p.Operations) == 0 {
		return nil, errScimSyntax
	}
	if len(p.Operations) > ScimMost {
		return nil, errScimMany
	}
	for i := range p.Operations {
		o := &p.Operations[i]
		o.verb = strings.ToLower(o.Op)
		switch o.verb {
		case "add", "replace":
			if len(o.Value) == 0 {
				return nil, errScimValue
			}
		case "remove":
			if o.Path == "" {
				return nil, errScimTarget
			}
		default:
			return nil, errScimSyntax
		}
		if o.Path == "" {
			continue
		}
		if len(o.Path) > 1000 {
			return nil, errScimPath
		}
		at, err := filter.ParsePath([]byte(o.Path))
		if err != nil || !spoken(at.AttributePath.URI()) {
			return nil, errScimPath
		}
		o.attr, o.sub, o.where = strings.ToLower(at.AttributePath.AttributeName), strings.ToLower(at.AttributePath.SubAttributeName()), at.ValueExpression
		if at.SubAttribute != nil {
			o.sub = strings.ToLower(*at.SubAttribute)
		}
	}
	return p.Operations, nil
}

// UserChange is what a patch makes of a user; nil leaves as it is.
type UserChange struct {
	Name, Given, Family, ExternalID *string
	Active                          *bool
	SignIn                          []string // userName and e-mails that are said: they must be what they are
}

// ParseUserPatch reads a patch of a user.
func ParseUserPatch(body []byte) (c UserChange, err error) {
	operations, err := parsePatch(body)
	if err != nil {
		return c, err
	}
	for _, o := range operations {
		switch {
		case o.attr != "":
			err = c.set(o, o.attr, o.sub, o.Value)
		default:
			err = c.setAll(o)
		}
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// setAll takes an operation without a path: its value is an object of attributes, of which those that are not kept are passed over.
func (c *UserChange) setAll(o operation) error {
	var all map[string]json.RawMessage
	if json.Unmarshal(o.Value, &all) != nil {
		return errScimValue
	}
	for name, value := range all {
		attr, sub, _ := strings.Cut(strings.ToLower(name), ".")
		if err := c.set(o, attr, sub, value); err != nil && err != errScimPath {
			return err
		}
	}
	return nil
}

func (c *UserChange) set(o operation, attr, sub string, value json.RawMessage) error {
	gone := o.verb == "remove"
	text := func(to **string, most int) error {
		said := ""
		if !gone && (json.Unmarshal(value, &said) != nil || len(said) > most) {
			return errScimValue
		}
		said = strings.TrimSpace(said)
		*to = &said
		return nil
	}
	if o.where != nil && attr != "emails" {
		return errScimPath
	}
	switch attr + "." + sub {
	case "active.":
		if gone {
			return errScimFixed
		}
		yes, err := truth(value)
		c.Active = &yes
		return err
	case "externalid.":
		return text(&c.ExternalID, 200)
	case "displayname.", "name.formatted":
		return unless(gone, text(&c.Name, 200))
	case "name.givenname":
		return unless(gone, text(&c.Given, 100))
	case "name.familyname":
		return unless(gone, text(&c.Family, 100))
	case "name.":
		var n ScimName
		if gone || json.Unmarshal(value, &n) != nil || len(whole(n, "")) > 200 {
			return errScimValue
		}
		if name := whole(n, ""); name != "" {
			c.Name = &name
		}
		return nil
	case "username.", "emails.value":
		var said *string
		if err := unless(gone, text(&said, 254)); err != nil {
			return err
		}
		c.SignIn = append(c.SignIn, *said)
		return nil
	case "emails.":
		var list []ScimEmail
		if gone || json.Unmarshal(value, &list) != nil || len(list) > 20 {
			return errScimFixed
		}
		for _, e := range list {
			c.SignIn = append(c.SignIn, e.Value)
		}
		return nil
	case "groups.", "id.", "meta.":
		return errScimFixed
	case "schemas.":
		return nil
	}
	return errScimPath
}

// unless refuses the removal of what a user cannot be without.
func unless(gone bool, err error) error {
	if gone {
		return errScimFixed
	}
	return err
}

// MemberChange adds or removes members of a group, or replaces them all.
type MemberChange struct {
	Verb string // add, remove or replace
	All  bool   // of a removal: everybody
	Who  []ident.UserID
}

// ParseGroupPatch reads a patch of a group: only its members change.
func ParseGroupPatch(body []byte) (out []MemberChange, err error) {
	operations, err := parsePatch(body)
	if err != nil {
		return nil, err
	}
	for _, o := range operations {
		value := o.Value
		if o.attr == "" {
			var all struct{ Members json.RawMessage }
			if json.Unmarshal(o.Value, &all) != nil {
				return nil, errScimValue
			}
			if value = all.Members; len(value) == 0 {
				return nil, errScimFixed
			}
		} else if o.attr != "members" || o.sub != "" {
			return nil, errScimPath
		}
		c := MemberChange{Verb: o.verb}
		switch {
		case o.where != nil:
			if o.verb != "remove" {
				return nil, errScimPath
			}
			c.Who, err = named(o.where)
		case o.verb == "remove" && len(value) == 0:
			c.All = true
		default:
			c.Who, err = members(value)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// ParseScimGroup reads who is to be in a group that is replaced, and what it is said to be called.
func ParseScimGroup(body []byte) (name string, who []ident.UserID, err error) {
	var in struct {
		DisplayName string
		Members     json.RawMessage
	}
	if err = scimJSON(body, &in); err == nil && len(in.Members) > 0 {
		who, err = members(in.Members)
	}
	return in.DisplayName, who, err
}

// named is the one member of `members[value eq "usr_…"]`.
func named(e filter.Expression) ([]ident.UserID, error) {
	attribute, value, err := equal(e)
	if err != nil || attribute != "value" {
		return nil, errScimPath
	}
	id, err := ident.ParseUser(value)
	if err != nil || id.IsZero() {
		return nil, errScimTarget
	}
	return []ident.UserID{id}, nil
}

func members(value json.RawMessage) (who []ident.UserID, err error) {
	var list []ScimRef
	if json.Unmarshal(value, &list) != nil {
		var one ScimRef
		if json.Unmarshal(value, &one) != nil {
			return nil, errScimValue
		}
		list = []ScimRef{one}
	}
	if len(list) > ScimMost {
		return nil, errScimMany
	}
	for _, m := range list {
		id, err := ident.ParseUser(m.Value)
		if err != nil || id.IsZero() {
			return nil, errScimValue
		}
		if !slices.Contains(who, id) {
			who = append(who, id)
		}
	}
	return who, nil
}
