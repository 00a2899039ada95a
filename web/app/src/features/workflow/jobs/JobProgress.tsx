import { Badge, Button, Group, Paper, Progress, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "~/api/client";
import { useSend } from "~/api/useSend";
import type { Job } from "~/api/types";
import { useSession } from "~/app/session";
import { Confirm } from "~/ui/Confirm";
import { Ago } from "~/ui/DateText";
import { ended } from "./jobs";

const color: Record<Job["state"], string> = { queued: "gray", running: "petrol", done: "moss", cancelled: "ochre", failed: "brick" };

type Props = { job: Job; settled?: "job.settled" | "keys.settled" };

/** How far a job is, how long it will take, and the way to end it. It goes on without anybody looking. `settled` counts what it works on. */
export function JobProgress({ job, settled: words = "job.settled" }: Props) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [asking, setAsking] = useState(false);
  const cancel = useSend<void, Job>({
    send: (_, once) => take(api.POST("/api/v1/jobs/{id}/cancel", { params: { path: { id: job.id }, header: once(job.id) } })),
    touches: ["jobs"],
    onDone: () => setAsking(false),
  });
  const settled = job.done + job.skipped + job.failed;
  return (
    <Paper p="md" bg="var(--paper)">
      <Stack gap={8}>
        <Group justify="space-between" gap="4px 12px">
          <Group gap={10} role="status">
            <Badge color={color[job.state]}>{t(`job.state.${job.state}`)}</Badge>
            <Text size="sm">{t(words, { settled, count: job.total })}</Text>
            <Text size="sm" c="dimmed">
              {!ended(job) && job.estimate_seconds !== null && t("job.left", { time: t(...remaining(job.estimate_seconds)) })}
              {ended(job) && job.finished_at && <Ago at={job.finished_at} />}
            </Text>
          </Group>
          {!ended(job) && can("jobs.write") && (
            <Button variant="default" size="compact-sm" onClick={() => setAsking(true)}>
              {t("job.cancel")}
            </Button>
          )}
        </Group>
        <Progress.Root size="lg">
          <Progress.Section value={job.percent} color={color[job.state]} aria-label={t("job.progress")} />
        </Progress.Root>
        <Group gap="2px 14px" fz="sm" c="dimmed">
          <span>{t("job.done", { count: job.done })}</span>
          {job.skipped > 0 && <span>{t("job.skipped", { count: job.skipped })}</span>}
          {job.failed > 0 && <span>{t("job.failed", { count: job.failed })}</span>}
          {job.notable > 0 && <span>{t("job.notable", { count: job.notable })}</span>}
        </Group>
        {!ended(job) && (
          <Text size="xs" c="dimmed">
            {t("job.goes_on")}
          </Text>
        )}
        {job.problem && (
          <Text size="sm" c="var(--mantine-color-error)">
            {job.problem}
          </Text>
        )}
      </Stack>
      <Confirm opened={asking} onClose={() => setAsking(false)} title={t("job.cancel_title")} action={t("job.cancel")} danger pending={cancel.isPending} error={cancel.error} onConfirm={() => cancel.mutate()}>
        {t("job.cancel_hint")}
      </Confirm>
    </Paper>
  );
}

/** Seconds in the unit a person would say: words of `job.seconds` or `job.minutes`. */
function remaining(seconds: number): ["job.seconds" | "job.minutes", { count: number }] {
  return seconds < 90 ? ["job.seconds", { count: Math.max(1, Math.round(seconds)) }] : ["job.minutes", { count: Math.round(seconds / 60) }];
}
