package api

// keyless are the POSTs that take no Idempotency-Key, each with the reason; a test repeats every other one.
var keyless = map[string]string{
	"POST /auth/login":                    "every sign-in is a session of its own; its secret is not kept to be answered again",
	"POST /auth/logout":                   "the session that would repeat it has ended",
	"POST /auth/agency":                   "choosing the same agency again changes nothing",
	"POST /auth/password-reset":           "asking again mails a fresh link; its secret is not kept",
	"POST /auth/password-reset/{token}":   "the link works once",
	"POST /auth/invitations/{token}":      "the link works once",
	"POST /documents/{id}/link":           "every link is a secret of its own and ends by itself; the document stays as it is",
	"POST /connections/{id}/check":        "asks the connector; nothing changes",
	"POST /workflows/check":               "computes; nothing changes",
	"POST /workflows/simulate":            "computes; nothing changes",
	"POST /networks/{id}/workflows/check": "computes; nothing changes",
	"POST /workflows/diff":                "computes; nothing changes",
}

// unmatched are the PATCHes, PUTs and DELETEs that need no If-Match, each with the reason.
var unmatched = map[string]string{
	"PATCH /me":             "one's own language: the last choice holds, and a person has no version",
	"DELETE /api-keys/{id}": "a key never changes but ends, so there is no version to match; a second revocation is 404",
}
