package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/pratica-crm/pratica/plugins/sdk"
)

// meaning is what a message of the framework comes to.
type meaning struct {
	kind    sdk.Kind
	code    string
	message string // of Description.Messages
	field   string // of settings or request
}

// meanings are the framework's message codes for account information (implementation guidelines, section 14.11).
var meanings = map[string]meaning{
	"ACCESS_EXCEEDED": {sdk.RateLimited, "bank.reads_exceeded", "", ""},

	"CONSENT_EXPIRED": {sdk.ConsentExpired, "consent.expired", "", ""},
	"CONSENT_INVALID": {sdk.ConsentExpired, "consent.invalid", "", ""},
	"CONSENT_UNKNOWN": {sdk.ConsentExpired, "consent.unknown", "", ""},

	"CERTIFICATE_MISSING": {sdk.Unauthenticated, "bank.certificate", "certificate", "/certificate"},
	"CERTIFICATE_INVALID": {sdk.Unauthenticated, "bank.certificate", "certificate", "/certificate"},
	"CERTIFICATE_EXPIRED": {sdk.Unauthenticated, "bank.certificate", "certificate", "/certificate"},
	"CERTIFICATE_BLOCKED": {sdk.Unauthenticated, "bank.certificate", "certificate", "/certificate"},
	"CERTIFICATE_REVOKED": {sdk.Unauthenticated, "bank.certificate", "certificate", "/certificate"},
	"SIGNATURE_MISSING":   {sdk.Unauthenticated, "bank.seal", "certificate", "/seal"},
	"SIGNATURE_INVALID":   {sdk.Unauthenticated, "bank.seal", "certificate", "/seal"},
	"TOKEN_UNKNOWN":       {sdk.Unauthenticated, "bank.token", "", "/token"},
	"TOKEN_INVALID":       {sdk.Unauthenticated, "bank.token", "", "/token"},
	"TOKEN_EXPIRED":       {sdk.Unauthenticated, "bank.token", "", "/token"},
	"ROLE_INVALID":        {sdk.Unauthenticated, "bank.role", "certificate", "/certificate"},

	"FORMAT_ERROR":             {sdk.InvalidRequest, "bank.format", "", ""},
	"PARAMETER_NOT_CONSISTENT": {sdk.InvalidRequest, "bank.format", "", ""},
	"TIMESTAMP_INVALID":        {sdk.InvalidRequest, "bank.timestamp", "", ""},
	"PERIOD_INVALID":           {sdk.InvalidRequest, "bank.period", "period", "/from"},

	"PARAMETER_NOT_SUPPORTED":   {sdk.Unsupported, "bank.parameter", "", ""},
	"REQUESTED_FORMATS_INVALID": {sdk.Unsupported, "bank.format_unknown", "", ""},
	"SERVICE_INVALID":           {sdk.Unsupported, "bank.service", "", ""},
	"SESSIONS_NOT_SUPPORTED":    {sdk.Unsupported, "bank.combined", "", ""},
	"SCA_METHOD_UNKNOWN":        {sdk.Unsupported, "sca.unsupported", "sca_unsupported", ""},

	"CORPORATE_ID_INVALID":    {sdk.Rejected, "user.unknown", "", "/user_id"},
	"PSU_CREDENTIALS_INVALID": {sdk.Rejected, "user.unknown", "", "/user_id"},
	"RESOURCE_UNKNOWN":        {sdk.Rejected, "resource.unknown", "", ""},
	"RESOURCE_EXPIRED":        {sdk.Rejected, "resource.expired", "", ""},
	"RESOURCE_BLOCKED":        {sdk.Rejected, "resource.blocked", "", ""},
	"SERVICE_BLOCKED":         {sdk.Rejected, "bank.blocked", "", ""},
	"STATUS_INVALID":          {sdk.Rejected, "consent.status", "", ""},
}

// byStatus is what an answer without a known message comes to.
func byStatus(status int) meaning {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return meaning{kind: sdk.Unauthenticated, code: "bank.unauthorized"}
	case status == http.StatusTooManyRequests:
		return meaning{kind: sdk.RateLimited, code: "bank.limit"}
	case status == http.StatusRequestTimeout:
		return meaning{kind: sdk.Timeout, code: "bank.timeout"}
	case status == http.StatusNotAcceptable:
		return meaning{kind: sdk.Unsupported, code: "bank.format_unknown"}
	case status == http.StatusBadRequest, status == http.StatusConflict:
		return meaning{kind: sdk.Rejected, code: "bank.refused"}
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return meaning{kind: sdk.ContractDrift, code: "bank.address"} // anybody's 404
	case status >= 500:
		return meaning{kind: sdk.Unavailable, code: "bank.broken"}
	}
	return meaning{kind: sdk.ContractDrift, code: "bank.status"}
}

// word is what may go on as the bank's own code: a bank's text may hold anything.
var word = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// judge reads a refusal. What the bank says in words goes nowhere.
func judge(status int, h http.Header, body []byte, now time.Time) error {
	code := messageCode(body)
	m, known := meanings[code]
	if !known || status >= 500 {
		m = byStatus(status)
	}
	out := sdk.Error{Kind: m.kind, Code: m.code, SideEffect: sdk.None, ProviderCode: strconv.Itoa(status), UserMessage: m.message}
	if code != "" {
		out.ProviderCode += " " + code
	}
	if m.field != "" {
		out.Fields = []sdk.FieldError{{Pointer: m.field, Code: m.code}}
	}
	switch m.kind {
	case sdk.RateLimited:
		unsaid := retryUnsaid
		if code == "ACCESS_EXCEEDED" { // the reads of a day: without a word, the next day
			unsaid = now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).Sub(now)
		}
		out.RetryAfter = retryAfter(h, now, unsaid)
	case sdk.Unavailable, sdk.Timeout, sdk.ContractDrift:
		out.SideEffect = sdk.Unknown
	}
	return out
}

// messageCode is the code of the first error in a refusal: of tppMessages, or of a problem (RFC 7807) as the framework allows too.
func messageCode(body []byte) string {
	var said struct {
		Code        string
		TPPMessages []struct{ Category, Code string }
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	code := said.Code
	for _, m := range said.TPPMessages {
		if m.Category == "ERROR" {
			code = m.Code
			break
		}
	}
	if !word.MatchString(code) {
		return ""
	}
	return code
}
