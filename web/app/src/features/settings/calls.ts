import type { ApiKey } from "~/api/types";

type Calls = { token: string | null; call: string };

/** Lines for a shell: how a client has its token, and how a call is made. Secrets stand in variables, so that no history keeps them. */
export const callsOf = (origin: string, key: Pick<ApiKey, "id" | "client">): Calls => ({
  token: key.client ? `curl -u "${key.id}:$PRATICA_SECRET" -d grant_type=client_credentials ${origin}/oauth/token` : null,
  call: `curl -H "Authorization: Bearer ${key.client ? "$PRATICA_TOKEN" : "$PRATICA_KEY"}" ${origin}/api/v1/me`,
});
