import { Alert } from "@mantine/core";
import { IconQuote } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useLanguage } from "~/ui/language";
import { Said } from "../history/Said";
import { moves } from "../history/steps";
import { lastWord } from "../history/told";
import { historyQuery } from "../queries";
import type { Submission } from "../types";

/** Why it came to where it stands, in the words of who decided. */
export function LenderSaid({ submission: s }: { submission: Submission }) {
  const { say } = useLanguage();
  const steps = useInfiniteQuery(historyQuery("submissions", s.id));
  const step = lastWord(moves(steps.data ?? []));
  if (!step) return null;
  return (
    <Alert color={s.outcome === "lost" ? "gray" : "ochre"} icon={<IconQuote aria-hidden />} title={say(step.event_title)} py="xs">
      <Said step={step} />
    </Alert>
  );
}
