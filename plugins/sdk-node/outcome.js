// How a call ends, besides by returning: throw one of these.
"use strict";

// Failure says what went wrong. kind is one of unavailable, timeout, rate_limited (with retry_after, in seconds), consent_expired, invalid_config,
// unauthenticated, invalid_request, rejected, unsupported, contract_drift and internal. side_effect answers the question that matters: may the
// other side have acted? "none", "committed", or "unknown", which it is unless you say so. code is a short stable word, never a sentence.
class Failure extends Error {
  constructor({ kind, code, side_effect = "unknown", retry_after, provider_code, detail, user_message, fields = [] }) {
    super(kind + ": " + code);
    this.failed = { kind, code, side_effect, retry_after, provider_code, redacted_detail: detail, user_message_key: user_message, field_errors: fields };
  }
}

// Pending: it is not over. The platform asks again after that many seconds, with ref. payload is what there is so far.
class Pending extends Error {
  constructor({ after, ref, payload }) {
    super("pending");
    Object.assign(this, { pending: { poll_after: after, external_ref: ref }, payload });
  }
}

// NeedsUser: a person has to help. way is redirect, decoupled, otp, qr, document or choice. payload travels beside it.
class NeedsUser extends Error {
  constructor({ way, url, expires, fields, after, payload }) {
    super("needs a person");
    Object.assign(this, { needs_user: { way, url, expires, fields, poll_after: after }, payload });
  }
}

// notFound is a reconcile method's "it never arrived": the platform sends again.
const notFound = () => new Failure({ kind: "rejected", code: "not_found", side_effect: "none" });
const unsupported = (code) => new Failure({ kind: "unsupported", code, side_effect: "none" });

module.exports = { Failure, Pending, NeedsUser, notFound, unsupported };
