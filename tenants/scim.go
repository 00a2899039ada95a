package tenants

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	filter "github.com/scim2/filter-parser/v2"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
)

// The schemas of RFC 7643 and 7644 that are spoken here.
const (
	ScimUserSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	ScimGroupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
	ScimListSchema  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	ScimPatchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// ScimMost is how many resources a page has at most, and how many operations or members a request.
const ScimMost = 200

// ScimUser is a person of the network or of one of its agencies.
type ScimUser struct {
	Schemas     []string     `json:"schemas"`
	ID          ident.UserID `json:"id"`
	ExternalID  string       `json:"externalId,omitempty"`
	UserName    string       `json:"userName"`
	Name        ScimName     `json:"name"`
	DisplayName string       `json:"displayName"`
	Emails      []ScimEmail  `json:"emails"`
	Active      bool         `json:"active"`
	Groups      []ScimRef    `json:"groups"`
	Meta        ScimMeta     `json:"meta"`
}

// ScimName is a name; the network keeps it as a whole.
type ScimName struct {
	Formatted  string `json:"formatted,omitempty"`
	GivenName  string `json:"givenName,omitempty"`
	FamilyName string `json:"familyName,omitempty"`
}

// ScimEmail is an address: the userName.
type ScimEmail struct {
	Value   string `json:"value"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// ScimRef names a group of a user or a member of a group.
type ScimRef struct {
	Value   string `json:"value"`
	Display string `json:"display,omitempty"`
	Type    string `json:"type,omitempty"`
	Ref     string `json:"$ref,omitempty"`
}

// ScimMeta is a resource's own.
type ScimMeta struct {
	ResourceType string     `json:"resourceType"`
	Created      *time.Time `json:"created,omitempty"`
	LastModified *time.Time `json:"lastModified,omitempty"`
	Location     string     `json:"location"`
	Version      string     `json:"version"`
}

// ScimGroup is a role in an agency, with those who have it. Groups are there by the agencies and roles: none is made or taken away.
type ScimGroup struct {
	Schemas     []string  `json:"schemas"`
	ID          string    `json:"id"`
	DisplayName string    `json:"displayName"`
	Members     []ScimRef `json:"members"`
	Meta        ScimMeta  `json:"meta"`
}

// ScimList is a page of resources.
type ScimList[T any] struct {
	Schemas      []string `json:"schemas"`
	TotalResults int      `json:"totalResults"`
	StartIndex   int      `json:"startIndex"`
	ItemsPerPage int      `json:"itemsPerPage"`
	Resources    []T      `json:"Resources"`
}

// scimError is a refusal with one of the scimTypes of RFC 7644, 3.12, which stands after "scim.".
func scimError(kind fault.Kind, scimType, message string) error {
	return fault.New(kind, "scim."+scimType, message)
}

var (
	errScimSyntax  = scimError(fault.Malformed, "invalidSyntax", "The body is not what RFC 7644 has here: JSON in UTF-8, of the schema of the request.")
	errScimPath    = scimError(fault.Malformed, "invalidPath", "The path names no attribute that is kept here; /scim/v2/Schemas lists them.")
	errScimValue   = scimError(fault.Malformed, "invalidValue", "A value does not fit its attribute; /scim/v2/Schemas says what does.")
	errScimTarget  = scimError(fault.Malformed, "noTarget", "The path of a removal names nothing.")
	errScimFixed   = scimError(fault.Malformed, "mutability", "userName and emails are how a person signs in, also elsewhere, and groups follow from agencies and roles: none of them is changed here.")
	errScimFilter  = scimError(fault.Malformed, "invalidFilter", "Filter by one attribute and eq: userName, externalId or id of users, displayName or id of groups.")
	errScimMany    = scimError(fault.Malformed, "tooMany", "At most 200 operations, and 200 members in each, at a time.")
	errScimStale   = fault.New(fault.Stale, "version.stale", "The resource was changed since you read it. Read it again.")
	errScimThere   = scimError(fault.Conflict, "uniqueness", "There is already somebody with this userName or externalId. Find them by a filter and change them.")
	errScimMissing = fault.Missing("resource")
)

// ScimQuery is what a list is asked for: one attribute's value, and a page.
type ScimQuery struct {
	Attribute string // in lower case; "" for all
	Value     string
	Start     int // from 1
	Count     int
}

// ParseScimQuery reads filter, startIndex and count ("" for what is absent).
func ParseScimQuery(text, start, count string) (q ScimQuery, err error) {
	if q.Start, err = number(start, 1); err != nil {
		return q, err
	}
	if q.Count, err = number(count, 100); err != nil {
		return q, err
	}
	q.Start, q.Count = max(1, q.Start), min(max(0, q.Count), ScimMost)
	if text == "" {
		return q, nil
	}
	if len(text) > 1000 || !plain(text) {
		return q, errScimFilter
	}
	parsed, err := filter.ParseFilter([]byte(text))
	if err != nil {
		return q, errScimFilter
	}
	q.Attribute, q.Value, err = equal(parsed)
	return q, err
}

func number(text string, absent int) (int, error) {
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, errScimValue
	}
	return int(n), nil
}

// equal reads `attribute eq "value"`.
func equal(e filter.Expression) (attribute, value string, err error) {
	is, ok := e.(*filter.AttributeExpression)
	if !ok || !strings.EqualFold(string(is.Operator), string(filter.EQ)) || is.AttributePath.SubAttribute != nil {
		return "", "", errScimFilter
	}
	value, ok = is.CompareValue.(string)
	if !ok || !spoken(is.AttributePath.URI()) {
		return "", "", errScimFilter
	}
	return strings.ToLower(is.AttributePath.AttributeName), value, nil
}

func spoken(schema string) bool {
	return schema == "" || strings.EqualFold(schema, ScimUserSchema) || strings.EqualFold(schema, ScimGroupSchema)
}

// UserInput is a user to be made or to replace one. Attributes that are not kept here are passed over, as RFC 7644 allows.
type UserInput struct {
	UserName    string
	ExternalID  *string
	Name        ScimName
	DisplayName string
	Emails      []ScimEmail
	Active      json.RawMessage
}

// called is the name as a whole, "" where none is given.
func (in UserInput) called() string { return whole(in.Name, in.DisplayName) }

func whole(n ScimName, display string) string {
	for _, name := range []string{n.Formatted, n.GivenName + " " + n.FamilyName, display} {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	return ""
}

// ParseScimUser reads a user.
func ParseScimUser(body []byte) (in UserInput, active *bool, err error) {
	if err := scimJSON(body, &in); err != nil {
		return in, nil, err
	}
	in.UserName = strings.ToLower(strings.TrimSpace(in.UserName))
	if len(in.Active) > 0 && string(in.Active) != "null" {
		yes, err := truth(in.Active)
		if err != nil {
			return in, nil, err
		}
		active = &yes
	}
	name, at, _ := strings.Cut(in.UserName, "@")
	if name == "" || at == "" || len(in.UserName) > 254 || strings.ContainsAny(in.UserName, " \t\r\n<>,;\"") || len(in.called()) > 200 || in.ExternalID != nil && len(*in.ExternalID) > 200 {
		return in, nil, errScimValue
	}
	for _, e := range in.Emails {
		if !strings.EqualFold(e.Value, in.UserName) {
			return in, nil, errScimFixed
		}
	}
	return in, active, nil
}

// scimJSON reads a body as it may be kept.
func scimJSON(body []byte, to any) error {
	if !utf8.Valid(body) || strings.Contains(string(body), `\u0000`) || strings.ContainsRune(string(body), 0) || json.Unmarshal(body, to) != nil {
		return errScimSyntax
	}
	return nil
}

// truth reads a boolean, also in the quotes and capitals in which some directories send it.
func truth(value json.RawMessage) (bool, error) {
	yes, err := strconv.ParseBool(strings.ToLower(strings.Trim(string(value), `"`)))
	if err != nil || len(value) < 4 {
		return false, errScimValue
	}
	return yes, nil
}

// groupID is how a role of an agency is named: agn_….role.
func groupID(agency ident.AgencyID, role string) string { return agency.String() + "." + role }

func parseGroup(id string) (agency ident.AgencyID, role string, err error) {
	name, role, ok := strings.Cut(id, ".")
	agency, err = ident.ParseAgency(name)
	if err != nil || !ok || agency.IsZero() {
		return agency, "", errScimMissing
	}
	return agency, role, nil
}

// scimVersion is a weak tag.
func scimVersion(v any) string { return fmt.Sprintf(`W/"%v"`, v) }

// matches refuses a change under another version than the caller saw; "" and * for whichever.
func matches(ifMatch, version string) error {
	if ifMatch == "" || ifMatch == "*" || strings.TrimPrefix(ifMatch, "W/") == strings.TrimPrefix(version, "W/") {
		return nil
	}
	return errScimStale
}
