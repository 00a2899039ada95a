import { Table } from "@mantine/core";
import { IconFolderPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useSession } from "~/app/session";
import { someFilesQuery } from "~/features/pipeline/files";
import { Ago } from "~/ui/DateText";
import { EmptyState } from "~/ui/EmptyState";
import { ButtonLink, TextLink } from "~/ui/links";
import { Money } from "~/ui/Money";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";
import { StateBadge } from "~/ui/StateBadge";

/** What anybody in the agency changed last. */
export function RecentFiles() {
  const { t } = useTranslation();
  const { can } = useSession();
  const recent = useQuery(someFilesQuery({}, 8));
  return (
    <Section title={t("today.recent")} flush actions={<TextLink to="/pipeline" size="sm">{t("today.all_files")}</TextLink>}>
      <QueryView query={recent}>
        {(files) =>
          files.length === 0 ? (
            <EmptyState
              icon={IconFolderPlus}
              title={t("today.no_files")}
              action={
                can("applications.write") && (
                  <ButtonLink to="/pipeline" search={{ new: true }}>
                    {t("pipeline.new")}
                  </ButtonLink>
                )
              }
            >
              {t("today.no_files_hint")}
            </EmptyState>
          ) : (
            <Table.ScrollContainer minWidth={520}>
              <Table highlightOnHover>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("pipeline.file")}</Table.Th>
                    <Table.Th>{t("pipeline.state")}</Table.Th>
                    <Table.Th ta="right">{t("pipeline.amount")}</Table.Th>
                    <Table.Th>{t("pipeline.changed")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {files.map((f) => (
                    <Table.Tr key={f.id}>
                      <Table.Td>
                        <TextLink to="/applications/$id" params={{ id: f.id }} fw={600}>
                          {f.title || f.number}
                        </TextLink>
                      </Table.Td>
                      <Table.Td>
                        <StateBadge title={f.state_title} outcome={f.outcome} blocked={f.blocked !== null} />
                      </Table.Td>
                      <Table.Td ta="right">
                        <Money cents={f.amount_cents} whole />
                      </Table.Td>
                      <Table.Td>
                        <Ago at={f.updated_at} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          )
        }
      </QueryView>
    </Section>
  );
}
