import { Badge, Table, Text } from "@mantine/core";
import { IconKeyOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import type { AgencyKey } from "./keys";

const color: Record<AgencyKey["state"], string> = { current: "moss", previous: "ochre", retired: "gray", destroyed: "gray" };

/** Each key with its age and what it still does. */
export function KeyTable({ keys: items }: { keys: AgencyKey[] }) {
  const { t } = useTranslation();
  if (items.length === 0) {
    return (
      <EmptyState icon={IconKeyOff} title={t("keys.none")}>
        {t("keys.none_hint")}
      </EmptyState>
    );
  }
  return (
    <Table.ScrollContainer minWidth={720} tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("keys.key")}</Table.Th>
            <Table.Th>{t("keys.state_of")}</Table.Th>
            <Table.Th>{t("keys.age")}</Table.Th>
            <Table.Th>{t("keys.made")}</Table.Th>
            <Table.Th>{t("keys.retired_on")}</Table.Th>
            <Table.Th>{t("keys.destroyed_on")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((k) => (
            <Table.Tr key={k.number} style={{ verticalAlign: "top" }}>
              <Table.Td fw={600}>{t("keys.number", { number: k.number })}</Table.Td>
              <Table.Td maw={320}>
                <Badge color={color[k.state]}>{t(`keys.state.${k.state}`)}</Badge>
                <Text size="xs" c="dimmed">
                  {t(`keys.means.${k.state}`)}
                </Text>
              </Table.Td>
              <Table.Td>{k.age_days === 0 ? t("common.today") : t("common.days", { count: k.age_days })}</Table.Td>
              <Table.Td>
                <DateText at={k.created_at} time />
              </Table.Td>
              <Table.Td>
                <DateText at={k.retired_at} time />
              </Table.Td>
              <Table.Td>
                <DateText at={k.destroyed_at} time />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
