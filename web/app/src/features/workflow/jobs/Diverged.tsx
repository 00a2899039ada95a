import { Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Job } from "~/api/types";
import { BlockerList } from "~/ui/BlockerList";
import { DateText } from "~/ui/DateText";
import { TextLink } from "~/ui/links";
import { JobItems } from "./JobItems";
import type { Fared } from "./jobs";

type Props = { job: Job; titleOf: (state: string) => string; eventOf: (event: string) => string };

/** Files that would have gone another way: how they would have ended, and the first step that would have been another. */
export function Diverged({ job, titleOf, eventOf }: Props) {
  const { t } = useTranslation();
  const states = (names?: string[] | null) => (names ?? []).map(titleOf).join(" + ") || "—";
  return (
    <JobItems job={job} start="notable" title={t("divergence.results")} none={t("divergence.none")} head={[t("divergence.first"), t("divergence.was"), t("divergence.would")]}>
      {(item) => {
        const fared = item.result as Fared | null;
        if (!fared) return ["—", "—", "—"];
        const first = fared.first;
        if (!first) return [<Text key="same" size="sm" c="dimmed">{fared.problem || t("divergence.same")}</Text>, states(fared.stored?.states), states(fared.candidate?.states)];
        return [
          <Stack key="step" gap={2}>
            <TextLink to="/applications/$id" params={{ id: item.ref }} search={{ tab: "history" }} fz="sm">
              {t("divergence.step", { number: first.sequence })}: {first.event ? eventOf(first.event) : t("divergence.facts")}
            </TextLink>
            <Text size="xs" c="dimmed">
              <DateText at={first.at} time />
            </Text>
          </Stack>,
          <Came key="was" outcome={first.stored.outcome} states={states(first.stored.states)} end={states(fared.stored?.states)} />,
          <Stack key="would" gap={4}>
            <Came outcome={first.candidate.outcome} states={states(first.candidate.states)} end={states(fared.candidate?.states)} />
            {(first.blockers ?? []).length > 0 && <BlockerList blockers={first.blockers ?? []} application={item.ref} />}
            {(first.unrecorded ?? []).length > 0 && (
              <Text size="xs" c="dimmed">
                {t("divergence.unrecorded", { names: first.unrecorded!.join(", ") })}
              </Text>
            )}
          </Stack>,
        ];
      }}
    </JobItems>
  );
}

function Came({ outcome, states, end }: { outcome: string; states: string; end: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <Text size="sm">
        {t(`divergence.outcome.${outcome}`, { defaultValue: outcome })}: <b>{states}</b>
      </Text>
      <Text size="xs" c="dimmed">
        {t("divergence.end", { states: end })}
      </Text>
    </div>
  );
}
