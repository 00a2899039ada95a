import { Group, Stack, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { Job } from "~/api/types";
import { BlockerList } from "~/ui/BlockerList";
import { JobItems } from "./JobItems";
import type { AboutMigration, Moved } from "./jobs";

type Props = { job: Job; titleOf: (state: string) => string; eventOf: (event: string) => string };

/** Where each file goes or went, and what nobody can do there any more that somebody could do before. */
export function Migrated({ job, titleOf, eventOf }: Props) {
  const { t } = useTranslation();
  const dry = (job.about as AboutMigration).dry_run;
  return (
    <JobItems job={job} title={t(dry ? "migrate.would" : "migrate.results")} none={t("migrate.none")} head={[t("migrate.way"), t("migrate.newly_blocked")]}>
      {(item) => {
        const moved = item.result as Moved | null;
        if (!moved) return ["—", "—"];
        if (moved.problem) return [<Text key="problem" size="sm">{moved.problem}</Text>, "—"];
        return [<Way key="way" from={(moved.from ?? []).map(titleOf)} to={(moved.to ?? []).map(titleOf)} />, <Costs key="costs" moved={moved} application={item.ref} eventOf={eventOf} />];
      }}
    </JobItems>
  );
}

/** From where to where; what stays is said once. */
export function Way({ from, to }: { from: string[]; to: string[] }) {
  const { t } = useTranslation();
  if (from.join() === to.join()) return <Text size="sm">{to.join(" + ")}</Text>;
  return (
    <Group gap={6} fz="sm" wrap="nowrap">
      <span>{from.join(" + ")}</span>
      <IconArrowRight size={14} aria-label={t("workflow.then")} style={{ flex: "none" }} />
      <b>{to.join(" + ")}</b>
    </Group>
  );
}

function Costs({ moved, application, eventOf }: { moved: Moved; application: string; eventOf: (event: string) => string }) {
  const { t } = useTranslation();
  const blocked = moved.newly_blocked ?? [];
  const broken = moved.newly_broken ?? [];
  const voided = moved.approvals_voided ?? 0;
  if (blocked.length + broken.length + voided === 0) return <Text size="sm" c="dimmed">{t("migrate.nothing")}</Text>;
  return (
    <Stack gap={6}>
      {blocked.map((b) => (
        <div key={b.event}>
          <Text size="sm" fw={600}>
            {eventOf(b.event)}
          </Text>
          <BlockerList blockers={b.blockers ?? []} application={application} />
        </div>
      ))}
      {broken.length > 0 && (
        <div>
          <Text size="sm" fw={600}>
            {t("migrate.broken")}
          </Text>
          <BlockerList blockers={broken} application={application} />
        </div>
      )}
      {voided > 0 && <Text size="sm">{t("migrate.voided", { count: voided })}</Text>}
    </Stack>
  );
}
