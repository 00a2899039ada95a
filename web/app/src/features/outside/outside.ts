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
export type Glance = Omit<Schemas["GlanceBorrower"], "consent" | "cash_flow_at" | "report" | "identity"> & {
  consent: Schemas["GlanceConsent"] | null;
  cash_flow_at: string | null;
  report: Schemas["GlanceReport"] | null;
  identity: Schemas["GlanceIdentity"] | null;
};

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

/** The banks that a connection reaches, by name; none where it leads to one. Asked of the other side while somebody waits. */
export const institutionsQuery = (connection: string) =>
  queryOptions({
    queryKey: keys.of("connections", connection, "institutions"),
    queryFn: async () => (await take(api.GET("/api/v1/connections/{id}/institutions", { params: { path: { id: connection } } }))).items ?? [],
    enabled: connection !== "",
    staleTime: 3_600_000,
    retry: false,
  });

/** How a file's borrowers stand, at a glance. */
export const glanceQuery = (application: string) =>
  queryOptions({
    queryKey: keys.across(["bank_consents", "credit_reports", "verifications"], application, "glance"),
    queryFn: async () => ((await take(api.GET("/api/v1/applications/{id}/outside", { params: { path: { id: application } } }))).items ?? []) as Glance[],
  });

export const consentColor: Record<string, string> = { requested: "petrol", valid: "moss", expiring: "ochre", replaced: "gray" };
export const reportColor: Record<string, string> = { requested: "petrol", ready: "moss", failed: "brick" };
export const identityColor: Record<string, string> = { started: "petrol", verified: "moss", refused: "brick" };

/** A day so many days from today, YYYY-MM-DD. */
export function ahead(days: number, now = new Date()): string {
  const at = new Date(now);
  at.setDate(at.getDate() + days);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
}
