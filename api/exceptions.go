package api

// keyless are the POSTs that take no Idempotency-Key, each with the reason; a test repeats every other one.
var keyless = map[string]string{
	"POST /auth/login":                    "every sign-in is a session of its own; its secret is not kept to be answered again",
	"POST /auth/logout":                   "the session that would repeat it has ended",
	"POST /auth/second-factor":            "a sign-in that is held back goes through once",
	"POST /auth/passkey":                  "a challenge is answered once",
	"POST /auth/passkey/options":          "every challenge is a secret of its own; it ends by itself",
	"POST /auth/verify":                   "gives the session a new secret, which is not kept to be answered again",
	"POST /me/passkeys/options":           "every challenge is a secret of its own; it ends by itself",
	"POST /me/passkeys":                   "a challenge is answered once, and recovery codes are shown once",
	"POST /me/totp":                       "the secret is shown once; asking again makes another, which replaces it",
	"POST /me/totp/confirm":               "a code is taken once, and recovery codes are shown once",
	"POST /me/recovery-codes":             "the codes are shown once; asking again makes others, which replace them",
	"POST /auth/agency":                   "choosing the same agency again changes nothing",
	"POST /auth/password-reset":           "asking again mails a fresh link; its secret is not kept",
	"POST /auth/password-reset/{token}":   "the link works once",
	"POST /auth/invitations/{token}":      "the link works once",
	"POST /documents/{id}/link":           "every link is a secret of its own and ends by itself; the document stays as it is",
	"POST /exports/{id}/link":             "every link is a secret of its own and ends by itself; the copy stays as it is",
	"POST /portal/session":                "the link works once",
	"POST /portal/logout":                 "the visit that would repeat it has ended",
	"POST /portal/exports/{id}/link":      "every link is a secret of its own and ends by itself; the copy stays as it is",
	"POST /connections/{id}/check":        "asks the connector; nothing changes",
	"POST /workflows/check":               "computes; nothing changes",
	"POST /workflows/simulate":            "computes; nothing changes",
	"POST /networks/{id}/workflows/check": "computes; nothing changes",
	"POST /workflows/diff":                "computes; nothing changes",
}

// unmatched are the PATCHes, PUTs and DELETEs that need no If-Match, each with the reason.
var unmatched = map[string]string{
	"PATCH /me":                     "one's own language: the last choice holds, and a person has no version",
	"PATCH /me/passkeys/{id}":       "one's own name for a key: the last choice holds, and a key has no version",
	"DELETE /me/passkeys/{id}":      "a key never changes but goes; a second time is 404",
	"DELETE /me/totp":               "it never changes but goes; a second time is 404",
	"DELETE /me/sessions":           "ends whatever others there are",
	"DELETE /me/sessions/{id}":      "a session never changes but ends; a second time is 404",
	"DELETE /members/{id}/sessions": "ends whatever there are; the member stays as they are",
	"DELETE /api-keys/{id}":         "a key never changes but ends, so there is no version to match; a second revocation is 404",
}
