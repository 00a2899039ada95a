import { Badge, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { type FileTab, fileTabs } from "~/ui/fix";
import { stillOpen } from "./documents/checklist";
import { DocumentsTab } from "./documents/DocumentsTab";
import { useFile } from "./FileContext";
import tabs from "./FileTabs.module.css";
import { useHush } from "./landing";
import { HistoryTab } from "./history/HistoryTab";
import { OverviewTab } from "./overview/OverviewTab";
import { PartiesTab } from "./parties/PartiesTab";
import { PropertiesTab } from "./properties/PropertiesTab";
import { checklistQuery, submissionsQuery } from "./queries";
import { SubmissionsTab } from "./submissions/SubmissionsTab";

const parts: Record<FileTab, () => React.ReactNode> = {
  overview: OverviewTab,
  parties: PartiesTab,
  properties: PropertiesTab,
  documents: DocumentsTab,
  submissions: SubmissionsTab,
  history: HistoryTab,
};

/** The parts of a file. The open one stands in the address, so that links lead into it. */
export function FileTabs() {
  const { t } = useTranslation();
  const { tab = "overview" } = useSearch({ from: "/inside/applications/$id" });
  const navigate = useNavigate({ from: "/applications/$id" });
  const hush = useHush();
  const counts = useCounts();
  const Part = parts[tab];
  return (
    <Tabs
      value={tab}
      keepMounted={false}
      onChange={(to) => {
        hush();
        void navigate({ to: ".", search: to === "overview" ? {} : { tab: to as FileTab }, resetScroll: false });
      }}
      classNames={{ list: tabs.list, tab: tabs.tab }}
    >
      <Tabs.List aria-label={t("application.parts")}>
        {fileTabs.map((name) => (
          <Tabs.Tab
            key={name}
            value={name}
            rightSection={
              counts[name] ? (
                <Badge size="sm" color="ochre" variant={name === "documents" ? "light" : "default"} aria-label={name === "documents" ? t("application.documents.still_open", { count: counts[name] }) : undefined}>
                  {counts[name]}
                </Badge>
              ) : undefined
            }
          >
            {t(`application.tab.${name}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab} pt="md">
        <Part />
      </Tabs.Panel>
    </Tabs>
  );
}

/** People, properties and submissions there are; documents that are still to be put in order. */
function useCounts(): Partial<Record<FileTab, number>> {
  const { can } = useSession();
  const { file } = useFile();
  const checklist = useQuery({ ...checklistQuery(file.id), enabled: can("documents.read") });
  const submissions = useQuery({ ...submissionsQuery(file.id), enabled: can("submissions.read") });
  return {
    parties: file.parties?.length,
    properties: file.properties?.length,
    documents: file.outcome ? 0 : stillOpen(checklist.data?.items ?? []).length,
    submissions: submissions.data?.length,
  };
}
