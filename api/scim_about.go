package api

import "github.com/pratica-crm/pratica/tenants"

type object = map[string]any

func scimList(items ...object) object {
	return object{"schemas": []string{tenants.ScimListSchema}, "totalResults": len(items), "startIndex": 1, "itemsPerPage": len(items), "Resources": items}
}

// serviceProvider is RFC 7643, 5.
var serviceProvider = object{
	"schemas":          []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
	"documentationUri": "/api/docs",
	"patch":            object{"supported": true},
	"bulk":             object{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
	"filter":           object{"supported": true, "maxResults": tenants.ScimMost},
	"changePassword":   object{"supported": false},
	"sort":             object{"supported": false},
	"etag":             object{"supported": true},
	"authenticationSchemes": []object{{"type": "oauthbearertoken", "name": "Token of a network", "primary": true,
		"description": "A token that a network's admin makes at POST /api/v1/networks/{id}/scim-tokens"}},
	"meta": object{"resourceType": "ServiceProviderConfig", "location": "/scim/v2/ServiceProviderConfig"},
}

var resourceTypes = []object{resourceType("User", "/Users", tenants.ScimUserSchema), resourceType("Group", "/Groups", tenants.ScimGroupSchema)}

func resourceType(name, endpoint, schema string) object {
	return object{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}, "id": name, "name": name, "endpoint": endpoint, "schema": schema,
		"meta": object{"resourceType": "ResourceType", "location": "/scim/v2/ResourceTypes/" + name}}
}

// attribute is RFC 7643, 7.
func attribute(name, kind, mutability, description string, sub ...object) object {
	a := object{"name": name, "type": kind, "multiValued": false, "required": false, "caseExact": false, "mutability": mutability, "returned": "default", "uniqueness": "none", "description": description}
	if len(sub) > 0 {
		a["subAttributes"] = sub
	}
	return a
}

func many(a object) object {
	a["multiValued"] = true
	return a
}

func set(a object, name string, value any) object {
	a[name] = value
	return a
}

var scimSchemas = []object{
	{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}, "id": tenants.ScimUserSchema, "name": "User", "description": "A person of the network or of one of its agencies", "attributes": []object{
		set(set(attribute("userName", "string", "immutable", "The e-mail address by which the person signs in"), "required", true), "uniqueness", "global"),
		set(attribute("externalId", "string", "readWrite", "What the directory calls the person"), "caseExact", true),
		attribute("name", "complex", "readWrite", "The name, kept as a whole",
			attribute("formatted", "string", "readWrite", "The whole name"),
			attribute("givenName", "string", "writeOnly", "The first word of the name"),
			attribute("familyName", "string", "writeOnly", "The rest of the name")),
		attribute("displayName", "string", "readWrite", "The same as name.formatted"),
		many(attribute("emails", "complex", "readOnly", "The userName", attribute("value", "string", "readOnly", "The address"))),
		attribute("active", "boolean", "readWrite", "False: disabled in all agencies of the network, and in the network"),
		many(attribute("groups", "complex", "readOnly", "The roles, as groups", attribute("value", "string", "readOnly", "The group's id"), attribute("display", "string", "readOnly", "The group's name"))),
	}},
	{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}, "id": tenants.ScimGroupSchema, "name": "Group", "description": "A role in an agency", "attributes": []object{
		attribute("displayName", "string", "readOnly", "Agency / role"),
		many(attribute("members", "complex", "readWrite", "Who has the role", attribute("value", "string", "immutable", "The user's id"), attribute("display", "string", "readOnly", "The user's name"))),
	}},
}
