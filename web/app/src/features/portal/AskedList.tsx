import { Badge, Box, Group, Text } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import type { Wanted } from "./portal";

const colors = { missing: "ochre", rejected: "brick", expires: "ochre", checking: "gray" } as const;

/** The papers the agency waits for, and below them those it is looking at. */
export function AskedList({ items }: { items: Wanted[] }) {
  const { t } = useTranslation();
  const open = items.filter((w) => w.state !== "checking");
  const rest = items.filter((w) => w.state === "checking");
  if (items.length === 0) {
    return (
      <EmptyState icon={IconChecks} title={t("portal.asked_none")} compact>
        {t("portal.asked_none_hint")}
      </EmptyState>
    );
  }
  return (
    <>
      <Text size="sm" c="dimmed" px="md" pt="sm">
        {open.length > 0 ? t("portal.asked_hint") : t("portal.asked_waits")}
      </Text>
      <Box component="ul" m={0} p={0} style={{ listStyle: "none" }}>
        {[...open, ...rest].map((w) => (
          <Line key={w.kind} wanted={w} />
        ))}
      </Box>
    </>
  );
}

function Line({ wanted: w }: { wanted: Wanted }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  return (
    <Box component="li" className="ruled" px="md" py="sm">
      <Group justify="space-between" gap="4px 12px">
        <Text fw={w.state === "checking" ? undefined : 600}>{say(w.title)}</Text>
        <Badge color={colors[w.state]}>{t(`portal.wanted.${w.state}`)}</Badge>
      </Group>
      {w.reason && (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {w.reason}
        </Text>
      )}
      {w.state === "expires" && w.expires_on && (
        <Text size="sm">
          {t("portal.expires_on")} <DateText at={w.expires_on} />
        </Text>
      )}
    </Box>
  );
}
