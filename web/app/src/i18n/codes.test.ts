import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import en from "./en";
import it from "./it";

const root = new URL("../../../../", import.meta.url);
const source = ["api", "core", "policies", "tenants"]
  .flatMap((folder) => readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`))
  .filter((name) => name.endsWith(".go") && !name.endsWith("_test.go") && !/^core\/(coretest|isolation)\//.test(name))
  .map((name) => readFileSync(new URL(name, root), "utf8"))
  .join("\n");

/** How a refusal is written in Go: its kind (an Input's is always Invalid) and its code. */
const forms = [/fault\.(?:New|Wrap)\((?:[^"\n]*,\s*)?fault\.(\w+),\s*"([\w.]+)"/g, /fault\.(Input)\(\s*"([\w.]+)"/g, /Kind:\s*fault\.(\w+),\s*Code:\s*"([\w.]+)"/g, /\b(Code)(?:, \w+\.\w+)*(?::| =)\s*"([a-z_]+\.[\w.]+)"/g];

/** What no browser is told: what keeps the program from starting is said on the command line. */
const elsewhere = /^(boot|config)\./;

const codes = [
  ...new Set(
    forms
      .flatMap((form) => [...source.matchAll(form)])
      .filter(([, kind]) => kind !== "Internal") // its code and text never leave
      .map(([, , code]) => code!)
      .filter((code) => !elsewhere.test(code)),
  ),
].sort();

const words = (language: unknown) => Object.keys((language as { problem: { code: object } }).problem.code);

test("the codes of refusals are found in the server's source", () => {
  expect(codes.length).toBeGreaterThan(200);
  expect(codes).toEqual(expect.arrayContaining(["oidc.state", "identity_provider.issuer", "role.invalid", "oidc.unavailable", "input.malformed"]));
});

test.each([
  ["Italian", it],
  ["English", en],
])("every refusal has a sentence in %s", (_, language) => {
  const there = words(language);
  const told = (code: string) => there.includes(code.replace(/\./g, "_")) || (code.endsWith(".") && there.some((key) => key.startsWith(code.replace(/\./g, "_"))));
  expect(codes.filter((code) => !told(code))).toEqual([]);
});
