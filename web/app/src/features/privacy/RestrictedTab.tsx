import { Badge, Paper, Stack, Table, Text } from "@mantine/core";
import { IconLockOpen2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { QueryView } from "~/ui/QueryView";
import { type LockedPerson, restrictedQuery } from "./privacy";

/** People whom the law keeps and nobody but compliance sees, and those of whom only the certificate is left. */
export function RestrictedTab() {
  const { t } = useTranslation();
  const people = useQuery(restrictedQuery);
  return (
    <Stack gap="md">
      <Text c="dimmed" maw={720}>
        {t("privacy.restricted.hint")}
      </Text>
      <Paper bg="var(--paper)">
        <QueryView query={people}>
          {(rows) =>
            rows.length === 0 ? (
              <EmptyState icon={IconLockOpen2} title={t("privacy.restricted.none")}>
                {t("privacy.restricted.none_hint")}
              </EmptyState>
            ) : (
              <PeopleTable rows={rows} />
            )
          }
        </QueryView>
      </Paper>
    </Stack>
  );
}

function PeopleTable({ rows }: { rows: LockedPerson[] }) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={680} tabIndex={0}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("privacy.restricted.who")}</Table.Th>
            <Table.Th>{t("privacy.restricted.state_of")}</Table.Th>
            <Table.Th>{t("privacy.restricted.why")}</Table.Th>
            <Table.Th>{t("privacy.restricted.asked")}</Table.Th>
            <Table.Th>{t("privacy.restricted.until")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((p) => (
            <Table.Tr key={p.subject_id} style={{ verticalAlign: "top" }}>
              <Table.Td>
                <TextLink to="/settings/privacy/$id" params={{ id: p.subject_id }} fw={600}>
                  {p.display_name || `…${p.subject_id.slice(-6)}`}
                </TextLink>
              </Table.Td>
              <Table.Td>
                <Badge color={p.state === "done" ? "gray" : "ochre"}>{t(`privacy.erasure.state.${p.state}`)}</Badge>
              </Table.Td>
              <Table.Td>{t(`privacy.reason.${p.reason}`)}</Table.Td>
              <Table.Td>
                <DateText at={p.asked_at} />
              </Table.Td>
              <Table.Td>
                <DateText at={p.state === "done" ? p.done_at : p.due_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
