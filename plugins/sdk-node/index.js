// The SDK of connectors in Node. No dependencies: `build.js` makes one file of it and the connector, which is what is verified, approved and run.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Console } = require("node:console");
const { Codec } = require("./protobuf.js");
const { listen, Status } = require("./server.js");
const { ask } = require("./egress.js");
const outcome = require("./outcome.js");
const { Failure, unsupported, notFound } = outcome;

const services = { BankPortal: ["bankPortal", "bank_portal"], OpenBanking: ["openBanking", "open_banking"], Identity: ["identity", "identity"], CreditBureau: ["creditBureau", "credit_bureau"], Analysis: ["analysis", "analysis"] };

// What is asked about an earlier call, by what it was. came is the field of the answer.
const reconciles = {
  submit_application: ["bankPortal", "reconcileSubmission", "receipt"], answer_request: ["bankPortal", "reconcileAnswer"], withdraw_application: ["bankPortal", "reconcileWithdrawal"],
  add_document: ["bankPortal", "reconcileDocument"], request_report: ["creditBureau", "reconcileReport", "report"],
};
const polls = { submit_application: ["bankPortal", "pollSubmission", "receipt"], request_report: ["creditBureau", "pollReport", "report"] };
const cancels = { submit_application: ["bankPortal", "cancelSubmission"] };

const lower = (name) => name[0].toLowerCase() + name.slice(1);

// serve runs a connector until the platform ends it.
function serve(connector) {
  globalThis.console = new Console(process.stderr); // standard output is the handshake's
  const codec = new Codec(globalThis.__connector_proto ?? fs.readFileSync(path.join(__dirname, "connector.proto"), "utf8"));
  listen(codec, (method) => method.service === "Core" || connector[services[method.service][0]] !== undefined, async (method, messages, signal) => {
    const first = await messages.next();
    if (first.done) throw new Status(3, "there is no message");
    let request = codec.decode(method.input, first.value), content;
    if (method.streams) {
      if (!request.header) throw new Status(3, "the first message is the header");
      const part = method.input;
      request = request.header;
      content = (async function* () { for await (const raw of messages) yield codec.decode(part, raw).chunk; })();
    }
    return codec.encode(method.output, await run(connector, codec, method, request, content, signal));
  });
}

async function run(connector, codec, method, request, content, signal) {
  if (method.name === "Describe") return describe(connector);
  const call = callOf(request.call ?? {}, signal);
  const out = {};
  const put = (field, value) => { if (value !== undefined && field) out[field.name] = wrapped(codec, field.type, value); };
  const field = codec.messages[method.output].find((f) => f.name !== "outcome");
  let ended = { done: {} };
  try {
    if (method.service === "Core") await core(connector, method.name, call, request, out);
    else {
      const does = connector[services[method.service][0]][lower(method.name)];
      if (!does) throw unsupported(method.name.replace(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase());
      const parts = codec.messages[method.streams ? codec.messages[method.input].find((f) => f.name === "header").type : method.input].filter((f) => f.name !== "call");
      put(field, await does(call, ...parts.map((f) => request[f.name]), ...(content ? [content] : [])));
    }
  } catch (e) {
    put(method.service === "Core" ? null : field, e.payload);
    if (method.name === "Poll" || method.name === "Reconcile") came(out, method.name === "Poll" ? polls : reconciles, request, e.payload);
    ended = endOf(e, method.name, call);
  }
  out.outcome = { ...ended, operation_id: call.operation_id };
  try {
    codec.encode(method.output, out);
  } catch (e) { // what the connector gave does not fit the protocol
    console.error(JSON.stringify({ level: "ERROR", msg: "answer", method: method.name, operation: call.operation_id, error: e.message }));
    return { outcome: { failed: { kind: "internal", code: "connector.answer", side_effect: "unknown" }, operation_id: call.operation_id } };
  }
  return out;
}

// endOf is what was thrown. Of anything but the protocol's own only the kind and the place are logged: its text may quote the file.
function endOf(e, method, call) {
  if (e.failed) return { failed: e.failed };
  if (e.pending) return { pending: e.pending };
  if (e.needs_user) return { needs_user: e.needs_user };
  if (e.name === "AbortError" || e.name === "TimeoutError") return { failed: { kind: "timeout", code: "deadline", side_effect: "unknown" } };
  const places = String(e.stack).split("\n").filter((line) => /^\s+at /.test(line));
  console.error(JSON.stringify({ level: "ERROR", msg: "error", method, operation: call.operation_id, error: e.name, stack: places.join("\n") }));
  return { failed: { kind: "internal", code: "connector.error", side_effect: "unknown" } };
}

async function core(connector, name, call, request, out) {
  const does = connector[lower(name)];
  const about = (table, ...rest) => earlier(connector, table, call, request, out, rest);
  switch (name) {
    case "Reconcile": return about(reconciles);
    case "Poll": return about(polls, request.external_ref);
    case "Cancel": return about(cancels, request.external_ref);
    case "HandleCallback":
      if (!does) throw unsupported("callback");
      out.references = await does(call, request.callback);
      return;
    default: // ValidateConfig, CheckConnection, Health
      if (does) await does(call);
  }
}

async function earlier(connector, table, call, request, out, rest) {
  const of = Object.keys(table).find((name) => request.earlier?.[name]);
  const [capability, method] = table[of] ?? [];
  let does = connector[capability]?.[method];
  if (method === "pollReport") does = does ?? ((call, _, ref) => connector.creditBureau?.getReport(call, { reference: ref }));
  if (method === "reconcileDocument" && !does) throw notFound(); // what was never sent never arrived
  if (!does) throw unsupported("earlier");
  came(out, table, request, await does.call(connector[capability], call, request.earlier[of], ...rest));
}

function came(out, table, request, value) {
  const of = Object.keys(table).find((name) => request.earlier?.[name]);
  const field = table[of]?.[2];
  if (field && value !== undefined) out.came = { [field]: value };
}

// wrapped lets a connector return a list where the protocol has a message of one list.
function wrapped(codec, type, value) {
  const fields = codec.messages[type];
  return Array.isArray(value) && fields ? { [fields.find((f) => f.repeated).name]: value } : value;
}

function describe(connector) {
  const d = connector.describe;
  const list = (of, make) => Object.entries(of ?? {}).map(make);
  return {
    ...d, config_schema: JSON.stringify(d.config_schema), capabilities: Object.values(services).filter(([name]) => connector[name]).map(([, name]) => name),
    costs: list(d.cost_cents, ([method, cents]) => ({ method, cents })), messages: list(d.messages, ([key, text]) => ({ key, text })),
    rate: d.calls_per_minute ? { calls_per_minute: d.calls_per_minute, burst: d.burst ?? 0 } : undefined,
  };
}

// callOf is a call as a connector sees it: config is parsed, signal ends with the call, ask speaks to the other side.
function callOf(head, signal) {
  const call = { ...head, config: head.config?.length ? JSON.parse(head.config) : {} };
  Object.defineProperty(call, "signal", { value: signal });
  call.ask = (request) => ask(call, request);
  return call;
}

module.exports = { serve, ask, ...outcome };
