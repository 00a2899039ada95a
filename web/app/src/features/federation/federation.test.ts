import { expect, test } from "vitest";
import { formOf, loginLink, providerOf } from "./federation";

const provider = {
  configured: true,
  issuer: "https://login.example",
  client_id: "pratica",
  domains: ["agency.example"],
  first_role: "",
  role_claim: "groups",
  role_map: { brokers: "broker" },
  exclusive: true,
  start_url: "",
  callback_url: "",
  version: 3,
};

test("a provider survives the form; the secret is sent only when it was typed", () => {
  const { configured: _c, start_url: _s, callback_url: _b, version: _v, first_role: _f, ...sent } = provider;
  expect(providerOf(formOf(provider))).toEqual(sent);
  expect(providerOf({ ...formOf(provider), client_secret: "s3cret" })).toEqual({ ...sent, client_secret: "s3cret" });
});

test("of the ways for newcomers only the chosen one is sent", () => {
  const typed = { ...formOf(provider), first_role: "broker" };
  expect(providerOf({ ...typed, newcomers: "role" })).toMatchObject({ first_role: "broker" });
  for (const way of ["role", "members"] as const) expect(providerOf({ ...typed, newcomers: way })).not.toHaveProperty("role_map");
  expect(providerOf({ ...typed, newcomers: "members" })).not.toHaveProperty("first_role");
});

test("domains are those behind the @", () => expect(providerOf({ ...formOf(provider), domains: ["@agency.example "] }).domains).toEqual(["agency.example"]));

test("the link names the agency by its id", () => expect(loginLink("https://pratica.example", "agn_1")).toBe("https://pratica.example/login?agency=agn_1"));
