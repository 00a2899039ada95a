import createClient from "openapi-fetch";
import { offline, problemOf } from "./problem";
import type { paths } from "./schema";
import { fetchProven } from "./stepUp";

/** The typed client. Paths, bodies and answers come from api/openapi.yaml (`npm run generate`). */
export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin", fetch: fetchProven });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** Gives an answer's data, or throws its problem. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch {
    throw offline();
  }
  if (!answer.response.ok) throw problemOf(answer.error, answer.response);
  return answer.data as T;
}

/** The precondition of a change: the version the person saw. */
export const ifMatch = (version: number) => ({ "If-Match": `"${version}"` });

/**
 * One key for one intent: the same body sent again (a second click, a retry after a lost answer) keeps its key,
 * so the server does it once; another body is another intent.
 */
export class Intent {
  private key = crypto.randomUUID();
  private body: string | null = null;

  header(body: unknown) {
    const text = JSON.stringify(body);
    if (this.body !== null && this.body !== text) this.key = crypto.randomUUID();
    this.body = text;
    return { "Idempotency-Key": this.key };
  }

  /** After success: the next click means something new, even with the same words. */
  done() {
    this.key = crypto.randomUUID();
    this.body = null;
  }
}
