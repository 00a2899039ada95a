import { Table, Text } from "@mantine/core";
import { IconSchema } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { DateText } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { useLanguage } from "~/ui/language";
import { TextLink } from "~/ui/links";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { BaseBadge } from "./base/BaseBadge";
import { StatusBadge } from "./StatusBadge";
import { templatesQuery } from "./templates";

/** The agency's own rules: a template for files, one for submissions. */
export function WorkflowsPage() {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const templates = useQuery(templatesQuery);
  return (
    <>
      <PageHeader title={t("settings.workflows")} hint={t("workflow.hint")} />
      <Section title={t("workflow.templates")} count={templates.data?.length} flush>
        <QueryView query={templates}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState icon={IconSchema} title={t("workflow.none")}>
                {t("workflow.none_hint")}
              </EmptyState>
            ) : (
              <Table.ScrollContainer minWidth={640}>
                <Table highlightOnHover>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t("workflow.template")}</Table.Th>
                      <Table.Th>{t("workflow.subject")}</Table.Th>
                      <Table.Th ta="right">{t("workflow.version")}</Table.Th>
                      <Table.Th>{t("settings.status")}</Table.Th>
                      <Table.Th>{t("workflow.published_at")}</Table.Th>
                      <Table.Th>{t("workflow.digest")}</Table.Th>
                      <Table.Th ta="right">{t("workflow.instances_of_version")}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {list.map((w) => (
                      <Table.Tr key={w.id}>
                        <Table.Td>
                          <TextLink to="/settings/workflows/$key" params={{ key: w.key }} fw={600}>
                            {say(w.title)}
                          </TextLink>
                          <Text size="xs" c="dimmed">
                            {w.key}
                          </Text>
                          <BaseBadge version={w} />
                        </Table.Td>
                        <Table.Td>{t(`workflow.subjects.${w.subject}`, { defaultValue: w.subject })}</Table.Td>
                        <Table.Td ta="right">{w.version}</Table.Td>
                        <Table.Td>
                          <StatusBadge status={w.status} />
                        </Table.Td>
                        <Table.Td>
                          <DateText at={w.published_at} />
                        </Table.Td>
                        <Table.Td>
                          <Text span size="xs" ff="monospace" title={w.digest}>
                            {w.digest.slice(0, 8)}
                          </Text>
                        </Table.Td>
                        <Table.Td ta="right">{w.instances}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            )
          }
        </QueryView>
      </Section>
    </>
  );
}
