import { Button, Group, Progress, SegmentedControl, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFilePlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { DateText } from "~/ui/DateText";
import type { Checklist } from "../types";
import { AddDocumentDialog } from "./AddDocumentDialog";
import { isDueNow, stillOpen } from "./checklist";

type Props = { list: Checklist; openOnly: boolean; onOpenOnly: (only: boolean) => void };

/** How far the collection has come, for which day it is judged, and what can be added to it. */
export function DocumentsBar({ list, openOnly, onOpenOnly }: Props) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [opened, { open, close }] = useDisclosure();
  const items = list.items ?? [];
  const count = items.filter(isDueNow).length;
  const good = count - stillOpen(items).length;
  return (
    <Group justify="space-between" gap="md">
      <div style={{ flex: "1 1 240px" }}>
        <Text size="sm" fw={600}>
          {t("application.documents.in_order", { good, count })}{" "}
          <Text span size="sm" c="dimmed" fw={400}>
            {t("application.documents.judged_on")} <DateText at={list.planned_submission} />
          </Text>
        </Text>
        <Progress mt={6} value={count === 0 ? 0 : (good / count) * 100} color={list.complete ? "moss" : "petrol"} size="sm" aria-label={t("application.documents.progress")} />
      </div>
      <Group gap="sm">
        <SegmentedControl
          size="xs"
          aria-label={t("application.documents.show")}
          value={openOnly ? "open" : "all"}
          onChange={(v) => onOpenOnly(v === "open")}
          data={[
            { value: "all", label: t("application.documents.show_all") },
            { value: "open", label: t("application.documents.show_open") },
          ]}
        />
        {can("documents.write") && (
          <Button size="compact-md" variant="default" leftSection={<IconFilePlus size={16} aria-hidden />} onClick={open}>
            {t("application.documents.add")}
          </Button>
        )}
      </Group>
      <AddDocumentDialog opened={opened} onClose={close} />
    </Group>
  );
}
