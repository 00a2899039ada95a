import type { Step } from "../types";

/** What came with an event, in two kinds: figures with a name each, and sentences somebody wrote. */
export function told({ payload, reason }: Pick<Step, "payload" | "reason">) {
  const all = Object.entries(payload ?? {}).filter(([, value]) => value !== null && value !== "" && typeof value !== "object");
  const words = [payload?.note, reason].filter((w): w is string => typeof w === "string" && w.trim() !== "");
  return { figures: all.filter(([name]) => name !== "note"), words: [...new Set(words)] };
}

/** A lender's last word, when it gave a reason or wrote something that is still to be read. */
export function lastWord(newestFirst: Step[]): Step | null {
  const last = newestFirst[0];
  return last && (typeof last.payload?.note === "string" || typeof last.payload?.reason_code === "string") ? last : null;
}
