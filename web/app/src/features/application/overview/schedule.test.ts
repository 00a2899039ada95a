import { expect, test } from "vitest";
import { years } from "./schedule";

const payment = (number: number, interest: number, principal: number, balance: number) => ({
  number,
  payment_cents: interest + principal,
  interest_cents: interest,
  principal_cents: principal,
  balance_cents: balance,
});

test("payments are summed by year of the loan, and the last balance stays", () => {
  const list = Array.from({ length: 14 }, (_, i) => payment(i + 1, 10, 90, 1_400 - (i + 1) * 90));
  const [first, second, ...more] = years(list);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ number: 1, paid: 1_200, interest: 120, principal: 1_080, balance: 320 });
  expect(second).toMatchObject({ number: 2, paid: 200, balance: 140 });
  expect(second!.payments.map((p) => p.number)).toEqual([13, 14]);
});

test("a loan without payments has no years", () => expect(years([])).toEqual([]));
