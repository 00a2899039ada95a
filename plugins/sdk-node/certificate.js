// A self-signed certificate for one process: the platform is told it in the handshake and accepts no other. Node makes keys and signatures,
// but no certificates; the few structures of X.509 that one needs are written here.
"use strict";

const { generateKeyPairSync, randomBytes, sign } = require("node:crypto");

function der(tag, ...parts) {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}
const sequence = (...parts) => der(0x30, ...parts);
const oid = (...bytes) => der(0x06, Buffer.from(bytes));
const octets = (body) => der(0x04, body);
const yes = der(0x01, Buffer.from([0xff]));
const time = (d) => der(0x17, Buffer.from(d.toISOString().replace(/[-:T]/g, "").slice(2, 14) + "Z"));

const ecdsaWithSHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const localhost = sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from("localhost")))));
const extensions = der(0xa3, sequence(
  sequence(oid(0x55, 0x1d, 0x13), yes, octets(sequence(yes))), // a CA: it vouches for itself
  sequence(oid(0x55, 0x1d, 0x0f), yes, octets(der(0x03, Buffer.from([0x02, 0xac])))), // signs, agrees on keys, signs certificates
  sequence(oid(0x55, 0x1d, 0x25), octets(sequence(oid(0x2b, 6, 1, 5, 5, 7, 3, 1), oid(0x2b, 6, 1, 5, 5, 7, 3, 2)))), // server and client
  sequence(oid(0x55, 0x1d, 0x11), octets(sequence(der(0x82, Buffer.from("localhost"))))),
));

// certificate returns {key, cert} in PEM and the certificate in DER.
function certificate(now = new Date()) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const year = 365 * 24 * 3600 * 1000;
  const tbs = sequence(der(0xa0, der(0x02, Buffer.from([2]))), der(0x02, serial), ecdsaWithSHA256, localhost,
    sequence(time(new Date(now - 60_000)), time(new Date(+now + 10 * year))), localhost, publicKey.export({ type: "spki", format: "der" }), extensions);
  const raw = sequence(tbs, ecdsaWithSHA256, der(0x03, Buffer.from([0]), sign("sha256", tbs, privateKey)));
  const pem = `-----BEGIN CERTIFICATE-----\n${raw.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }), cert: pem, raw };
}

module.exports = { certificate };
