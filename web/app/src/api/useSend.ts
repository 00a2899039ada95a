import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Intent } from "./client";
import type { ProblemError } from "./problem";
import type { Topic } from "./keys";

type Options<I, O> = {
  /** Does it; for a POST, spread `once(body)` into its headers. */
  send: (input: I, once: (body: unknown) => { "Idempotency-Key": string }) => Promise<O>;
  /** Topics whose queries are asked for again. */
  touches: Topic[];
  onDone?: (out: O, input: I) => void;
};

/** A change by a person: one idempotency key per intent, and what it touches is read again. */
export function useSend<I, O>({ send, touches, onDone }: Options<I, O>) {
  const client = useQueryClient();
  const [intent] = useState(() => new Intent());
  return useMutation<O, ProblemError, I>({
    mutationFn: (input) => send(input, (body) => intent.header(body)),
    onSuccess: (out, input) => {
      intent.done();
      for (const topic of touches) void client.invalidateQueries({ queryKey: [topic] });
      onDone?.(out, input);
    },
  });
}
