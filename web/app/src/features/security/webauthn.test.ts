import { expect, test } from "vitest";
import { readOptions, toBytes, toText, writeAnswer } from "./webauthn";

test("bytes survive the way through text without padding", () => {
  for (const length of [0, 1, 2, 3, 33]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + 251) % 256);
    expect(toText(bytes.buffer)).not.toMatch(/[+/=]/);
    expect(toBytes(toText(bytes.buffer))).toEqual(bytes);
  }
});

test("options get bytes where the browser wants them and keep the rest", () => {
  const options = readOptions<PublicKeyCredentialCreationOptions>({
    publicKey: { challenge: "AQI", rp: { name: "Pratica" }, user: { id: "AwQ", name: "ada" }, excludeCredentials: [{ id: "BQY", type: "public-key" }] },
  });
  expect(options).toEqual({ challenge: new Uint8Array([1, 2]), rp: { name: "Pratica" }, user: { id: new Uint8Array([3, 4]), name: "ada" }, excludeCredentials: [{ id: new Uint8Array([5, 6]), type: "public-key" }] });
});

test("an answer is written with the parts it has", () => {
  const bytes = (n: number) => new Uint8Array([n]).buffer;
  const answer = { id: "x", rawId: bytes(1), type: "public-key", response: { clientDataJSON: bytes(2), signature: bytes(3), userHandle: null } };
  expect(writeAnswer(answer as unknown as Credential)).toEqual({ id: "x", rawId: "AQ", type: "public-key", response: { clientDataJSON: "Ag", signature: "Aw" } });
});
