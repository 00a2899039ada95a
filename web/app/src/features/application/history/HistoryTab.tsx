import { Stack } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import { historyQuery } from "../queries";
import history from "./history.module.css";
import { DataLine, StepLine } from "./StepLine";
import { entries } from "./steps";
import { useReplay, Verdict, VerifyButton } from "./Verify";

/** What happened to the file, and whether that is how it came to be what it is. */
export function HistoryTab() {
  const { t } = useTranslation();
  const { file } = useFile();
  const steps = useQuery(historyQuery("applications", file.id));
  const replay = useReplay(file.id);
  return (
    <Section title={t("application.tab.history")} actions={<VerifyButton replay={replay} />}>
      <Stack gap="md">
        <Verdict replay={replay} />
        <QueryView query={steps}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState compact icon={IconHistory} title={t("application.history.none")} />
            ) : (
              <ol className={history.steps} reversed>
                {entries(list).map((e) =>
                  e.kind === "data" ? (
                    <DataLine key={e.steps[0]!.sequence} steps={e.steps} bad={replay.data?.bad} />
                  ) : (
                    <StepLine key={e.step.sequence} step={e.step} bad={replay.data?.bad === e.step.sequence} />
                  ),
                )}
              </ol>
            )
          }
        </QueryView>
      </Stack>
    </Section>
  );
}
