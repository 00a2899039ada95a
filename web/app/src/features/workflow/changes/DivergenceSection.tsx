import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Job } from "~/api/types";
import { ProblemAlert } from "~/ui/ProblemAlert";
import { Section } from "~/ui/Section";
import { useBench } from "../bench";
import { Diverged } from "../jobs/Diverged";
import { JobProgress } from "../jobs/JobProgress";
import { jobQuery } from "../jobs/jobs";
import { useTitles } from "../jobs/useTitles";

/** Runs what has happened to files under another text: which would have gone another way, and where. Nothing is changed. */
export function DivergenceSection({ source, version }: { source: string; version: number | undefined }) {
  const { t } = useTranslation();
  const { templateKey, versions } = useBench();
  const [since, setSince] = useState(monthsAgo(3));
  const [job, setJob] = useState<string | null>(null);
  const run = useSend<void, Job>({
    send: (_, once) => {
      const body = { since, ...(version === undefined ? { source } : { version }) };
      return take(api.POST("/api/v1/workflows/{key}/divergence", { params: { path: { key: templateKey }, header: once(body) }, body }));
    },
    touches: ["jobs"],
    onDone: (made) => setJob(made.id),
  });
  const progress = useQuery({ ...jobQuery(job ?? ""), enabled: job !== null });
  const titles = useTitles(versions.filter((v) => v.status === "published").slice(0, 1));
  return (
    <>
      <Section title={t("divergence.title")}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t("divergence.hint")}
          </Text>
          <Group align="flex-end" gap="md">
            <TextInput type="date" label={t("divergence.since")} value={since} onChange={(e) => setSince(e.currentTarget.value)} max={monthsAgo(0)} />
            <Button loading={run.isPending} disabled={since === "" || source.trim() === ""} onClick={() => run.mutate()}>
              {t("divergence.run")}
            </Button>
          </Group>
          <ProblemAlert error={run.error} />
        </Stack>
      </Section>
      {progress.data && (
        <>
          <JobProgress job={progress.data} />
          <Diverged job={progress.data} {...titles} />
        </>
      )}
    </>
  );
}

/** The day that many months ago, as YYYY-MM-DD. */
function monthsAgo(months: number): string {
  const day = new Date();
  day.setMonth(day.getMonth() - months);
  return day.toISOString().slice(0, 10);
}
