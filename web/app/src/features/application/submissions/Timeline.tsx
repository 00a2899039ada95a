import { Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { QueryView } from "~/ui/QueryView";
import history from "../history/history.module.css";
import { Said } from "../history/Said";
import { OlderButton } from "../history/OlderButton";
import { moves } from "../history/steps";
import { historyQuery } from "../queries";
import type { Submission } from "../types";

/** The way a submission has come. */
export function Timeline({ submission: s }: { submission: Submission }) {
  const { t } = useTranslation();
  const steps = useInfiniteQuery(historyQuery("submissions", s.id));
  const { say } = useLanguage();
  return (
    <details className={history.checks} open={s.outcome === null}>
      <summary>
        <Text span size="sm" fw={600}>
          {t("application.submissions.timeline")}
        </Text>
      </summary>
      <div style={{ paddingTop: 12 }}>
        <OlderButton steps={steps} />
        <QueryView query={steps}>
          {(list) => (
            <ol className={history.steps}>
              {moves(list)
                .reverse()
                .map((step) => (
                <li key={step.sequence} className={history.step} style={{ paddingBottom: 10 }}>
                  <Text size="sm">
                    <b>{(step.to_titles ?? []).map(say).join(", ")}</b>
                    {step.event && ` · ${say(step.event_title)}`}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {step.actor.name || t("application.machine")}
                    {step.for && ` ${t("application.history.for", { name: step.for.name })}`} · <DateText at={step.at} time />
                  </Text>
                  <Said step={step} size="xs" />
                </li>
              ))}
            </ol>
          )}
        </QueryView>
      </div>
    </details>
  );
}
