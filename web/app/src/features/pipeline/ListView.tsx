import { AsideBadges } from "~/ui/AsideBadges";
import { Button, Center, Paper, Table, Text } from "@mantine/core";
import { IconFilterOff, IconFolderPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Card } from "~/api/types";
import { Age, Ago } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { useEnumWord } from "~/ui/enums";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { Money, Percent } from "~/ui/Money";
import { QueryView } from "~/ui/QueryView";
import { StateBadge } from "~/ui/StateBadge";
import { filesQuery } from "./files";
import { ListFilters } from "./ListFilters";
import { StalledText } from "./StalledText";
import classes from "./List.module.css";

/** The files as a list that can be narrowed. */
export function ListView() {
  const { t } = useTranslation();
  const { state, owner, q, all, blocked, stalled } = useSearch({ from: "/inside/pipeline" });
  const files = useInfiniteQuery(filesQuery({ state, owner, q: q || undefined, open: all ? undefined : true, blocked, stalled }));
  return (
    <>
      <ListFilters />
      <Paper bg="var(--paper)">
        <QueryView query={files}>
          {({ pages }) => {
            const rows = pages.flatMap((p) => p.items ?? []);
            if (rows.length > 0) return <Rows rows={rows} />;
            const narrowed = state || owner || q || blocked || stalled;
            return narrowed ? (
              <EmptyState icon={IconFilterOff} title={t("pipeline.none")}>
                {t("pipeline.none_hint")}
              </EmptyState>
            ) : (
              <EmptyState icon={IconFolderPlus} title={t("today.no_files")}>
                {t("today.no_files_hint")}
              </EmptyState>
            );
          }}
        </QueryView>
      </Paper>
      {files.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={files.isFetchingNextPage} onClick={() => void files.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Center>
      )}
    </>
  );
}

function Rows({ rows }: { rows: Card[] }) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={980}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("pipeline.file")}</Table.Th>
            <Table.Th>{t("pipeline.state")}</Table.Th>
            <Table.Th>{t("pipeline.holds")}</Table.Th>
            <Table.Th ta="right">{t("pipeline.amount")}</Table.Th>
            <Table.Th ta="right">LTV</Table.Th>
            <Table.Th ta="right">{t("pipeline.dti")}</Table.Th>
            <Table.Th>{t("pipeline.owner")}</Table.Th>
            <Table.Th className={classes.line}>{t("pipeline.age")}</Table.Th>
            <Table.Th>{t("pipeline.changed")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((f) => (
            <Row key={f.id} file={f} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ file: f }: { file: Card }) {
  const { say } = useLanguage();
  const word = useEnumWord();
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to="/applications/$id" params={{ id: f.id }} fw={600}>
          {f.title || f.number}
        </TextLink>
        <Text size="xs" c="dimmed" className={classes.line}>
          {f.number} · {word("purpose", f.purpose)}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge title={f.state_title} outcome={f.outcome} blocked={f.blocked !== null} />
        <AsideBadges titles={f.aside} />
      </Table.Td>
      <Table.Td miw={200}>
        <Text size="sm" lineClamp={2}>
          {f.blocked ? say(f.blocked.first) : ""}
        </Text>
      </Table.Td>
      <Table.Td ta="right">
        <Money cents={f.amount_cents} whole />
      </Table.Td>
      <Table.Td ta="right">
        <Percent bps={f.ltv_bps} fixed />
      </Table.Td>
      <Table.Td ta="right">
        <Percent bps={f.dti_bps} fixed />
      </Table.Td>
      <Table.Td className={classes.line}>{f.owner.name}</Table.Td>
      <Table.Td className={classes.line}>
        <Age since={f.state_since} />
        {f.stalled && (
          <Text size="xs" c="var(--mantine-color-error)">
            <StalledText stalled={f.stalled} />
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Ago at={f.updated_at} />
      </Table.Td>
    </Table.Tr>
  );
}
