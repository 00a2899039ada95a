import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Topic } from "~/api/keys";
import type { ProblemError } from "~/api/problem";
import { useSend } from "~/api/useSend";

type Options<I, O> = {
  send: (input: I, once: (body: unknown) => { "Idempotency-Key": string }) => Promise<O>;
  touches?: Topic[];
  onDone?: (out: O, input: I) => void;
  onProblem?: (problem: ProblemError) => void;
};

/** What a change to a file can show up in. */
const all: Topic[] = ["applications", "documents", "submissions", "subjects", "properties", "tasks", "notes"];

/**
 * A change to a file. When somebody else was first, the page reads everything again and says so; what was typed
 * stays, and sending it once more is the person's decision.
 */
export function useChange<I, O>({ send, touches = ["applications", "documents"], onDone, onProblem }: Options<I, O>) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const change = useSend({ send, touches, onDone });
  const run = (input: I) =>
    change.mutate(input, {
      onError: (problem) => {
        if (problem.stale) {
          for (const topic of all) void client.invalidateQueries({ queryKey: [topic] });
          notifications.show({ id: "stale", color: "ochre", title: t("application.stale.title"), message: t("application.stale.text"), autoClose: 9_000 });
          return;
        }
        onProblem?.(problem);
      },
    });
  return { run, pending: change.isPending, error: change.error?.stale ? null : change.error, reset: change.reset };
}
