import { expect, test } from "vitest";
import { bars, csvPath, lastYear, month } from "./report";

test("the usual period is twelve months", () => {
  expect(lastYear(new Date("2026-03-31T23:00:00Z"))).toEqual({ from: "2025-04", to: "2026-03" });
  expect(month("2026-03", "en")).toBe("March 2026");
});

test("bars measure by the longest, and a hidden figure has none", () => {
  expect(bars([{ files: 40 }, { files: 10 }, { files: null }])).toEqual([100, 25, null]);
  expect(bars([{ files: null }])).toEqual([null]);
});

test("the spreadsheet is of the same months", () => {
  expect(csvPath("net_1", { from: "2026-01" })).toBe("/api/v1/networks/net_1/report.csv?from=2026-01");
  expect(csvPath("net_1", {})).toBe("/api/v1/networks/net_1/report.csv");
});
