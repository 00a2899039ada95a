import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";

type Schemas = components["schemas"];
/** What the description cannot say: these may be null. */
export type BankConsent = Omit<Schemas["ConsentsConsent"], "link" | "last_read"> & { link: Schemas["ConsentsLink"] | null; last_read: Schemas["ConsentsRead"] | null };
export type CashFlow = Schemas["ConsentsCashFlow"];
export type Figure = Schemas["ConsentsFigure"];
export type Report = Omit<Schemas["CreditreportsReport"], "content"> & { content: Schemas["CreditreportsContent"] | null };
export type Verification = Schemas["VerificationsVerification"];

export const bankConsentsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.of("bank_consents", id),
    queryFn: async () => ((await take(api.GET("/api/v1/subjects/{id}/bank-consents", { params: { path: { id } } }))).items ?? []) as BankConsent[],
  });

/** Without an id until something was found. */
export const cashFlowQuery = (id: string) =>
  queryOptions({
    queryKey: keys.of("bank_consents", id, "cash-flow"),
    queryFn: () => take(api.GET("/api/v1/subjects/{id}/cash-flow", { params: { path: { id } } })),
  });

export const reportsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.of("credit_reports", id),
    queryFn: async () => ((await take(api.GET("/api/v1/subjects/{id}/credit-reports", { params: { path: { id } } }))).items ?? []) as Report[],
  });

export const verificationsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.of("verifications", id),
    queryFn: async () => (await take(api.GET("/api/v1/subjects/{id}/verifications", { params: { path: { id } } }))).items ?? [],
  });

/** A day so many days from today, YYYY-MM-DD. */
export function ahead(days: number, now = new Date()): string {
  const at = new Date(now);
  at.setDate(at.getDate() + days);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
}
