import { Badge, Button, Center, Paper, Stack, Table, Tabs, Text } from "@mantine/core";
import { IconFilePlus, IconShieldLock } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import tabs from "~/features/application/FileTabs.module.css";
import { Trail } from "~/features/audit/Trail";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { NewReportDialog } from "./NewReportDialog";
import { stateColor, type Suspicion, suspicionsQuery, useSubjectName } from "./suspicions";

/** Suspicious-transaction reports and their own trail. Only compliance knows of them. */
export function CompliancePage() {
  const { t } = useTranslation();
  const search = useSearch({ from: "/inside/compliance" });
  const navigate = useNavigate({ from: "/compliance" });
  const setNew = (open: boolean) => void navigate({ search: (s) => ({ ...s, new: open || undefined }), replace: true });
  const add = (
    <Button leftSection={<IconFilePlus size={17} aria-hidden />} onClick={() => setNew(true)}>
      {t("compliance.new")}
    </Button>
  );
  return (
    <>
      <PageHeader title={t("compliance.title")} hint={t("compliance.hint")} actions={add} />
      <Tabs value={search.tab ?? "reports"} keepMounted={false} onChange={(to) => void navigate({ search: to === "trail" ? { tab: "trail" } : {}, resetScroll: false })} classNames={{ tab: tabs.tab, list: tabs.list }}>
        <Tabs.List aria-label={t("compliance.parts")}>
          <Tabs.Tab value="reports">{t("compliance.reports")}</Tabs.Tab>
          <Tabs.Tab value="trail">{t("compliance.trail")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="reports" pt="md">
          <Reports add={add} />
        </Tabs.Panel>
        <Tabs.Panel value="trail" pt="md">
          <Stack gap="md">
            <Text c="dimmed">{t("compliance.trail_hint")}</Text>
            <Trail trail="suspicions" filter={{}} />
          </Stack>
        </Tabs.Panel>
      </Tabs>
      {search.new && <NewReportDialog onClose={() => setNew(false)} onMade={(id) => void navigate({ to: "/compliance/$id", params: { id } })} />}
    </>
  );
}

function Reports({ add }: { add: React.ReactNode }) {
  const { t } = useTranslation();
  const reports = useInfiniteQuery(suspicionsQuery);
  return (
    <>
      <Paper bg="var(--paper)">
        <QueryView query={reports}>
          {({ pages }) => {
            const rows = pages.flatMap((p) => p.items);
            return rows.length === 0 ? (
              <EmptyState icon={IconShieldLock} title={t("compliance.none")} action={add}>
                {t("compliance.none_hint")}
              </EmptyState>
            ) : (
              <ReportTable rows={rows} />
            );
          }}
        </QueryView>
      </Paper>
      {reports.hasNextPage && (
        <Center mt="md">
          <Button variant="default" loading={reports.isFetchingNextPage} onClick={() => void reports.fetchNextPage()}>
            {t("common.more")}
          </Button>
        </Center>
      )}
    </>
  );
}

function ReportTable({ rows }: { rows: Suspicion[] }) {
  const { t } = useTranslation();
  const name = useSubjectName();
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("compliance.subject")}</Table.Th>
            <Table.Th>{t("compliance.reason")}</Table.Th>
            <Table.Th>{t("compliance.state_of")}</Table.Th>
            <Table.Th>{t("compliance.protocol")}</Table.Th>
            <Table.Th>{t("compliance.made")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((r) => (
            <Table.Tr key={r.id} style={{ verticalAlign: "top" }}>
              <Table.Td>
                <TextLink to="/compliance/$id" params={{ id: r.id }} fw={600}>
                  {name(r.subject_id) ?? `…${r.subject_id.slice(-6)}`}
                </TextLink>
              </Table.Td>
              <Table.Td maw={420}>
                <Text size="sm" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
                  {r.reason}
                </Text>
              </Table.Td>
              <Table.Td>
                <Badge color={stateColor[r.state]}>{t(`compliance.state.${r.state}`)}</Badge>
              </Table.Td>
              <Table.Td>{r.uif_protocol ?? "—"}</Table.Td>
              <Table.Td>
                <DateText at={r.created_at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
