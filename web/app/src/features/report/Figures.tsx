import { Table, Text } from "@mantine/core";
import { IconReportOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { Money } from "~/ui/Money";
import type { Line } from "./report";

type Props = { first: string; amount?: string; lines: Line[] };

/** One way of splitting the files: how many, and what is asked for with them. */
export function Figures({ first, amount, lines }: Props) {
  const { t } = useTranslation();
  if (lines.length === 0) {
    return (
      <EmptyState compact icon={IconReportOff} title={t("report.none")}>
        {t("report.none_hint")}
      </EmptyState>
    );
  }
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{first}</Table.Th>
          <Table.Th ta="right">{t("report.files")}</Table.Th>
          <Table.Th ta="right">{amount ?? t("report.amount")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map((l) => (
          <Table.Tr key={l.key}>
            <Table.Th scope="row" fw={l.key === "total" ? 600 : 400}>
              {l.label}
            </Table.Th>
            <Table.Td ta="right" colSpan={l.hidden ? 2 : 1}>
              <Files line={l} />
            </Table.Td>
            {!l.hidden && (
              <Table.Td ta="right">
                <Money cents={l.cents} whole />
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** A number of files; in words where it is too small to be told, and marked where some months are not in it. */
export function Files({ line: l }: { line: Pick<Line, "files" | "hidden" | "partial"> }) {
  const { t, i18n } = useTranslation();
  if (l.hidden || l.files === null) {
    return (
      <Text span size="sm" c="dimmed" fs="italic">
        {t("report.few")}
      </Text>
    );
  }
  return (
    <>
      {l.files.toLocaleString(i18n.language)}
      {l.partial && (
        <Text size="xs" c="dimmed">
          {t("report.partial")}
        </Text>
      )}
    </>
  );
}
