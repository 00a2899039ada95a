import { expect, test } from "vitest";
import { isOpen, ownNotice } from "./support";

const notice = (id: string, who: string) => ({ id, who, reason: "a file that does not move", until: "2026-03-01T10:00:00Z" });

test("what has lapsed leads nowhere, whatever its state", () => {
  const now = Date.parse("2026-03-01T09:00:00Z");
  const at = (state: "requested" | "approved" | "revoked", expires_at: string) => isOpen({ state, expires_at }, now);
  expect([at("approved", "2026-03-01T09:30:00Z"), at("approved", "2026-03-01T08:59:00Z"), at("revoked", "2026-03-01T09:30:00Z")]).toEqual([true, false, false]);
});

test("a view is its own person's notice, and nobody else has one", () => {
  const me = { user: { id: "usr_1", name: "Rita", email: "", locale: "it" }, support: [notice("a", "Ugo"), notice("b", "Rita")] };
  expect(ownNotice({ ...me, roles: ["support"] })?.id).toBe("b");
  expect(ownNotice({ ...me, roles: ["broker"] })).toBeNull();
});
