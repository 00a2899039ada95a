import { expect, test } from "vitest";
import { connects, reachesLenders } from "./capabilities";

test.each([
  [["bank_portal"], true, true],
  [["credit_bureau"], false, true],
  [["analysis", "open_banking"], false, true],
  [["analysis"], false, false],
  [null, false, false],
])("%j: a lender's %s, connected %s", (capabilities, lender, connected) => {
  expect([reachesLenders({ capabilities }), connects({ capabilities })]).toEqual([lender, connected]);
});
