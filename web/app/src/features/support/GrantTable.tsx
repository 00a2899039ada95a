import { Badge, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ActionsHead } from "~/ui/ActionsHead";
import { DateText } from "~/ui/DateText";
import { type Grant, isOpen, stateColor } from "./support";

type Props = { grants: Grant[]; first: { head: string; cell: (grant: Grant) => ReactNode }; children: (grant: Grant) => ReactNode };

/** Requests and accesses, as both sides see them; the first column is the other side. */
export function GrantTable({ grants, first, children }: Props) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={860} tabIndex={0}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{first.head}</Table.Th>
            <Table.Th>{t("support.reason")}</Table.Th>
            <Table.Th>{t("support.length")}</Table.Th>
            <Table.Th>{t("support.state_of")}</Table.Th>
            <Table.Th>{t("support.asked_on")}</Table.Th>
            <ActionsHead />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {grants.map((g) => (
            <Table.Tr key={g.id} style={{ verticalAlign: "top" }}>
              <Table.Td fw={600}>{first.cell(g)}</Table.Td>
              <Table.Td maw={360} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
                {g.reason}
              </Table.Td>
              <Table.Td>{t("common.hours", { count: g.hours })}</Table.Td>
              <Table.Td>
                <State grant={g} />
              </Table.Td>
              <Table.Td>
                <DateText at={g.requested_at} time />
              </Table.Td>
              <Table.Td ta="right">{children(g)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The state as it is at this moment: what has lapsed is over, whether or not that was written down yet. */
function State({ grant: g }: { grant: Grant }) {
  const { t } = useTranslation();
  const open = isOpen(g);
  const state = (g.state === "requested" || g.state === "approved") && !open ? "expired" : g.state;
  const at = open ? g.expires_at : (g.ended_at ?? g.expires_at);
  return (
    <>
      <Badge color={stateColor[state]}>{t(`support.state.${state}`)}</Badge>
      <Text size="xs" c="dimmed">
        {t(`support.at.${state}`)} <DateText at={at} time />
      </Text>
    </>
  );
}
