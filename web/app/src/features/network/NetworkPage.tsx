import { Badge, Box, Button, Select, Table, Tabs } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBuildingCommunity, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { AgencySummary } from "~/api/types";
import { useSession } from "~/app/session";
import tabs from "~/features/application/FileTabs.module.css";
import { DirectoryTab } from "~/features/federation/DirectoryTab";
import { ReportTab } from "~/features/report/ReportTab";
import { AskedTab } from "~/features/support/AskedTab";
import { Nothing } from "~/app/fallbacks";
import { ActionsHead } from "~/ui/ActionsHead";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { BaseTemplates } from "./bases/BaseTemplates";
import { BoundsSection } from "./bounds/BoundsSection";
import { agenciesQuery } from "./network";
import { OnboardDialog } from "./OnboardDialog";
import { QuotasDialog } from "./bounds/QuotasDialog";
import { type NetworkTab, networkTabs } from "./tabs";

/** The network's own desk: its agencies, what their files come to, and what it asked to look at. It never sees what is inside an agency. */
export function NetworkPage() {
  const { me } = useSession();
  const networks = me.networks ?? [];
  const [chosen, setChosen] = useState(me.network?.id);
  const network = networks.find((n) => n.id === chosen) ?? networks[0];
  if (!network) return <Nothing />;
  return <Desk key={network.id} network={network} others={networks} onChoose={setChosen} />;
}

type Named = { id: string; name: string };

function Desk({ network, others, onChoose }: { network: Named; others: Named[]; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const { tab = "agencies" } = useSearch({ from: "/inside/network" });
  const navigate = useNavigate({ from: "/network" });
  const Part = parts[tab];
  return (
    <>
      <PageHeader
        over={t("network.over")}
        title={network.name}
        actions={
          others.length > 1 && (
            <Select aria-label={t("network.choose")} data={others.map((n) => ({ value: n.id, label: n.name }))} value={network.id} allowDeselect={false} onChange={(id) => id && onChoose(id)} />
          )
        }
      />
      <Tabs value={tab} keepMounted={false} onChange={(to) => void navigate({ search: to === "agencies" ? {} : { tab: to as NetworkTab }, resetScroll: false })} classNames={{ tab: tabs.tab, list: tabs.list }}>
        <Tabs.List aria-label={t("network.parts")}>
          {networkTabs.filter((name) => can(needs[name])).map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`network.tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          <Part network={network.id} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

const parts: Record<NetworkTab, (props: { network: string }) => React.ReactNode> = { agencies: Agencies, report: ReportTab, support: AskedTab, directory: DirectoryTab };

/** What one must be allowed to have a part. */
const needs: Record<NetworkTab, string> = { agencies: "networks.read", report: "networks.read", support: "networks.support", directory: "networks.directory" };

function Agencies({ network }: { network: string }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [opened, { open, close }] = useDisclosure();
  const agencies = useQuery(agenciesQuery(network));
  const onboard = can("networks.onboard") && (
    <Button leftSection={<IconPlus size={17} aria-hidden />} onClick={open}>
      {t("network.onboard")}
    </Button>
  );
  return (
    <>
      <Section title={t("network.agencies")} count={agencies.data?.length} actions={agencies.data?.length !== 0 && onboard} flush>
        <QueryView query={agencies}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState icon={IconBuildingCommunity} title={t("network.none")} action={onboard}>
                {t("network.none_hint")}
              </EmptyState>
            ) : (
              <AgencyTable network={network} agencies={list} />
            )
          }
        </QueryView>
      </Section>
      <Box mt="md">
        <BaseTemplates network={network} />
      </Box>
      <Box mt="md">
        <BoundsSection network={network} />
      </Box>
      {opened && <OnboardDialog network={network} onClose={close} />}
    </>
  );
}

function AgencyTable({ network, agencies }: { network: string; agencies: AgencySummary[] }) {
  const { t } = useTranslation();
  const { can } = useSession();
  const [limited, setLimited] = useState<AgencySummary | null>(null);
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("network.agency")}</Table.Th>
            <Table.Th>{t("network.city")}</Table.Th>
            <Table.Th>{t("network.admin")}</Table.Th>
            <Table.Th>{t("network.status")}</Table.Th>
            <Table.Th>{t("network.since")}</Table.Th>
            {can("networks.quotas") && <ActionsHead />}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {agencies.map((a) => (
            <Table.Tr key={a.id}>
              <Table.Td fw={600}>{a.name}</Table.Td>
              <Table.Td>{a.city || "—"}</Table.Td>
              <Table.Td>{a.admin_email}</Table.Td>
              <Table.Td>
                <Badge color={a.status === "active" ? "moss" : "gray"}>{t(`network.statuses.${a.status}`, { defaultValue: a.status })}</Badge>
              </Table.Td>
              <Table.Td>
                <DateText at={a.created_at} />
              </Table.Td>
              {can("networks.quotas") && (
                <Table.Td ta="right">
                  <Button variant="subtle" size="compact-sm" aria-label={t("bounds.of", { name: a.name })} onClick={() => setLimited(a)}>
                    {t("bounds.title")}
                  </Button>
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {limited && <QuotasDialog network={network} agency={limited} onClose={() => setLimited(null)} />}
    </Table.ScrollContainer>
  );
}
