/** Between the JSON form of WebAuthn, which the server speaks, and the browser's objects. */

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}

export function toText(bytes: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(bytes), (b) => String.fromCharCode(b)).join(""))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

type Named = { id: string; type: "public-key"; transports?: AuthenticatorTransport[] };
type Asked = { challenge: string; allowCredentials?: Named[]; excludeCredentials?: Named[]; user?: { id: string } };

/** What the server asks an authenticator, as the browser takes it. */
export function readOptions<O>(options: unknown): O {
  const { publicKey } = options as { publicKey: Asked };
  const names = (list?: Named[]) => list?.map((c) => ({ ...c, id: toBytes(c.id) }));
  return {
    ...publicKey,
    challenge: toBytes(publicKey.challenge),
    ...(publicKey.user && { user: { ...publicKey.user, id: toBytes(publicKey.user.id) } }),
    ...(publicKey.excludeCredentials && { excludeCredentials: names(publicKey.excludeCredentials) }),
    ...(publicKey.allowCredentials && { allowCredentials: names(publicKey.allowCredentials) }),
  } as O;
}

/** An authenticator's answer, as the server takes it. */
export function writeAnswer(answer: Credential | null) {
  const { id, rawId, type, response } = answer as PublicKeyCredential;
  const fields = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"] as const;
  const bytes = response as unknown as Partial<Record<(typeof fields)[number], ArrayBuffer | null>>;
  return { id, rawId: toText(rawId), type, response: Object.fromEntries(fields.flatMap((f) => (bytes[f] ? [[f, toText(bytes[f])]] : []))) };
}

/** Whether this browser knows passkeys at all: not over plain http, for instance. */
export const passkeysWork = () => typeof window.PublicKeyCredential === "function";

/** The person closed the authenticator's window, or let it wait too long. */
export const wasCancelled = (error: unknown) => error instanceof DOMException && (error.name === "NotAllowedError" || error.name === "AbortError");
