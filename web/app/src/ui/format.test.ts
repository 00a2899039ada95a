import { expect, test } from "vitest";
import { ago, day, daysSince, money, percent, readMoney, readPercent, span } from "./format";

const plain = (text: string) => text.replace(/\u00a0/g, " ");

test("money is written the reader's way", () => {
  expect(plain(money(18_000_000, "it"))).toBe("€ 180.000,00");
  expect(plain(money(123_456, "it"))).toBe("€ 1.234,56");
  expect(money(18_000_000, "en")).toBe("€180,000.00");
  expect(plain(money(18_000_000, "it", { whole: true }))).toBe("€ 180.000");
  expect(plain(money(-50, "it"))).toBe("−€ 0,50");
});

test("basis points are percentages", () => {
  expect(plain(percent(7525, "it"))).toBe("75,25 %");
  expect(percent(350, "en")).toBe("3.5%");
  expect(plain(percent(8000, "it"))).toBe("80 %");
});

test("a calendar day stays itself", () => {
  expect(day("2026-02-01", "it")).toBe("1 feb 2026");
  expect(day("2026-02-01", "en")).toBe("1 Feb 2026");
});

test("time passed is told in words", () => {
  const now = Date.parse("2026-03-10T12:00:00Z");
  expect(ago("2026-03-07T12:00:00Z", "en", now)).toBe("3 days ago");
  expect(ago("2026-03-10T14:00:00Z", "it", now)).toBe("tra 2 ore");
  expect(daysSince("2026-03-01T12:00:00Z", now)).toBe(9);
});

test.each([
  ["180.000", 18_000_000],
  ["180000", 18_000_000],
  ["180.000,50", 18_000_050],
  ["180,000.50", 18_000_050],
  ["€ 1.250,5", 125_050],
  ["1.250.000", 125_000_000],
  ["12,5", 1_250],
  ["12.50", 1_250],
  ["0", 0],
])("%s is %i cents", (text, cents) => expect(readMoney(text)).toBe(cents));

test.each(["", "abc", "-5", "1,2345", "12.5.3x"])("%j is no amount", (text) => expect(readMoney(text)).toBeNull());

test("percentages are read in both ways", () => {
  expect([readPercent("3,5"), readPercent("3.75 %"), readPercent("x")]).toEqual([350, 375, null]);
});

test("a length of time is said in its largest unit", () => {
  expect(span(90_000)).toEqual({ unit: "days", count: 1 });
  expect(span(7_300)).toEqual({ unit: "hours", count: 2 });
  expect(span(10)).toEqual({ unit: "minutes", count: 1 });
});
