// gRPC over HTTP/2 on a unix socket, with the handshake of hashicorp/go-plugin: the platform starts this program, reads one line from its
// standard output, and calls. Both sides prove themselves by certificates made for this process alone.
"use strict";

const http2 = require("node:http2");
const path = require("node:path");
const { certificate } = require("./certificate.js");

const messageAtMost = 8 << 20;
const statuses = { invalid: 3, unimplemented: 12, internal: 13, tooLarge: 8 };

class Status extends Error {
  constructor(code, text) { super(text); this.code = code; }
}

// messages are the gRPC messages of a request, as they arrive.
async function* messages(stream) {
  let rest = Buffer.alloc(0);
  for await (const piece of stream) {
    rest = rest.length ? Buffer.concat([rest, piece]) : piece;
    while (rest.length >= 5) {
      const length = rest.readUInt32BE(1);
      if (rest[0] !== 0) throw new Status(statuses.unimplemented, "messages are not compressed here");
      if (length > messageAtMost) throw new Status(statuses.tooLarge, "the message is over 8 MiB");
      if (rest.length < 5 + length) break;
      yield rest.subarray(5, 5 + length);
      rest = rest.subarray(5 + length);
    }
  }
  if (rest.length) throw new Status(statuses.invalid, "a message breaks off");
}

const units = { H: 3600e3, M: 60e3, S: 1e3, m: 1, u: 1e-3, n: 1e-6 };

// signalOf ends with the call: by its deadline, or when the platform goes away.
function signalOf(stream, headers) {
  const gone = new AbortController();
  stream.on("close", () => gone.abort());
  const said = /^(\d+)([HMSmun])$/.exec(headers["grpc-timeout"] ?? "");
  return said ? AbortSignal.any([gone.signal, AbortSignal.timeout(Math.ceil(Math.min(said[1] * units[said[2]], 2 ** 31 - 1)))]) : gone.signal;
}

// answer is the trailers of a call, and its message if it has one.
function answer(stream, message, code, text) {
  if (stream.destroyed || stream.closed) return;
  const trailers = { "grpc-status": String(code), "grpc-message": encodeURIComponent(text) };
  if (!message) {
    stream.respond({ ":status": 200, "content-type": "application/grpc", ...trailers }, { endStream: true });
    stream.resume();
    return;
  }
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(Buffer.concat([head, message]));
}

// listen calls handle(method, messages, signal), which returns an answer's bytes, for every method of the codec that offers(method).
function listen(codec, offers, handle) {
  if (process.env.PRATICA_CONNECTOR !== "connector.v1") {
    process.stderr.write("This is a connector of Pratica, and is started by it. Try it with: pratica plugin test " + path.basename(process.argv[1]) + "\n");
    process.exit(2);
  }
  if (!(process.env.PLUGIN_PROTOCOL_VERSIONS ?? "1").split(",").includes("1")) {
    process.stderr.write("This connector speaks version 1 of the protocol, and the platform does not. Build it with a newer SDK.\n");
    process.exit(2);
  }
  const own = certificate();
  const server = http2.createSecureServer({ key: own.key, cert: own.cert, ca: process.env.PLUGIN_CLIENT_CERT, requestCert: true, rejectUnauthorized: true,
    minVersion: "TLSv1.2", settings: { initialWindowSize: 1 << 20 } });
  server.on("session", (session) => session.setLocalWindowSize(4 << 20));
  server.on("sessionError", () => {});
  server.on("tlsClientError", () => {});
  server.on("stream", async (stream, headers) => {
    stream.on("error", () => {}); // the platform went away: the signal says so
    const method = codec.methods[headers[":path"]];
    try {
      if (!method || !offers(method)) throw new Status(statuses.unimplemented, "this connector has no such method");
      answer(stream, await handle(method, messages(stream), signalOf(stream, headers)), 0, "");
    } catch (e) {
      answer(stream, null, e instanceof Status ? e.code : e instanceof TypeError ? statuses.invalid : statuses.internal, e instanceof Status ? e.message : e.name);
    }
  });
  const socket = path.join(process.env.PLUGIN_UNIX_SOCKET_DIR ?? process.env.TMPDIR ?? "/tmp", "plugin" + process.pid);
  server.listen(socket, () => process.stdout.write(`1|1|unix|${socket}|grpc|${own.raw.toString("base64").replace(/=+$/, "")}\n`));
  process.stdin.on("end", () => process.exit(0)).on("error", () => process.exit(0)).resume(); // the platform is gone
}

module.exports = { listen, Status };
