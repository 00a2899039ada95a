import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { keys } from "~/api/keys";
import { type ProblemError, isProblem } from "~/api/problem";
import type { IdentityProvider, IdentityProviderInput } from "~/api/types";

export const providerQuery = queryOptions({
  queryKey: keys.list("agency", "identity-provider"),
  queryFn: () => take(api.GET("/api/v1/agency/identity-provider")),
});

export const directoryQuery = (network: string) =>
  queryOptions({
    queryKey: keys.of("networks", network, "directory"),
    queryFn: () => take(api.GET("/api/v1/networks/{id}/scim-tokens", { params: { path: { id: network } } })),
  });

/** Where the browser goes to sign in by an agency's provider: a whole page, for the provider is elsewhere. */
export const startAt = (agency: string) => `/api/v1/auth/oidc/${encodeURIComponent(agency)}/start`;

/** The sign-in page that offers an agency's provider: an agency is known by its id only. */
export const loginLink = (origin: string, agency: string) => `${origin}/login?agency=${encodeURIComponent(agency)}`;

/** Whether a session is one by an agency's provider, as the refusal of the person's own account tells. */
export const isBound = (error: unknown): error is ProblemError => isProblem(error) && error.code === "auth.bound";

/** What becomes of whoever comes by the provider and is no member yet. */
export const newcomers = ["members", "role", "claim"] as const;
export type Newcomers = (typeof newcomers)[number];

/** The provider as its form has it; the secret is written only, so it begins empty. */
export type ProviderForm = {
  issuer: string;
  client_id: string;
  client_secret: string;
  domains: string[];
  newcomers: Newcomers;
  first_role: string;
  role_claim: string;
  role_map: { value: string; role: string }[];
  exclusive: boolean;
};

export const formOf = (p: IdentityProvider): ProviderForm => ({
  issuer: p.issuer,
  client_id: p.client_id,
  client_secret: "",
  domains: p.domains ?? [],
  newcomers: p.role_claim ? "claim" : p.first_role ? "role" : "members",
  first_role: p.first_role,
  role_claim: p.role_claim,
  role_map: Object.entries(p.role_map).map(([value, role]) => ({ value, role })),
  exclusive: p.exclusive,
});

/** What a form means: of the ways for newcomers the chosen one counts, whatever was typed for the others. */
export const providerOf = (f: ProviderForm): IdentityProviderInput => ({
  issuer: f.issuer.trim(),
  client_id: f.client_id.trim(),
  ...(f.client_secret && { client_secret: f.client_secret }),
  domains: f.domains.map((d) => d.trim().replace(/^@/, "")),
  ...(f.newcomers === "role" && { first_role: f.first_role }),
  ...(f.newcomers === "claim" && { role_claim: f.role_claim.trim(), role_map: Object.fromEntries(f.role_map.map((r) => [r.value.trim(), r.role])) }),
  exclusive: f.exclusive,
});

/** In which field of the form a refusal belongs; null when in none. */
export function placeOf(problem: ProblemError): keyof ProviderForm | null {
  switch (problem.code) {
    case "identity_provider.issuer":
    case "oidc.unavailable":
      return "issuer";
    case "identity_provider.secret":
      return "client_secret";
    case "identity_provider.domain":
      return "domains";
    case "identity_provider.untried":
      return "exclusive";
    case "identity_provider.role_map":
    case "member.role":
    case "role.beyond":
      return "newcomers";
    default:
      return null;
  }
}

/** The last agency whose provider was offered in this browser: its people find the button again without the link. */
const remembered = "pratica.provider";
export const rememberProvider = (agency: string) => localStorage.setItem(remembered, agency);
export const rememberedProvider = () => localStorage.getItem(remembered) ?? undefined;
