import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, take } from "~/api/client";
import { isProblem, type ProblemError } from "~/api/problem";
import type { Lender } from "~/api/types";
import { sendEvent } from "~/features/workflow/offers";
import type { Submission } from "../types";

export type Choice = { lender: Lender; product: string; counter: boolean };
export type Result = { lender: Lender; state: "waiting" | "running" | "drafted" | "sent" | "failed"; problem?: ProblemError };

/**
 * Makes a submission for each lender and sends it. One lender's refusal stops no other; a draft that is refused
 * stays a draft, with its reasons on its card.
 */
export function useSendToLenders(application: string) {
  const client = useQueryClient();
  const keys = useRef(new Map<string, string>());
  const [results, setResults] = useState<Result[]>([]);
  const once = (intent: string) => {
    if (!keys.current.has(intent)) keys.current.set(intent, crypto.randomUUID());
    return { "Idempotency-Key": keys.current.get(intent)! };
  };
  const mark = (lender: Lender, state: Result["state"], problem?: ProblemError) =>
    setResults((all) => all.map((r) => (r.lender.id === lender.id ? { lender, state, problem } : r)));

  const one = async ({ lender, product, counter }: Choice, submit: boolean) => {
    mark(lender, "running");
    let made: Submission | null = null;
    try {
      const body = { lender_id: lender.id, ...(product ? { product_id: product } : {}), ...(counter ? { accepts_counter_offer: true } : {}) };
      made = (await take(api.POST("/api/v1/applications/{id}/submissions", { params: { path: { id: application }, header: once(`draft ${lender.id}`) }, body }))) as Submission;
      if (submit) await sendEvent("submissions", made.id, made.version, { event: "submit" }, once(`submit ${lender.id}`));
      mark(lender, submit ? "sent" : "drafted");
    } catch (error) {
      if (!isProblem(error)) throw error;
      mark(lender, made ? "drafted" : "failed", error);
    }
  };
  const start = async (choices: Choice[], submit: boolean) => {
    setResults(choices.map(({ lender }) => ({ lender, state: "waiting" })));
    for (const choice of choices) await one(choice, submit);
    for (const topic of ["applications", "submissions", "operations", "tasks"]) void client.invalidateQueries({ queryKey: [topic] });
  };
  return {
    results,
    pending: results.some((r) => r.state === "waiting" || r.state === "running"),
    start: (choices: Choice[], submit: boolean) => void start(choices, submit),
  };
}
