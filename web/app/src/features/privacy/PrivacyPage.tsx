import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import tabs from "~/features/application/FileTabs.module.css";
import { PageHeader } from "~/ui/PageHeader";
import { type PrivacyTab, privacyTabs } from "./privacy";
import { RegisterTab } from "./RegisterTab";
import { RequestsTab } from "./RequestsTab";
import { RestrictedTab } from "./RestrictedTab";
import { RetentionTab } from "./RetentionTab";
import { TextsTab } from "./TextsTab";

const parts: Record<PrivacyTab, () => React.ReactNode> = { register: RegisterTab, texts: TextsTab, retention: RetentionTab, requests: RequestsTab, restricted: RestrictedTab };

/** What the agency does with people's data: what it keeps and why, what it asks them, and what they ask of it. */
export function PrivacyPage() {
  const { t } = useTranslation();
  const { can } = useSession();
  const search = useSearch({ from: "/inside/settings/privacy" });
  const navigate = useNavigate({ from: "/settings/privacy" });
  const shown = privacyTabs.filter((p) => can(p.action));
  const tab = shown.find((p) => p.key === search.tab)?.key ?? "register";
  const Part = parts[tab];
  return (
    <>
      <PageHeader title={t("privacy.title")} hint={t("privacy.hint")} />
      <Tabs value={tab} keepMounted={false} onChange={(to) => void navigate({ search: to === "register" ? {} : { tab: to as PrivacyTab }, resetScroll: false })} classNames={{ tab: tabs.tab, list: tabs.list }}>
        <Tabs.List aria-label={t("privacy.parts")}>
          {shown.map((p) => (
            <Tabs.Tab key={p.key} value={p.key}>
              {t(`privacy.tab.${p.key}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          <Part />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
