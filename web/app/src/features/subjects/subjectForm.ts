import type { TFunction } from "i18next";
import { z } from "zod";
import type { Subject, SubjectData } from "~/api/types";
import { pruned } from "~/ui/patch";
import { compact, iban, taxCode, vatNumber, type Wrong } from "./identifiers";

export const maritalStatuses = ["single", "married", "separated", "divorced", "widowed", "civil_union"] as const;
export const addressKinds = ["residence", "domicile", "registered"] as const;
export const employmentKinds = ["employee", "self_employed", "pensioner", "none"] as const;
export const identityDocumentKinds = ["identity_card", "passport", "driving_licence", "permit_of_stay"] as const;
/** Usual kinds that have words under `subjects`; the server takes any. */
export const kinds = {
  contracts: ["permanent", "fixed_term", "apprenticeship", "seasonal"],
  incomes_of: ["salary", "self_employment", "pension", "rent"],
  liabilities_of: ["mortgage", "personal_loan", "salary_backed", "delegation", "credit_card", "leasing"],
} as const;
export const riskProfiles = ["low", "medium", "high"] as const;

/** The form of a person or company. Every field is there, empty where nothing is known. */
export function subjectShape(t: TFunction) {
  const identifier = (by: (text: string) => Wrong | null) =>
    z.string().superRefine((text, ctx) => {
      const wrong = text.trim() === "" ? null : by(text);
      if (wrong) ctx.addIssue({ code: "custom", message: t(`subjects.wrong.${wrong}`) });
    });
  const cents = z.number({ error: t("form.amount") }).min(0, t("form.amount"));
  const optionalDay = z.union([z.literal(""), z.iso.date()]);
  const remark = z
    .object({ text: z.string().max(4000), on: optionalDay })
    .refine((r) => r.text.trim() !== "" || r.on === "", { path: ["text"], error: t("form.required") });
  return z
    .object({
      kind: z.enum(["natural", "legal"]),
      first_name: z.string().max(100),
      last_name: z.string().max(100),
      company_name: z.string().max(200),
      tax_code: identifier(taxCode),
      vat_number: identifier(vatNumber),
      birth_date: optionalDay,
      birth_place: z.string().max(100),
      sex: z.enum(["", "M", "F"]),
      citizenship: z.string().max(2),
      marital_status: z.enum(["", ...maritalStatuses]),
      email: z.union([z.literal(""), z.email(t("form.email"))]),
      phone: z.string().max(40),
      iban: identifier(iban),
      pep: z.boolean(),
      addresses: z.array(
        z.object({
          kind: z.enum(addressKinds),
          street: z.string().min(1, t("form.required")).max(200),
          city: z.string().min(1, t("form.required")).max(100),
          province: z.string().max(2),
          postal_code: z.string().max(10),
          country: z.string().max(2),
        }),
      ),
      employments: z.array(z.object({ kind: z.enum(employmentKinds), employer: z.string().max(200), since: optionalDay, contract: z.string().max(50) })),
      incomes: z.array(z.object({ kind: z.string().max(50), source: z.string().max(200), net_monthly_cents: cents })),
      liabilities: z.array(z.object({ kind: z.string().max(50), lender: z.string().max(200), monthly_cents: cents, residual_cents: cents.nullable(), ends_on: optionalDay })),
      identity_documents: z.array(z.object({ kind: z.enum(identityDocumentKinds), number: z.string().trim().min(1, t("form.required")).max(40), issued_by: z.string().max(100), issued_on: optionalDay, expires_on: optionalDay })),
      health: remark,
      legal: remark,
    })
    .superRefine((v, ctx) => {
      const need = (name: "first_name" | "last_name" | "company_name") => {
        if (v[name].trim() === "") ctx.addIssue({ code: "custom", path: [name], message: t("form.required") });
      };
      if (v.kind === "legal") need("company_name");
      else {
        need("last_name");
        need("first_name");
      }
    });
}

export type SubjectForm = z.infer<ReturnType<typeof subjectShape>>;

const noAmount = null as unknown as number; // empty until it is typed; the shape asks for it

export const freshAddress = { kind: "residence", street: "", city: "", province: "", postal_code: "", country: "IT" } as const;
export const freshEmployment = { kind: "employee", employer: "", since: "", contract: "" } as const;
export const freshIncome = { kind: "", source: "", net_monthly_cents: noAmount };
export const freshLiability = { kind: "", lender: "", monthly_cents: noAmount, residual_cents: null, ends_on: "" };

export const freshIdentityDocument = { kind: "identity_card", number: "", issued_by: "", issued_on: "", expires_on: "" } as const;
const noRemark = { text: "", on: "" };

export function formOf(s: Partial<Subject> & Pick<SubjectData, "kind">): SubjectForm {
  return {
    kind: s.kind,
    first_name: s.first_name ?? "",
    last_name: s.last_name ?? "",
    company_name: s.company_name ?? "",
    tax_code: s.tax_code ?? "",
    vat_number: s.vat_number ?? "",
    birth_date: s.birth_date ?? "",
    birth_place: s.birth_place ?? "",
    sex: s.sex ?? "",
    citizenship: s.citizenship ?? "IT",
    marital_status: s.marital_status ?? "",
    email: s.email ?? "",
    phone: s.phone ?? "",
    iban: s.iban ?? "",
    pep: s.pep ?? false,
    addresses: (s.addresses ?? []).map((a) => ({ ...freshAddress, country: "", ...a })),
    employments: (s.employments ?? []).map((e) => ({ ...freshEmployment, ...e })),
    incomes: (s.incomes ?? []).map((i) => ({ ...freshIncome, ...i })),
    liabilities: (s.liabilities ?? []).map((l) => ({ ...freshLiability, ...l })),
    identity_documents: (s.identity_documents ?? []).map((d) => ({ ...freshIdentityDocument, ...d })),
    health: { ...noRemark, ...s.health },
    legal: { ...noRemark, ...s.legal },
  };
}

/** What the server is told of a form: identifiers in their canonical form, nothing empty. */
export function dataOf(form: SubjectForm): SubjectData {
  const upper = { tax_code: compact(form.tax_code), vat_number: compact(form.vat_number).replace(/^IT/, ""), iban: compact(form.iban), citizenship: form.citizenship.toUpperCase() };
  const said = (r: typeof noRemark) => (r.text.trim() === "" ? null : r);
  return pruned({ ...form, ...upper, health: said(form.health), legal: said(form.legal) }) as SubjectData;
}
