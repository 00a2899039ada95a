// A call's way to the other side: the platform's broker, which lets it reach what the description's egress names and puts secrets in the
// place of their handles.
"use strict";

const http = require("node:http");
const https = require("node:https");
const { Failure } = require("./outcome.js");

const answerAtMost = 4 << 20;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

// send resolves to {status, headers, body}, and rejects with a Failure that says whether the other side may have acted.
function send(call, { method, url, headers, body }) {
  const broker = process.env.PRATICA_EGRESS;
  const options = { method, headers: { ...headers }, signal: call.signal };
  let to = https;
  if (broker) {
    to = http;
    Object.assign(options, { socketPath: broker, path: url.pathname + url.search, agent });
    Object.assign(options.headers, { "Pratica-Target": url.origin, "Pratica-Call": call.egress_token, Host: "egress" });
  } else {
    to = url.protocol === "http:" ? http : https;
    Object.assign(options, { host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port || undefined, path: url.pathname + url.search });
  }
  return new Promise((resolve, reject) => {
    const failed = (e) => reject(call.signal?.aborted || e.name === "AbortError" ? new Failure({ kind: "timeout", code: "bank.timeout" }) : new Failure({ kind: "unavailable", code: "bank.unreachable" }));
    const request = to.request(options, (answer) => {
      const parts = [];
      let size = 0;
      answer.on("data", (part) => { if ((size += part.length) <= answerAtMost) parts.push(part); });
      answer.on("error", failed);
      answer.on("end", () => {
        const raw = Buffer.concat(parts);
        if (!answer.complete) return failed(new Error("cut"));
        if (broker && (answer.statusCode === 470 || answer.statusCode === 471)) return reject(refused(answer, raw));
        resolve({ status: answer.statusCode, headers: answer.headers, body: size > answerAtMost ? null : raw });
      });
    });
    request.on("error", failed);
    request.end(body);
  });
}

const refusals = { "egress.not_allowed": "invalid_config", "egress.private": "invalid_config", "egress.limit": "rate_limited", "egress.secret": "internal", "egress.call": "internal", "egress.timeout": "timeout" };

function refused(answer, raw) {
  let code = "egress.unreachable";
  try { code = JSON.parse(raw).code; } catch { /* a broker that says nothing: unreachable */ }
  const sent = answer.statusCode === 471 && answer.headers["pratica-sent"] !== "no";
  return new Failure({ kind: refusals[code] ?? "unavailable", code, side_effect: sent ? "unknown" : "none", retry_after: code === "egress.limit" ? 1 : undefined });
}

const near = (host) => host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);

// ask is one exchange in JSON; see the README. It resolves to the answer's JSON.
async function ask(call, { method, url, path = [], query = {}, header = {}, body, judge }) {
  let target;
  try { target = new URL(url); } catch { throw new Failure({ kind: "invalid_config", code: "url", side_effect: "none" }); }
  if (target.username || (target.protocol !== "https:" && !(target.protocol === "http:" && near(target.hostname)))) throw new Failure({ kind: "invalid_config", code: "url", side_effect: "none" });
  for (const segment of path) {
    if (!segment || segment === "." || segment === "..") throw new Failure({ kind: "invalid_request", code: "path", side_effect: "none" });
    target.pathname = target.pathname.replace(/\/$/, "") + "/" + encodeURIComponent(segment);
  }
  for (const [name, value] of Object.entries(query)) if (value) target.searchParams.set(name, value);
  const form = body instanceof URLSearchParams;
  const sent = body === undefined ? undefined : Buffer.from(form ? body.toString() : JSON.stringify(body));
  method ??= sent ? "POST" : "GET";
  const headers = { Accept: "application/json" };
  if (sent) Object.assign(headers, { "Content-Type": form ? "application/x-www-form-urlencoded" : "application/json", "Content-Length": sent.length });
  if (method !== "GET") headers["Idempotency-Key"] = call.idempotency_key;
  for (const [name, value] of Object.entries(header)) if (value) headers[name] = value;

  const answer = await send(call, { method, url: target, headers, body: sent });
  let said;
  try { said = answer.body?.length ? JSON.parse(answer.body) : undefined; } catch { /* no JSON: judged below */ }
  if (answer.status < 200 || answer.status > 299) {
    const own = judge?.(answer.status, said);
    throw own ?? judged(answer);
  }
  const kind = (answer.headers["content-type"] ?? "").split(";")[0];
  if (answer.status !== 204 && answer.status !== 205 && (said === undefined || !/[/+]json$/.test(kind))) throw new Failure({ kind: "contract_drift", code: "bank.answer" });
  return said;
}

// judged is the usual meaning of a status.
function judged({ status, headers }) {
  const fail = (kind, code, side_effect, retry_after) => new Failure({ kind, code, side_effect, retry_after, provider_code: String(status) });
  if (status === 401 || status === 403) return fail("unauthenticated", "bank.token", "none");
  if (status === 429) return fail("rate_limited", "bank.limit", "none", /^\d+$/.test(headers["retry-after"]) ? Math.min(Number(headers["retry-after"]), 3600) : 5);
  if (status === 404) return fail("contract_drift", "bank.address", "none");
  if ([400, 409, 410, 413, 422].includes(status)) return fail("rejected", "bank.refused", "none");
  if (status >= 500) return fail("unavailable", "bank.broken", "unknown");
  return fail("contract_drift", "bank.status", "unknown");
}

module.exports = { ask };
