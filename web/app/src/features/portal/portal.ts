import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import type { components } from "~/api/schema";
import type { Text } from "~/api/types";

type Schemas = components["schemas"];

export type Self = Omit<Schemas["PrivacySelf"], "requests" | "exports"> & { requests: Request[]; exports: Copy[] };
/** What the person has asked for; not answered while `answered_at` is null. */
export type Request = Omit<Schemas["PrivacyRequest"], "answered_at"> & { answered_at: string | null };
export type Copy = Omit<Schemas["PrivacyExport"], "ready_at" | "job_id"> & { ready_at: string | null };
/** `with` and `next` are null at the end. */
export type OwnFile = Omit<Schemas["PrivacyOwnFile"], "with" | "next" | "beside" | "reached"> & { with: Text | null; next: Text | null; beside: Text[]; reached: Schemas["PrivacyReached"][] };
export type Wanted = Omit<Schemas["PrivacyWanted"], "expires_on"> & { expires_on: string | null };
export type Standing = Omit<Schemas["PrivacyStanding"], "since"> & { since: string | null };
export type Consents = { purposes: Standing[]; ledger: Schemas["PrivacyConsent"][] };
/** A consent to read the person's accounts. */
export type OwnBank = Omit<Schemas["ConsentsOwn"], "link" | "last_read_at"> & { link: Schemas["ConsentsLink"] | null; last_read_at: string | null };
export type Access = Schemas["PrivacyAccess"];
export type OwnDatum = Omit<Schemas["PrivacyOwnDatum"], "until"> & { until: string | null };
export type OwnErasure = { open: string[]; data: OwnDatum[] };

/** Everything of the visit lies under this key, so that all of it can be forgotten at once. */
export const visitKey = ["portal"] as const;

/** The server ends a visit after half an hour without a request, give or take a minute: the page is a little earlier. */
export const idleAfter = 29 * 60_000;
export const warnAfter = idleAfter - 2 * 60_000;

let answered = Date.now();

/** Milliseconds since the server last answered this visit. */
export const idleFor = () => Date.now() - answered;

/** An answer of the visit; it keeps the visit open. */
export async function own<T>(call: Parameters<typeof take<T>>[0]): Promise<T> {
  const data = await take(call);
  answered = Date.now();
  return data;
}

/** Whose a mailed link is, and whether it still opens. Asking spends nothing. */
export const linkQuery = (token: string) =>
  queryOptions({
    queryKey: [...visitKey, "link", token],
    queryFn: () => take(api.POST("/api/v1/portal/link", { body: { token } })),
    gcTime: 0,
  });

export const selfQuery = queryOptions({
  queryKey: [...visitKey, "me"],
  queryFn: async () => (await own(api.GET("/api/v1/portal/me"))) as Self,
});

export const filesQuery = queryOptions({
  queryKey: [...visitKey, "files"],
  queryFn: async () => ((await own(api.GET("/api/v1/portal/files"))).items ?? []) as OwnFile[],
});

export const askedQuery = queryOptions({
  queryKey: [...visitKey, "asked"],
  queryFn: async () => ((await own(api.GET("/api/v1/portal/asked"))).items ?? []) as Wanted[],
});

export const consentsQuery = queryOptions({
  queryKey: [...visitKey, "consents"],
  queryFn: async () => (await own(api.GET("/api/v1/portal/consents"))) as Consents,
});

export const bankQuery = queryOptions({
  queryKey: [...visitKey, "bank-consents"],
  queryFn: async () => ((await own(api.GET("/api/v1/portal/bank-consents"))).items ?? []) as OwnBank[],
  refetchInterval: (q) => (q.state.data?.some((c) => c.state === "ending") ? 2_000 : false), // the agency's side follows in a moment
});

export const accessQuery = infiniteQueryOptions({
  queryKey: [...visitKey, "access"],
  queryFn: async ({ pageParam }) => {
    const page = await own(api.GET("/api/v1/portal/access-log", { params: { query: { limit: 30, cursor: pageParam } } }));
    return { items: (page.items ?? []) as Access[], next: page.next_cursor };
  },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last) => last.next ?? undefined,
});

export const erasureQuery = queryOptions({
  queryKey: [...visitKey, "erasure"],
  queryFn: async () => (await own(api.GET("/api/v1/portal/erasure"))) as OwnErasure,
});
