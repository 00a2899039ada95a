import { expect, test } from "vitest";
import type { Application, Lender, Product } from "~/api/types";
import type { Submission } from "../types";
import { agreedUntil, alreadyAt, fitting, over, ranked } from "./lenders";

const product = (id: string, more: Partial<Product> = {}): Product => ({
  id,
  lender_id: "len_1",
  name: id,
  product_kind: "mortgage",
  rate_kind: "fixed",
  nominal_rate_bps: 300,
  min_amount_cents: 1_000,
  max_amount_cents: 9_000,
  max_term_months: 360,
  ...more,
});
const lender = (more: Partial<Lender> = {}) => ({ id: "len_1", agreements: [], products: [], ...more }) as unknown as Lender;
const file = { product_kind: "mortgage", rate_kind: "fixed", amount_cents: 5_000, term_months: 300 } as Application;

test("an agreement's last day, where it has one", () => {
  const dated = lender({ agreements: [{ from: "2026-01-01", to: "2026-06-30" }] });
  expect(agreedUntil(dated, "2026-02-01")).toBe("2026-06-30");
  const open = lender({ agreements: [{ from: "2026-01-01", to: "" }] });
  expect([agreedUntil(open, "2030-01-01"), agreedUntil(dated, "2026-07-01")]).toEqual([null, null]);
});

test("only products that fit are offered, those of the rate asked for first", () => {
  const products = [product("variable", { rate_kind: "variable" }), product("fixed"), product("small", { max_amount_cents: 4_000 }), product("short", { max_term_months: 240 }), product("loan", { product_kind: "personal_loan" })];
  expect(fitting(lender({ products }), file).map((p) => p.id)).toEqual(["fixed", "variable"]);
});

test("lenders the file can go to come first", () => {
  const active = [{ from: "2026-01-01", to: "" }];
  const all = [lender({ id: "neither", name: "A" }), lender({ id: "agreed", name: "B", agreements: active }), lender({ id: "both", name: "C", agreements: active, products: [product("p")] })];
  expect(ranked(all, file, "2026-02-01").map((l) => l.id)).toEqual(["both", "agreed", "neither"]);
});

test("a file is not sent to a lender that has it", () => {
  const sent = [{ lender: { id: "len_1" }, outcome: "lost" }, { lender: { id: "len_2" }, outcome: null }] as Submission[];
  expect([alreadyAt(lender(), sent), alreadyAt(lender({ id: "len_2" }), sent)]).toEqual([undefined, sent[1]]);
});

test("a figure is over a limit only when it is known", () => expect([over(null, 1), over(1, 1), over(2, 1)]).toEqual([false, false, true]));
