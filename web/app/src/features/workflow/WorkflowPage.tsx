import { Tabs } from "@mantine/core";
import { IconSchema } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import tabs from "~/features/application/FileTabs.module.css";
import { looking } from "~/features/support/support";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { BaseBanner } from "./base/BaseBanner";
import { BenchProvider } from "./bench";
import { CompareTab } from "./changes/CompareTab";
import { EditTab } from "./edit/EditTab";
import { TryTab } from "./simulate/TryTab";
import { type WorkflowTab, workflowTabs } from "./tabs";
import { versionsQuery } from "./templates";
import { VersionsTab } from "./versions/VersionsTab";

/** One template: its text, its versions, a place to try it, and what a change does. */
export function WorkflowPage() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const { key } = useParams({ from: "/inside/settings/workflows/$key" });
  const versions = useQuery(versionsQuery(key));
  return (
    <QueryView query={versions}>
      {(list) => {
        const newest = list[0];
        if (!newest) {
          return (
            <>
              <PageHeader title={key} />
              <EmptyState icon={IconSchema} title={t("workflow.no_versions")} />
            </>
          );
        }
        return (
          <BenchProvider key={key} templateKey={key} versions={list}>
            <PageHeader over={t("workflow.template")} title={say(newest.title)} hint={t("workflow.pinned_hint")} />
            <BaseBanner templateKey={key} versions={list} />
            <Parts />
          </BenchProvider>
        );
      }}
    </QueryView>
  );
}

const parts: Record<WorkflowTab, () => React.ReactNode> = { edit: EditTab, versions: VersionsTab, try: TryTab, compare: CompareTab };

/** The open part stands in the address; the text being worked on is the same in all. */
function Parts() {
  const { t } = useTranslation();
  const { can, me } = useSession();
  const reads = looking(me); // a support view asks for nothing but what is there: no check, no comparison
  const { tab: open = "edit" } = useSearch({ from: "/inside/settings/workflows/$key" });
  const tab = reads ? "versions" : open;
  const navigate = useNavigate({ from: "/settings/workflows/$key" });
  const Part = parts[tab];
  return (
    <Tabs value={tab} keepMounted={false} onChange={(to) => void navigate({ search: to === "edit" ? {} : { tab: to as WorkflowTab }, resetScroll: false })} classNames={{ tab: tabs.tab, list: tabs.list }}>
      <Tabs.List aria-label={t("workflow.parts")}>
        {workflowTabs.filter((name) => (reads ? name === "versions" : name !== "try" || can("workflows.write"))).map((name) => (
          <Tabs.Tab key={name} value={name}>
            {t(`workflow.tab.${name}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab} pt="md">
        <Part />
      </Tabs.Panel>
    </Tabs>
  );
}
