import { expect, test } from "vitest";
import { isMasked, whoMaySee } from "./masked";

const roles = [
  { key: "broker", permissions: ["subjects.read_health"] },
  { key: "read_only", permissions: ["subjects.read"] },
];

test("who may see it has a role that may, and has not left", () => {
  const members = [
    { name: "Giulia", roles: ["broker"], status: "active" },
    { name: "Ugo", roles: ["broker"], status: "disabled" },
    { name: "Ornella", roles: ["read_only"], status: "active" },
  ];
  expect(whoMaySee("subjects.read_health", roles, members)).toEqual(["Giulia"]);
});

test("what is empty is not masked", () => expect([isMasked({ masked: ["health"] }, "legal"), isMasked({ masked: ["health"] }, "health"), isMasked({ masked: null }, "health")]).toEqual([false, true, false]));
