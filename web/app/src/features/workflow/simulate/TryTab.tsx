import { Alert, Stack } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconFlask } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import type { Simulated } from "~/api/types";
import { Loading } from "~/ui/Loading";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { useBench } from "../bench";
import { blank, type Case, edited, questionOf } from "./case";
import { CaseSection } from "./CaseSection";
import { FactSection } from "./FactSection";
import { OptionSection } from "./OptionSection";
import classes from "./try.module.css";

/** The text as it stands, tried on a file: what it would allow and what would come of it. Nothing is stored. */
export function TryTab() {
  const { t } = useTranslation();
  const { source } = useBench();
  const [chosen, setChosen] = useState<Case>(blank);
  const question = questionOf(source, chosen);
  const [settled] = useDebouncedValue(JSON.stringify(question), 300);
  const answer = useQuery({
    queryKey: ["workflow-simulate", settled],
    queryFn: async ({ signal }) => (await take(api.POST("/api/v1/workflows/simulate", { body: JSON.parse(settled), signal }))) as Simulated,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const waiting = answer.isFetching || settled !== JSON.stringify(question);
  return (
    <Stack gap="md">
      <Alert color="petrol" icon={<IconFlask aria-hidden />} py={8}>
        {t("simulate.harmless")}
      </Alert>
      <div className={classes.layout}>
        <Stack gap="md" miw={0}>
          <CaseSection value={chosen} standing={answer.data} onChange={setChosen} />
          {answer.data && <FactSection facts={answer.data.facts ?? []} edits={chosen.edits} onEdit={(name, value) => setChosen((c) => edited(c, name, value))} onReset={() => setChosen((c) => ({ ...c, edits: {} }))} />}
        </Stack>
        <Stack gap="md" miw={0} aria-busy={waiting || undefined}>
          <ProblemAlert error={answer.isFetching ? null : answer.error} onRetry={() => void answer.refetch()} />
          {answer.isPending && <Loading rows={6} />}
          {answer.data && !answer.error && (
            <OptionSection answer={answer.data} waiting={waiting} question={question} application={chosen.application} onGo={(states) => setChosen((c) => ({ ...c, states }))} />
          )}
        </Stack>
      </div>
    </Stack>
  );
}
