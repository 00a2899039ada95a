import type { Payment } from "../types";

export type Year = { number: number; payments: Payment[]; paid: number; interest: number; principal: number; balance: number };

/** Payments by year of the loan, with what each year comes to. */
export function years(payments: Payment[]): Year[] {
  const out: Year[] = [];
  for (const p of payments) {
    const number = Math.ceil(p.number / 12);
    let year = out.at(-1);
    if (year?.number !== number) out.push((year = { number, payments: [], paid: 0, interest: 0, principal: 0, balance: 0 }));
    year.payments.push(p);
    year.paid += p.payment_cents;
    year.interest += p.interest_cents;
    year.principal += p.principal_cents;
    year.balance = p.balance_cents;
  }
  return out;
}
