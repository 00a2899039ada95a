import { IconSchema } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { BaseBanner } from "./base/BaseBanner";
import { TemplateEditor } from "./TemplateEditor";
import { versionsQuery } from "./templates";

/** One template: its text, what the check says of it, and its versions. */
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
          <>
            <PageHeader over={t("workflow.template")} title={say(newest.title)} hint={t("workflow.pinned_hint")} />
            <BaseBanner templateKey={key} versions={list} />
            <TemplateEditor key={key} templateKey={key} versions={list} />
          </>
        );
      }}
    </QueryView>
  );
}
