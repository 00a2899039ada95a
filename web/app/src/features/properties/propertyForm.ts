import type { TFunction } from "i18next";
import { z } from "zod";
import type { Property, PropertyData } from "~/api/types";
import { pruned } from "~/ui/patch";

export const propertyKinds = ["apartment", "house", "land", "garage", "cellar", "commercial", "other"] as const;

/** The form of a property; amounts in cents. */
export const propertyShape = (t: TFunction) => {
  const needed = z.string().trim().min(1, t("form.required"));
  const cents = z.number({ error: t("form.amount") }).min(1, t("form.amount"));
  return z.object({
    kind: z.enum(propertyKinds),
    address: z.object({
      street: needed.max(200),
      city: needed.max(100),
      province: z.string().regex(/^[A-Za-z]{2}$/, t("properties.two_letters")),
      postal_code: z.string().regex(/^\d{5}$/, t("properties.five_digits")),
    }),
    cadastral: z.object({ sheet: z.string().max(20), parcel: z.string().max(20), subunit: z.string().max(20), category: z.string().max(5) }),
    price_cents: cents.nullable(),
    area_sqm: z.number({ error: t("form.number") }).int().min(1).max(100_000).nullable(),
    energy_class: z.string().max(3),
    appraisals: z.array(z.object({ value_cents: cents, appraised_on: z.iso.date(t("form.date")), appraiser: z.string().max(200) })),
  });
};

export type PropertyForm = z.infer<ReturnType<typeof propertyShape>>;

export const freshAppraisal = (today: string) => ({ value_cents: null as unknown as number, appraised_on: today, appraiser: "" }); // empty until it is typed

export function formOf(p: Partial<Property>): PropertyForm {
  return {
    kind: p.kind ?? "apartment",
    address: { street: "", city: "", province: "", postal_code: "", ...p.address },
    cadastral: { sheet: "", parcel: "", subunit: "", category: "", ...p.cadastral },
    price_cents: p.price_cents ?? null,
    area_sqm: p.area_sqm ?? null,
    energy_class: p.energy_class ?? "",
    appraisals: (p.appraisals ?? []).map((a) => ({ ...a, appraiser: a.appraiser ?? "" })),
  };
}

export const dataOf = (form: PropertyForm): PropertyData =>
  pruned({ ...form, address: { ...form.address, province: form.address.province.toUpperCase() } }) as PropertyData;
