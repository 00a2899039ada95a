import { Button, Center, Paper, Table, Text, UnstyledButton } from "@mantine/core";
import { IconListSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionsHead } from "~/ui/ActionsHead";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { QueryView } from "~/ui/QueryView";
import { wordOf } from "./actions";
import { type AuditFilter, type Entry, type TrailName, trailQuery } from "./audit";
import { EntryDialog } from "./EntryDialog";
import { Noun } from "./Noun";
import { useActor, useDetails } from "./words";

type Props = { trail: TrailName; filter: AuditFilter; onNarrow?: (more: AuditFilter) => void };

/** The lines of a trail, as sentences. */
export function Trail({ trail, filter, onNarrow }: Props) {
  const { t } = useTranslation();
  const entries = useInfiniteQuery(trailQuery(trail, filter));
  const [shown, setShown] = useState<Entry | null>(null);
  return (
    <>
      <Paper bg="var(--paper)">
        <QueryView query={entries}>
          {({ pages }) => {
            const rows = pages.flatMap((p) => p.items);
            if (rows.length === 0) {
              return (
                <EmptyState icon={IconListSearch} title={t("audit.none")}>
                  {t("audit.none_hint")}
                </EmptyState>
              );
            }
            return (
              <Table.ScrollContainer minWidth={780}>
                <Table highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th ta="right">{t("audit.number")}</Table.Th>
                      <Table.Th>{t("audit.when")}</Table.Th>
                      <Table.Th>{t("audit.who")}</Table.Th>
                      <Table.Th>{t("audit.what")}</Table.Th>
                      <Table.Th>{t("audit.noun_of")}</Table.Th>
                      <ActionsHead />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {rows.map((e) => (
                      <Line key={e.id} entry={e} onOpen={() => setShown(e)} onNarrow={onNarrow} />
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            );
          }}
        </QueryView>
      </Paper>
      {entries.hasNextPage && (
        <Center>
          <Button variant="default" loading={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Center>
      )}
      {shown && <EntryDialog entry={shown} trail={trail} onClose={() => setShown(null)} />}
    </>
  );
}

function Line({ entry: e, onOpen, onNarrow }: { entry: Entry; onOpen: () => void; onNarrow?: (more: AuditFilter) => void }) {
  const { t, i18n } = useTranslation();
  const actor = useActor();
  const details = useDetails();
  return (
    <Table.Tr style={{ verticalAlign: "top" }}>
      <Table.Td ta="right" c="dimmed">
        {e.seq.toLocaleString(i18n.language)}
      </Table.Td>
      <Table.Td>
        <DateText at={e.at} time />
      </Table.Td>
      <Table.Td>{actor(e.actor_id)}</Table.Td>
      <Table.Td>
        {t(`audit.action.${wordOf(e.action)}`, { defaultValue: e.action })}
        {details(e).map((d) => (
          <Text key={d} size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {d}
          </Text>
        ))}
      </Table.Td>
      <Table.Td>
        <Noun id={e.ref} />
        {onNarrow && e.ref && (
          <UnstyledButton fz="xs" c="dimmed" td="underline" display="block" onClick={() => onNarrow({ ref: e.ref })} aria-label={t("audit.only_this_id", { id: e.ref })}>
            {t("audit.only_this")}
          </UnstyledButton>
        )}
      </Table.Td>
      <Table.Td ta="right">
        <Button size="compact-sm" variant="subtle" onClick={onOpen} aria-label={t("audit.detail_of", { number: e.seq })}>
          {t("audit.detail")}
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
