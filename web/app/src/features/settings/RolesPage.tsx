import { Table, VisuallyHidden } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Role } from "~/api/types";
import { rolesQuery } from "~/features/members/members";
import { useLanguage } from "~/ui/language";
import { PageHeader } from "~/ui/PageHeader";
import { QueryView } from "~/ui/QueryView";
import { Section } from "~/ui/Section";

/** Who may do what: a row for each permission, a column for each role. */
export function RolesPage() {
  const { t } = useTranslation();
  const roles = useQuery(rolesQuery);
  return (
    <>
      <PageHeader title={t("settings.roles")} hint={t("settings.roles_hint")} />
      <Section title={t("settings.permissions")} flush>
        <QueryView query={roles}>{(list) => <Matrix roles={list} />}</QueryView>
      </Section>
    </>
  );
}

function Matrix({ roles }: { roles: Role[] }) {
  const { t } = useTranslation();
  const { say } = useLanguage();
  const actions = [...new Set(roles.flatMap((r) => r.permissions ?? []))].sort();
  return (
    <Table.ScrollContainer minWidth={760} tabIndex={0}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("settings.permission")}</Table.Th>
            {roles.map((r) => (
              <Table.Th key={r.key} ta="center">
                {say(r.title)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {actions.map((action) => (
            <Table.Tr key={action}>
              <Table.Th scope="row" fw={400}>
                <span title={action}>{t(`settings.does.${action.replace(".", "_")}`, { defaultValue: action })}</span>
              </Table.Th>
              {roles.map((r) => (
                <Table.Td key={r.key} ta="center">
                  {r.permissions?.includes(action) ? (
                    <>
                      <IconCheck size={17} color="var(--mantine-color-anchor)" aria-hidden />
                      <VisuallyHidden>{t("settings.allowed")}</VisuallyHidden>
                    </>
                  ) : (
                    <VisuallyHidden>{t("settings.not_allowed")}</VisuallyHidden>
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
