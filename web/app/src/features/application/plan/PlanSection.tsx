import { Select, Text } from "@mantine/core";
import { IconRouteOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { boardQuery } from "~/features/pipeline/files";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { Loading } from "~/ui/Loading";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import { planQuery } from "../queries";
import classes from "./plan.module.css";
import { PlanStep } from "./PlanStep";

/** The shortest way to a state somebody chooses: what is to be done, by whom, and what happens by itself. */
export function PlanSection() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { file } = useFile();
  const [to, setTo] = useState<string | null>(null);
  const board = useQuery(boardQuery);
  const columns = board.data?.columns ?? [];
  const titles = new Map(columns.map((c) => [c.state, say(c.title)]));
  const plan = useQuery({ ...planQuery(file.id, to ?? ""), enabled: to !== null });
  return (
    <Section
      title={t("application.plan.title")}
      count={to && plan.data?.reachable ? (plan.data.steps ?? []).length : undefined}
      flush={to !== null}
      actions={
        <Select
          size="xs"
          w={190}
          aria-label={t("application.plan.to")}
          placeholder={t("application.plan.to")}
          data={columns.filter((c) => c.state !== file.state).map((c) => ({ value: c.state, label: say(c.title) }))}
          value={to}
          onChange={setTo}
          clearable
          clearButtonProps={{ "aria-label": t("application.plan.clear") }}
        />
      }
    >
      {to === null ? (
        <Text size="sm" c="dimmed">
          {t("application.plan.hint")}
        </Text>
      ) : (
        <QueryView query={plan} loading={<Loading rows={3} />}>
          {({ reachable, steps, text }) =>
            !reachable || (steps ?? []).length === 0 ? (
              <EmptyState compact icon={IconRouteOff} title={say(text)} />
            ) : (
              <ol className={classes.steps} tabIndex={0} aria-label={t("application.plan.title")}>
                {steps!.map((step, i) => (
                  <PlanStep key={`${step.do}-${step.event}-${i}`} step={step} titles={titles} />
                ))}
              </ol>
            )
          }
        </QueryView>
      )}
    </Section>
  );
}
