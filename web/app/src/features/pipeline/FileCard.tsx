import { Group, Text, Tooltip } from "@mantine/core";
import { IconAlarm, IconAlertTriangle, IconLock } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Card } from "~/api/types";
import { useSentBreach } from "~/features/application/breach/useSentBreach";
import { AsideBadges } from "~/ui/AsideBadges";
import { Age } from "~/ui/DateText";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { Money, Percent } from "~/ui/Money";
import { StalledText } from "./StalledText";
import classes from "./Board.module.css";

/** A file on the board: what it is, how much, whose, since when, and what holds it. */
export function FileCard({ file, menu, lifted }: { file: Card; menu?: ReactNode; lifted?: boolean }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const late = file.deadline !== null && new Date(file.deadline).getTime() < Date.now();
  const breach = file.breaches?.[0];
  const sent = useSentBreach(file);
  const broken = breach ? t("application.breach.one", { text: say(breach.text) }) : sent;
  return (
    <article className={classes.card} data-lifted={lifted || undefined} data-blocked={file.blocked !== null || undefined}>
      <Group justify="space-between" wrap="nowrap" gap={4}>
        <Text size="xs" c="dimmed">
          {file.number}
        </Text>
        <AsideBadges titles={file.aside} size="xs" />
        {menu}
      </Group>
      <TextLink to="/applications/$id" params={{ id: file.id }} className={classes.title} draggable={false} c="inherit">
        {file.title || file.number}
      </TextLink>
      <Group gap={10} mt={4} wrap="nowrap">
        <Text size="sm" fw={600}>
          <Money cents={file.amount_cents} whole />
        </Text>
        {file.ltv_bps !== null && (
          <Text size="xs" c="dimmed">
            LTV <Percent bps={file.ltv_bps} />
          </Text>
        )}
      </Group>
      {broken && (
        <Group gap={6} mt={6} wrap="nowrap" align="flex-start" c="var(--mantine-color-error)">
          <IconAlertTriangle size={14} aria-hidden style={{ marginTop: 2, flexShrink: 0 }} />
          <Text size="xs" lineClamp={2}>
            {broken}
          </Text>
        </Group>
      )}
      {file.blocked && !broken && (
        <Group gap={6} mt={6} wrap="nowrap" align="flex-start" className={classes.blocked}>
          <IconLock size={14} aria-hidden style={{ marginTop: 2, flexShrink: 0 }} />
          <Text size="xs" lineClamp={2}>
            {say(file.blocked.first)}
            {file.blocked.count > 1 && ` ${t("pipeline.and_more", { count: file.blocked.count - 1 })}`}
          </Text>
        </Group>
      )}
      {file.stalled && (
        <Text size="xs" mt={6} c="var(--mantine-color-error)">
          <StalledText stalled={file.stalled} />
        </Text>
      )}
      <Group justify="space-between" gap={6} mt={6} wrap="nowrap">
        <Text size="xs" c="dimmed" truncate>
          {file.owner.name}
        </Text>
        <Group gap={4} wrap="nowrap">
          {late && (
            <Tooltip label={t("pipeline.late")}>
              <IconAlarm size={14} color="var(--mantine-color-error)" aria-label={t("pipeline.late")} />
            </Tooltip>
          )}
          <Text size="xs" c="dimmed">
            <Age since={file.state_since} />
          </Text>
        </Group>
      </Group>
    </article>
  );
}
