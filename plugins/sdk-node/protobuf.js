// Reads connector.proto and turns its messages into bytes and back. It knows what that file uses and no more: proto3 without groups,
// fixed-width and floating numbers. Fields keep their names of the .proto; a Timestamp is a Date, a Duration is seconds, a 64-bit number a
// number that is exact or refused, an enum the lower-case word after its prefix.
"use strict";

const google = {
  ".Timestamp": { parts: (d) => split(d.getTime() / 1000), whole: (s, n) => new Date(s * 1000 + n / 1e6) },
  ".Duration": { parts: (seconds) => split(seconds), whole: (s, n) => s + n / 1e9 },
};
const split = (seconds) => [Math.floor(seconds), Math.round((seconds - Math.floor(seconds)) * 1e9)];

// parse returns {messages: name → fields, enums: name → {byName, byNumber}, methods: path → {name, input, output, streams}}.
function parse(text) {
  const tokens = text.replace(/\/\/[^\n]*/g, "").match(/"[^"]*"|[A-Za-z0-9_.]+|[{}();=<>,[\]]/g);
  const out = { messages: {}, enums: {}, methods: {}, pkg: "" };
  let at = 0;
  const next = () => tokens[at++];
  const skip = (until) => { while (next() !== until); };
  function message(name) {
    const fields = (out.messages[name] = []);
    let oneof = null;
    for (next(); ; ) { // "{"
      let t = next();
      if (t === "}" && !oneof) return;
      if (t === "}") { oneof = null; continue; }
      if (t === "oneof") { oneof = next(); next(); continue; }
      const repeated = t === "repeated", optional = t === "optional";
      if (repeated || optional) t = next();
      const map = t === "map";
      if (map) { skip(">"); t = "string"; } // the only maps are of strings
      const field = { type: t, name: next(), repeated, optional: optional || !!oneof, oneof, map };
      next(); // "="
      field.number = Number(next());
      skip(";");
      fields.push(field);
    }
  }
  function enumeration(name) {
    const prefix = name.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase() + "_";
    const of = (out.enums[name] = { byName: {}, byNumber: {} });
    for (next(); ; ) {
      const t = next();
      if (t === "}") return;
      next();
      const number = Number(next());
      skip(";");
      const word = t.slice(prefix.length).toLowerCase();
      of.byName[word] = number;
      of.byNumber[number] = word;
    }
  }
  function service(name) {
    for (next(); ; ) {
      if (next() === "}") return;
      const method = next(); // after "rpc"
      next();
      const streams = tokens[at] === "stream" && !!next();
      const input = next();
      skip("(");
      const output = next();
      skip(";");
      out.methods[`/${out.pkg}.${name}/${method}`] = { name: method, service: name, input, output, streams };
    }
  }
  while (at < tokens.length) {
    const t = next();
    if (t === "package") { out.pkg = next(); next(); }
    else if (t === "message") message(next());
    else if (t === "enum") enumeration(next());
    else if (t === "service") service(next());
    else skip(";");
  }
  return out;
}

function varint(n) {
  let v = BigInt.asUintN(64, BigInt(n));
  const bytes = [];
  for (; v > 127n; v >>= 7n) bytes.push(Number(v & 127n) | 128);
  bytes.push(Number(v));
  return Buffer.from(bytes);
}

const scalars = { string: 2, bytes: 2, bool: 0, int32: 0, int64: 0 };

class Codec {
  constructor(text) { Object.assign(this, parse(text)); }

  encode(name, value) {
    const parts = [];
    for (const f of this.messages[name]) {
      let v = value[f.name];
      if (v === undefined || v === null) continue;
      if (f.map) {
        for (const [key, text] of Object.entries(v)) {
          const entry = Buffer.concat([this.field({ type: "string", number: 1, optional: true }, key), this.field({ type: "string", number: 2, optional: true }, text)]);
          parts.push(varint((f.number << 3) | 2), varint(entry.length), entry);
        }
      } else if (f.repeated) {
        for (const each of v) parts.push(this.field({ ...f, optional: true }, each));
      } else parts.push(this.field(f, v));
    }
    return Buffer.concat(parts);
  }

