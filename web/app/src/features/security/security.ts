import { queryOptions } from "@tanstack/react-query";
import { api, take } from "~/api/client";
import { ProblemError } from "~/api/problem";
import type { Proof } from "~/api/types";
import { passkeysWork, readOptions, wasCancelled, writeAnswer } from "./webauthn";

/** What a person sees of their own account. No topics: nobody else changes it. */
const mine = (what: string) => ["security", what] as const;

export const factorsQuery = queryOptions({ queryKey: mine("factors"), queryFn: () => take(api.GET("/api/v1/me/factors")), staleTime: 0 });
export const passkeysQuery = queryOptions({ queryKey: mine("passkeys"), queryFn: async () => (await take(api.GET("/api/v1/me/passkeys"))).items ?? [] });
export const sessionsQuery = queryOptions({ queryKey: mine("sessions"), queryFn: async () => (await take(api.GET("/api/v1/me/sessions"))).items ?? [], staleTime: 0 });
export const signInsQuery = queryOptions({ queryKey: mine("sign-ins"), queryFn: async () => (await take(api.GET("/api/v1/me/sign-ins"))).items ?? [], staleTime: 0 });

/** What can prove a person, in the words of the screen. */
export type Method = "passkey" | "code" | "password" | "recovery";

const problem = (code: string) => new ProblemError({ type: "about:blank", title: code, status: 0, detail: "", code });

/** Lets the browser speak with an authenticator; what it says is a problem in our words. */
async function withAuthenticator<T>(speak: () => Promise<T>): Promise<T> {
  if (!passkeysWork()) throw problem("web.no_passkeys");
  try {
    return await speak();
  } catch (error) {
    if (error instanceof DOMException && error.name === "InvalidStateError") throw problem("auth.passkey_exists");
    if (wasCancelled(error)) throw problem("web.passkey_cancelled");
    throw error;
  }
}

/** Asks an authenticator who sits before it. */
export async function passkeyAnswer() {
  if (!passkeysWork()) throw problem("web.no_passkeys");
  const options = await take(api.POST("/api/v1/auth/passkey/options"));
  return withAuthenticator(async () => writeAnswer(await navigator.credentials.get({ publicKey: readOptions(options) })));
}

/** Makes a passkey in an authenticator and gives it to the server under a name. */
export async function addPasskey(name: string) {
  if (!passkeysWork()) throw problem("web.no_passkeys");
  const options = await take(api.POST("/api/v1/me/passkeys/options"));
  const passkey = await withAuthenticator(async () => writeAnswer(await navigator.credentials.create({ publicKey: readOptions(options) })));
  return take(api.POST("/api/v1/me/passkeys", { body: { name, passkey } }));
}

/** The proof that a person typed, or that their authenticator gives. */
export async function proofOf(method: Method, typed: string): Promise<Proof> {
  switch (method) {
    case "passkey":
      return { passkey: await passkeyAnswer() };
    case "password":
      return { password: typed };
    case "code":
      return { code: typed.replace(/\s/g, "") };
    case "recovery":
      return { recovery_code: typed.trim() };
  }
}
