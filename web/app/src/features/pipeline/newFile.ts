import type { TFunction } from "i18next";
import { z } from "zod";
import { enums } from "~/ui/enums";

/** The form of a new file. Term in years as people say it, amounts in cents, the rate in basis points. */
export const newFileShape = (t: TFunction) =>
  z.object({
    title: z.string().max(200),
    subject: z.string().nullable(),
    purpose: z.enum(enums.purpose),
    product_kind: z.enum(enums.product),
    rate_kind: z.enum(enums.rate),
    amount_cents: z.number({ error: t("form.amount") }).min(100, t("form.amount")).max(100_000_000_000),
    years: z.number({ error: t("form.number") }).min(1, t("form.at_least", { value: 1 })).max(50, t("form.at_most", { value: 50 })),
    nominal_rate_bps: z.number({ error: t("form.number") }).min(0).max(10_000, t("form.at_most", { value: 100 })),
    planned_submission: z.iso.date(t("form.date")),
  });

export type NewFile = z.infer<ReturnType<typeof newFileShape>>;

/** What the form starts from: a first home over twenty-five years, to be sent in thirty days. */
export const freshFile = (now = new Date()) => ({
  title: "",
  subject: null,
  purpose: "first_home" as const,
  product_kind: "mortgage" as const,
  rate_kind: "fixed" as const,
  amount_cents: null as unknown as number, // empty until it is typed; the shape asks for it
  years: 25,
  nominal_rate_bps: 350,
  planned_submission: new Date(now.getTime() + 30 * 86_400_000).toISOString().slice(0, 10),
});

/** What the server is asked. */
export const fileBody = ({ subject: _, years, ...rest }: NewFile) => ({ ...rest, term_months: Math.round(years * 12) });
