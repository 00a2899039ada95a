import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Diagram } from "~/api/types";
import { useRoles } from "~/features/application/words";
import { useLanguage } from "~/ui/language";
import classes from "./diagram.module.css";
import { useDiagramWords } from "./words";

/** Every transition of a template: from where, on what, to where, and what it asks for. */
export function TransitionTable({ diagram, lit }: { diagram: Diagram; lit: string[] }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const roles = useRoles();
  const words = useDiagramWords();
  const titles = new Map((diagram.states ?? []).map((s) => [s.id, say(s.title)]));
  const name = (id: string) => titles.get(id) ?? id;
  return (
    <Table.ScrollContainer minWidth={420} mah={360} tabIndex={0} role="group" aria-label={t("workflow.diagram.as_table")}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("workflow.diagram.from")}</Table.Th>
            <Table.Th>{t("workflow.diagram.event")}</Table.Th>
            <Table.Th>{t("workflow.diagram.to")}</Table.Th>
            <Table.Th>{t("workflow.diagram.asks")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(diagram.transitions ?? []).map((tr, i) => (
            <Table.Tr key={`${tr.id}-${tr.from}-${i}`} className={lit.includes(tr.id) ? classes.row : undefined}>
              <Table.Td>{name(tr.from)}</Table.Td>
              <Table.Td>{words.event(tr)}</Table.Td>
              <Table.Td>{(tr.to ?? []).map(name).join(", ") || t("workflow.diagram.stays")}</Table.Td>
              <Table.Td>
                {[
                  (tr.by ?? []).map(roles.title).join(", "),
                  (tr.guards ?? []).length > 0 && t("workflow.diagram.guards", { count: tr.guards!.length }),
                  tr.approvals > 0 && t("workflow.diagram.approvals", { count: tr.approvals }),
                ]
                  .filter(Boolean)
                  .join(" · ") || "—"}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
