import type { TFunction } from "i18next";
import { z } from "zod";
import type { components } from "~/api/schema";
import type { Application } from "~/api/types";
import { enums } from "~/ui/enums";

/** The form of what is asked: cents, basis points, months. */
export const askedShape = (t: TFunction) =>
  z.object({
    title: z.string().max(200, t("form.too_long", { count: 200 })),
    purpose: z.enum(enums.purpose),
    product_kind: z.enum(enums.product),
    rate_kind: z.enum(enums.rate),
    amount_cents: z.number({ error: t("form.number") }).min(100, t("form.at_least", { value: 1 })).max(100_000_000_000),
    term_months: z.number({ error: t("form.number") }).int().min(1, t("form.at_least", { value: 1 })).max(600, t("form.at_most", { value: 600 })),
    nominal_rate_bps: z.number({ error: t("form.number") }).min(0).max(10_000, t("form.at_most", { value: 100 })),
    planned_submission: z.string().min(1, t("form.required")),
    owner_id: z.string(),
  });

export type Asked = z.infer<ReturnType<typeof askedShape>>;
type Patch = components["schemas"]["ApplicationsPatch"];

export const askedOf = (file: Application): Asked => ({
  title: file.title,
  purpose: file.purpose as Asked["purpose"],
  product_kind: file.product_kind as Asked["product_kind"],
  rate_kind: file.rate_kind as Asked["rate_kind"],
  amount_cents: file.amount_cents,
  term_months: file.term_months,
  nominal_rate_bps: file.nominal_rate_bps,
  planned_submission: file.planned_submission,
  owner_id: file.owner.id,
});

/** Only what was changed is sent: what somebody else changed meanwhile is not put back. */
export function changes(before: Asked, after: Asked): Patch {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => value !== before[name as keyof Asked])) as Patch;
}
