package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// limitResponses are what the limits answer on any route, in the document's components.
func limitResponses() map[string]*huma.Response {
	problem := map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}
	whole := func(says string) *huma.Param {
		return &huma.Param{Description: says, Schema: &huma.Schema{Type: huma.TypeInteger}}
	}
	return map[string]*huma.Response{
		"TooManyRequests": {Description: "Too many requests of the agency, the credential or the address, too many at once, or too many tries: wait as long as Retry-After says", Content: problem, Headers: map[string]*huma.Param{
			"Retry-After": whole("Seconds to wait"), "RateLimit-Limit": whole("Requests that a full bucket holds"), "RateLimit-Remaining": whole("Requests that are left"), "RateLimit-Reset": whole("Seconds until the bucket is full again")}},
		"ContentTooLarge":             {Description: "The body is larger than the route takes", Content: problem},
		"RequestHeaderFieldsTooLarge": {Description: "The headers are more or larger than the server takes. Far beyond that it is answered as text", Content: problem},
	}
}

// limitsOf are those that a route of a method can answer, by reference.
func limitsOf(method string) map[string]*huma.Response {
	ref := func(name string) *huma.Response { return &huma.Response{Ref: "#/components/responses/" + name} }
	out := map[string]*huma.Response{"429": ref("TooManyRequests"), "431": ref("RequestHeaderFieldsTooLarge")}
	if method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		out["413"] = ref("ContentTooLarge")
	}
	return out
}