  field(f, v) {
    if (f.type in scalars || this.enums[f.type]) {
      if (this.enums[f.type]) {
        if (!(v in this.enums[f.type].byName)) throw new TypeError(`${f.name}: no such word of ${f.type}`);
        v = this.enums[f.type].byName[v];
      }
      if (f.type === "string" || f.type === "bytes") {
        const raw = Buffer.isBuffer(v) ? v : Buffer.from(String(v), "utf8");
        return raw.length || f.optional ? Buffer.concat([varint((f.number << 3) | 2), varint(raw.length), raw]) : Buffer.alloc(0);
      }
      v = Number(v);
      if (!Number.isSafeInteger(v)) throw new TypeError(`${f.name}: not a whole number that is exact`);
      return v || f.optional ? Buffer.concat([varint(f.number << 3), varint(v)]) : Buffer.alloc(0);
    }
    const known = google[f.type.replace("google.protobuf", "")];
    let inner;
    if (known) {
      const [seconds, nanos] = known.parts(v);
      inner = Buffer.concat([this.field({ type: "int64", number: 1, name: f.name }, seconds), this.field({ type: "int32", number: 2, name: f.name }, nanos)]);
    } else inner = this.encode(f.type, v);
    return Buffer.concat([varint((f.number << 3) | 2), varint(inner.length), inner]);
  }

  decode(name, bytes) {
    const out = {};
    for (const f of this.messages[name]) {
      if (f.map) out[f.name] = {};
      else if (f.repeated) out[f.name] = [];
      else if (!f.optional && (f.type in scalars || this.enums[f.type])) out[f.name] = { string: "", bytes: Buffer.alloc(0), bool: false }[f.type] ?? (this.enums[f.type] ? this.enums[f.type].byNumber[0] : 0);
    }
    let at = 0;
    const number = () => {
      let v = 0n, shift = 0n;
      for (;;) {
        if (at >= bytes.length || shift > 63n) throw new TypeError("a message breaks off");
        const b = bytes[at++];
        v |= BigInt(b & 127) << shift;
        if (b < 128) return v;
        shift += 7n;
      }
    };
    const chunk = () => {
      const length = Number(number());
      if (at + length > bytes.length) throw new TypeError("a message breaks off");
      return bytes.subarray(at, (at += length));
    };
    const scalar = (f, v) => {
      if (f.type === "bool") return v !== 0n;
      if (this.enums[f.type]) return this.enums[f.type].byNumber[Number(v)] ?? "unspecified";
      const n = Number(BigInt.asIntN(64, v));
      if (!Number.isSafeInteger(n)) throw new TypeError(`${f.name}: too large`);
      return n;
    };
    while (at < bytes.length) {
      const tag = Number(number()), wire = tag & 7;
      const f = this.messages[name].find((f) => f.number === tag >> 3);
      if (wire !== 0 && wire !== 2) throw new TypeError("a message of another protocol");
      if (!f) { wire === 0 ? number() : chunk(); continue; }
      if (wire === 0) {
        const v = scalar(f, number());
        f.repeated ? out[f.name].push(v) : (out[f.name] = v);
        continue;
      }
      const raw = chunk();
      if (f.repeated && f.type !== "string" && (f.type in scalars || this.enums[f.type]) && f.type !== "bytes") { // packed
        const rest = bytes, back = at;
        bytes = raw; at = 0;
        while (at < raw.length) out[f.name].push(scalar(f, number()));
        bytes = rest; at = back;
        continue;
      }
      if (f.map) {
        const entry = this.pair(raw);
        out[f.name][entry[0]] = entry[1];
        continue;
      }
      const known = google[f.type.replace("google.protobuf", "")];
      const v = f.type === "string" ? raw.toString("utf8") : f.type === "bytes" ? Buffer.from(raw)
        : known ? known.whole(...this.moment(raw)) : this.decode(f.type, raw);
      f.repeated ? out[f.name].push(v) : (out[f.name] = v);
    }
    return out;
  }

  pair(raw) {
    const of = little.decode("Pair", raw);
    return [of.k, of.v];
  }

  moment(raw) {
    const of = little.decode("Moment", raw);
    return [of.s, of.n];
  }
}

const little = new Codec("message Pair { string k = 1; string v = 2; } message Moment { int64 s = 1; int32 n = 2; }");

module.exports = { Codec };
