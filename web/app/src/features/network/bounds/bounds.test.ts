import { expect, test } from "vitest";
import { formOf, quotasOf } from "./bounds";

test("quotas survive the form; empty is no limit, zero is zero", () => {
  const quotas = { members: 5, files: 0, storage_bytes: 1_500_000_000, requests_per_second: null, requests_burst: null };
  expect(formOf(quotas as never)).toEqual({ members: "5", files: "0", storage: "1.5", rate: "", burst: "" });
  expect(quotasOf({ members: "5", files: "0", storage: "1,5", rate: "", burst: " " })).toEqual(quotas);
});
