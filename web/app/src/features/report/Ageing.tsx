import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "./report.module.css";
import { Files } from "./Figures";
import { bars, type Line } from "./report";

/** How long open files have stood in their state: a bar for each stretch of days, with its figure beside it. */
export function Ageing({ lines }: { lines: Line[] }) {
  const { t } = useTranslation();
  const lengths = bars(lines);
  return (
    <Table withRowBorders={false}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("report.days")}</Table.Th>
          <Table.Th w="40%" aria-hidden />
          <Table.Th ta="right">{t("report.files")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map((l, i) => (
          <Table.Tr key={l.key}>
            <Table.Th scope="row" fw={400} style={{ whiteSpace: "nowrap" }}>
              {l.label}
            </Table.Th>
            <Table.Td aria-hidden>
              <div className={lengths[i] === null ? classes.unknown : classes.bar} style={{ width: `${lengths[i] ?? 100}%` }} />
            </Table.Td>
            <Table.Td ta="right">
              <Files line={l} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
