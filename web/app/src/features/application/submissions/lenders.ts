import type { Application, Lender, Product } from "~/api/types";
import { activeOn } from "~/features/lenders/lenders";
import type { Submission } from "../types";

/** The last day of the agreement that covers a day; null when it goes on, or there is none. */
export const agreedUntil = (lender: Lender, day: string) => (lender.agreements ?? []).find((a) => a.from <= day && (!a.to || day <= a.to))?.to || null;

/** Products that fit what is asked: its kind, and an amount and term within their bounds. Those of the rate asked for come first. */
export function fitting(lender: Lender, file: Application): Product[] {
  const fits = (p: Product) =>
    p.product_kind === file.product_kind && p.min_amount_cents <= file.amount_cents && file.amount_cents <= p.max_amount_cents && file.term_months <= p.max_term_months;
  const rank = (p: Product) => (p.rate_kind === file.rate_kind ? 0 : 1);
  return (lender.products ?? []).filter(fits).sort((a, b) => rank(a) - rank(b));
}

/** Lenders the file can go to first: an active agreement and a product that fits, then one of the two; by name among equals. */
export function ranked(lenders: Lender[], file: Application, day: string): Lender[] {
  const rank = (l: Lender) => Number(!activeOn(l, day)) + Number(fitting(l, file).length === 0);
  return [...lenders].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** The lender's open submission of this file: it cannot be there twice. */
export const alreadyAt = (lender: Lender, submissions: Submission[]) => submissions.find((s) => s.lender.id === lender.id && s.outcome === null);

export const over = (value: number | null, limit: number) => value !== null && value > limit;
