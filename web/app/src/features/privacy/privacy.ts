import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import type { components } from "~/api/schema";

type Schemas = components["schemas"];

export type Register = Schemas["RegisterAnswer"];
export type Datum = Schemas["PrivacyDatum"];
export type Purpose = Schemas["PrivacyPurpose"];
export type Retention = Schemas["PrivacyRetention"];
export type Term = Schemas["PrivacyTerm"];
export type DueMonth = Schemas["PrivacyDueMonth"];
export type ConsentText = Schemas["PrivacyConsentText"];
export type Asked = Schemas["PrivacyNamedRequest"];
export type LockedPerson = Schemas["PrivacyRestrictedPerson"];
export type Consents = Schemas["PrivacyConsents"];
export type Standing = Schemas["PrivacyStanding"];
export type Copy = Schemas["PrivacyExport"];
export type Erasure = Schemas["PrivacyErasure"];
export type Planned = Schemas["PrivacyPlannedDatum"];
export type PortalState = Schemas["PrivacyPortalState"];

/** Why somebody may ask for erasure: GDPR Art. 17(1), letters a to e. The last one is the clock's own. */
export const erasureReasons = ["no_longer_needed", "consent_withdrawn", "objection", "unlawful", "legal_obligation"] as const;
export const liftReasons = ["came_back", "request_withdrawn", "mistake", "legal_claim"] as const;
export const refusals = ["identity", "excessive", "in_flight", "kept_by_law"] as const;
export const channels = ["paper", "in_person", "phone", "email"] as const;
export const copyFormats = ["pdf", "json", "zip"] as const;

/** The parts of the page, with what it takes to see them. */
export const privacyTabs = [
  { key: "register", action: "privacy.read" },
  { key: "texts", action: "privacy.read" },
  { key: "retention", action: "privacy.manage" },
  { key: "requests", action: "privacy.manage" },
  { key: "restricted", action: "privacy.restricted" },
] as const;

export type PrivacyTab = (typeof privacyTabs)[number]["key"];

/** What is told of a purpose: it follows from the agency's own terms. */
export const registerQuery = queryOptions({ queryKey: keys.list("agency", "register"), queryFn: () => take(api.GET("/api/v1/privacy/register")) });

export const retentionQuery = queryOptions({ queryKey: keys.list("agency", "retention"), queryFn: () => take(api.GET("/api/v1/privacy/retention")) });

export const textsQuery = queryOptions({ queryKey: keys.list("agency", "consent-texts"), queryFn: async () => (await take(api.GET("/api/v1/consent-texts"))).items ?? [] });

export const versionsQuery = (purpose: string) =>
  queryOptions({ queryKey: keys.list("agency", "consent-texts", purpose), queryFn: async () => (await take(api.GET("/api/v1/consent-texts", { params: { query: { purpose } } }))).items ?? [] });

export const requestsQuery = queryOptions({ queryKey: keys.list("subjects", "requests"), queryFn: async () => (await take(api.GET("/api/v1/privacy/requests"))).items ?? [] });

export const restrictedQuery = queryOptions({ queryKey: keys.list("subjects", "restricted"), queryFn: async () => (await take(api.GET("/api/v1/privacy/restricted"))).items ?? [] });

const of = (id: string) => ({ params: { path: { id } } });

export const consentsQuery = (id: string) => queryOptions({ queryKey: keys.one("subjects", id, "consents"), queryFn: () => take(api.GET("/api/v1/subjects/{id}/consents", of(id))) });

/** Copies become ready by a job, so that is their topic; where nobody tells, they are asked for again while one is being made. */
export const copiesQuery = (id: string) =>
  queryOptions({
    queryKey: keys.of("jobs", id, "copies"),
    queryFn: async () => (await take(api.GET("/api/v1/subjects/{id}/exports", of(id)))).items ?? [],
    refetchInterval: ({ state }) => (state.data?.some((c) => c.state === "queued") ? 2_000 : false),
  });

export const erasureQuery = (id: string) => queryOptions({ queryKey: keys.one("subjects", id, "erasure"), queryFn: () => take(api.GET("/api/v1/subjects/{id}/erasure", of(id))), staleTime: 0 });

export const portalQuery = (id: string) => queryOptions({ queryKey: keys.one("subjects", id, "portal"), queryFn: () => take(api.GET("/api/v1/subjects/{id}/portal-access", of(id))) });

/** Where a person's last certificate is read. */
export const certificateAt = (id: string, language: string, format: "pdf" | "json") => `/api/v1/subjects/${id}/erasure/certificate?locale=${language}&format=${format}`;

/** Whole years where a term has them: "10 years" says more than "120 months". */
export function lasting(months: number): { unit: "years" | "months"; count: number } {
  return months > 0 && months % 12 === 0 ? { unit: "years", count: months / 12 } : { unit: "months", count: months };
}

/** What goes in the same month, together. The list comes in the order of time. */
export function byMonth(due: DueMonth[]): { month: string; lines: DueMonth[] }[] {
  const months: { month: string; lines: DueMonth[] }[] = [];
  for (const line of due) {
    const last = months.at(-1);
    if (last?.month === line.month) last.lines.push(line);
    else months.push({ month: line.month, lines: [line] });
  }
  return months;
}

/** The groups of data that a purpose needs. */
export function dataOf({ data, papers, file }: Register, purpose: string): Datum[] {
  return [...(data ?? []), ...(papers ?? []), file].filter((d) => d.purposes?.includes(purpose));
}
