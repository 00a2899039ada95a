import { Stack } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { useFile } from "../FileContext";
import type { Step } from "../types";
import { historyQuery } from "../queries";
import history from "./history.module.css";
import { OlderButton, type Paged } from "./OlderButton";
import { DataLine, StepLine } from "./StepLine";
import { entries } from "./steps";
import { useReplay, Verdict, VerifyButton } from "./Verify";

/** Reads on until a row is on the page: the one that does not fit may be an old one. */
function useReach({ data, hasNextPage, isFetching, fetchNextPage }: Paged<Step[]>, row: number | undefined | null) {
  const oldest = data?.at(-1)?.sequence ?? 0;
  useEffect(() => {
    if (row && row < oldest && hasNextPage && !isFetching) void fetchNextPage();
  }, [row, oldest, hasNextPage, isFetching, fetchNextPage]);
}

/** What happened to the file, and whether that is how it came to be what it is. */
export function HistoryTab() {
  const { t } = useTranslation();
  const { file } = useFile();
  const steps = useInfiniteQuery(historyQuery("applications", file.id));
  const replay = useReplay(file.id);
  useReach(steps, replay.data?.bad);
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
        <OlderButton steps={steps} />
      </Stack>
    </Section>
  );
}
